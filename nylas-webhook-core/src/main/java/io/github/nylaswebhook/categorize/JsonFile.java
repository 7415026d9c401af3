package io.github.nylaswebhook.categorize;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonEncodingException;
import com.squareup.moshi.JsonReader;
import io.github.nylaswebhook.categorize.RuleFormatException.Problem;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import okio.Buffer;

/** Reads JSON, with the places of its values. */
final class JsonFile {
  private final String text;
  private final byte[] bytes;
  private final Buffer source = new Buffer();
  private final List<Problem> problems;

  /** How far lines have been counted. */
  private int counted;

  private int line = 1;

  private JsonFile(String text, List<Problem> problems) {
    this.text = text;
    this.problems = problems;
    source.writeUtf8(text);
    bytes = source.snapshot().toByteArray();
  }

  /**
   * The only value.
   *
   * @param problems what is wrong but can be read over, members that are there twice
   * @throws RuleFormatException if the text can't be read
   */
  static FileNode read(String text, List<Problem> problems) throws RuleFormatException {
    return new JsonFile(text, problems).read();
  }

  private FileNode read() throws RuleFormatException {
    JsonReader reader = JsonReader.of(source);
    try {
      if (text.isBlank()) {
        throw new RuleFormatException(new Problem("$", 1, "nothing", "an object"));
      }
      FileNode node = value(reader, "$", 0);
      if (reader.peek() != JsonReader.Token.END_DOCUMENT) {
        throw malformed("$", "more after the end of the object");
      }
      return node;
    } catch (RuleFormatException e) {
      throw e;
    } catch (EOFException e) {
      throw malformed(reader.getPath(), "the end of the file");
    } catch (JsonDataException | JsonEncodingException e) {
      throw malformed(reader.getPath(), "something else");
    } catch (IOException e) {
      throw new IllegalStateException("a Buffer doesn't fail", e);
    }
  }

  private RuleFormatException malformed(String path, String found) {
    // Where a name should be, the reader's path has none after its dot.
    String at = path.endsWith(".") ? path.substring(0, path.length() - 1) : path;
    return new RuleFormatException(new Problem(at, line(), found, "well-formed JSON"));
  }

  /** Of what is read next: the reader takes its bytes from the source as it needs them. */
  private int line() {
    int read = Math.min(bytes.length, (int) (bytes.length - source.size()));
    for (; counted < read; counted++) {
      if (bytes[counted] == '\n') {
        line++;
      }
    }
    return line;
  }

  private FileNode value(JsonReader reader, String path, int depth) throws IOException {
    JsonReader.Token token = reader.peek();
    int at = line();
    if (depth > FileNode.MAX_DEPTH) {
      throw new RuleFormatException(
          new Problem(path, at, "more than " + FileNode.MAX_DEPTH + " levels", "fewer"));
    }
    return new FileNode(
        path,
        at,
        switch (token) {
          case BEGIN_OBJECT -> members(reader, path, depth);
          case BEGIN_ARRAY -> elements(reader, path, depth);
          case STRING -> reader.nextString();
          case NUMBER -> new FileNode.Numeral(reader.nextString());
          case BOOLEAN -> reader.nextBoolean();
          case NULL -> {
            reader.nextNull();
            yield FileNode.NULL;
          }
          default -> throw malformed(path, "something else");
        });
  }

  private Map<String, FileNode> members(JsonReader reader, String path, int depth)
      throws IOException {
    Map<String, FileNode> members = new LinkedHashMap<>();
    reader.beginObject();
    while (reader.hasNext()) {
      String name = reader.nextName();
      FileNode member = value(reader, FileNode.member(path, name), depth + 1);
      if (members.putIfAbsent(name, member) != null) {
        problems.add(twice(member));
      }
    }
    reader.endObject();
    return members;
  }

  static Problem twice(FileNode member) {
    return new Problem(member.path(), member.line(), "a member for the second time", "it once");
  }

  private List<FileNode> elements(JsonReader reader, String path, int depth) throws IOException {
    List<FileNode> elements = new ArrayList<>();
    reader.beginArray();
    while (reader.hasNext()) {
      elements.add(value(reader, FileNode.element(path, elements.size()), depth + 1));
    }
    reader.endArray();
    return elements;
  }
}
