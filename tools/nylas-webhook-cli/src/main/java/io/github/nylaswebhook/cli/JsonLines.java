package io.github.nylaswebhook.cli;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonEncodingException;
import com.squareup.moshi.JsonReader;
import java.io.EOFException;
import java.io.IOException;
import java.util.Map;
import okio.Buffer;
import okio.BufferedSource;
import okio.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * The JSON objects of a stream that has one in each line. Blank lines and a byte order mark are
 * passed over. An object over several lines is taken too if it is indented as pretty-printers do
 * it: its first line is <code>{</code>, the next is a member further in, and the one that closes it
 * is no further in than the first.
 *
 * <p>Holds one line, or one such object, at a time. For use by one thread.
 */
final class JsonLines {
  /** In bytes. The largest mails are 25 to 150 MB, but nearly all of that is attachments. */
  static final long MAX_LINE = 64L << 20;

  /**
   * More blanks before a line are cut off: to find a byte takes the longer the further in it is,
   * here and in Moshi.
   */
  private static final int MAX_INDENT = 8192;

  private static final String ONE_EACH = "give one object per line, as jq -c . FILE does";
  private static final String MORE_THAN_ONE = "more than one JSON value; " + ONE_EACH;
  private static final ByteString BYTE_ORDER_MARK = ByteString.decodeHex("efbbbf");

  private final BufferedSource source;
  private final long maxLine;
  private long lines;
  private @Nullable Line readAhead;

  /**
   * A line, or the lines of an object.
   *
   * @param number of the first line, from 1
   * @param text without the line's end; empty if it is too long to be held
   */
  record Line(long number, Buffer text, boolean tooLong) {}

  JsonLines(BufferedSource source, long maxLine) throws IOException {
    this.source = source;
    this.maxLine = maxLine;
    if (source.rangeEquals(0, BYTE_ORDER_MARK)) {
      source.skip(BYTE_ORDER_MARK.size());
    }
  }

  /** What comes next, or null at the end. */
  @Nullable Line next() throws IOException {
    Line line = nextLine();
    return line != null && isOnly(line, '{') ? wholeObject(line) : line;
  }

  /**
   * Reads what a line holds.
   *
   * @throws BrokenInputException if that is anything but one JSON object
   */
  Map<?, ?> object(Line line) throws BrokenInputException {
    if (line.tooLong) {
      throw new BrokenInputException("longer than " + maxLine + " bytes");
    }
    JsonReader reader = JsonReader.of(line.text);
    boolean complete = false;
    try {
      if (reader.peek() != JsonReader.Token.BEGIN_OBJECT) {
        throw new BrokenInputException(
            named(reader.peek()) + ", not a message object" + hint(reader.peek()));
      }
      Object value = reader.readJsonValue();
      complete = true;
      if (reader.peek() != JsonReader.Token.END_DOCUMENT) {
        throw new BrokenInputException(MORE_THAN_ONE);
      }
      return (Map<?, ?>) value;
    } catch (EOFException e) {
      throw new BrokenInputException("JSON that ends too early; " + ONE_EACH);
    } catch (JsonEncodingException e) {
      // Moshi's own words are for programmers, and say the same.
      throw new BrokenInputException(
          complete ? MORE_THAN_ONE : "malformed JSON at " + reader.getPath());
    } catch (JsonDataException e) {
      throw new BrokenInputException(
          "JSON with a member twice, or too deeply nested, at " + reader.getPath());
    } catch (IOException e) {
      throw new IllegalStateException("a Buffer doesn't fail", e);
    }
  }

  private static String hint(JsonReader.Token token) {
    return token == JsonReader.Token.BEGIN_ARRAY ? "; jq -c '.[]' FILE gives its elements" : "";
  }

  /** What a value is, with its article. */
  static String named(@Nullable Object value) {
    if (value == null || value == JsonReader.Token.NULL) {
      return "null";
    }
    if (value instanceof String || value == JsonReader.Token.STRING) {
      return "a string";
    }
    if (value instanceof Boolean || value == JsonReader.Token.BOOLEAN) {
      return "a boolean";
    }
    if (value instanceof Number || value == JsonReader.Token.NUMBER) {
      return "a number";
    }
    return value instanceof Map ? "an object" : "an array";
  }

  private Line wholeObject(Line first) throws IOException {
    long indent = indent(first.text);
    Line line = nextLine();
    if (line == null || indent(line.text) <= indent || !startsWith(line, '"')) {
      readAhead = line;
      return first;
    }
    Buffer text = first.text;
    boolean tooLong = false;
    for (; line != null; line = nextLine()) {
      if (!line.tooLong && indent(line.text) <= indent) {
        if (isOnly(line, '}')) {
          text.writeByte('}');
        } else {
          readAhead = line;
        }
        break;
      }
      tooLong |= line.tooLong || text.size() + line.text.size() >= maxLine;
      if (tooLong) {
        text.clear();
      } else {
        text.writeByte('\n');
        text.write(line.text, line.text.size());
      }
    }
    if (tooLong) {
      text.clear();
    }
    return new Line(first.number, text, tooLong);
  }

  /** The next line that isn't blank. */
  private @Nullable Line nextLine() throws IOException {
    if (readAhead != null) {
      Line line = readAhead;
      readAhead = null;
      return line;
    }
    while (!source.exhausted()) {
      lines++;
      Buffer text = new Buffer();
      long end = source.indexOf((byte) '\n', 0, maxLine + 1);
      Buffer held = source.getBuffer();
      if (end < 0 && held.size() > maxLine) {
        skipLine();
        return new Line(lines, text, true);
      }
      text.write(held, end < 0 ? held.size() : end);
      if (end >= 0) {
        held.skip(1);
      }
      while (text.size() > MAX_INDENT && indent(text) == MAX_INDENT) {
        text.skip(MAX_INDENT);
      }
      if (indent(text) < text.size()) {
        return new Line(lines, text, false);
      }
    }
    return null;
  }

  private void skipLine() throws IOException {
    Buffer held = source.getBuffer();
    while (!source.exhausted()) {
      long end = held.indexOf((byte) '\n');
      if (end >= 0) {
        held.skip(end + 1);
        return;
      }
      held.clear();
    }
  }

  /** Whether the line has this character and no other, but blanks and a comma after it. */
  private static boolean isOnly(Line line, char character) {
    if (line.text.size() > MAX_INDENT || !startsWith(line, character)) {
      return false;
    }
    for (long i = indent(line.text) + 1; i < line.text.size(); i++) {
      if (!isBlank(line.text.getByte(i)) && line.text.getByte(i) != ',') {
        return false;
      }
    }
    return true;
  }

  private static boolean startsWith(Line line, char character) {
    long indent = indent(line.text);
    return indent < line.text.size() && line.text.getByte(indent) == character;
  }

  /** How many blanks there are before anything else. */
  private static long indent(Buffer text) {
    long most = Math.min(text.size(), MAX_INDENT);
    long blanks = 0;
    while (blanks < most && isBlank(text.getByte(blanks))) {
      blanks++;
    }
    return blanks;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t' || b == '\r';
  }
}
