package io.github.nylaswebhook.internal;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Reads header values as RFC 2047 has them encoded. What isn't encoded soundly, or in a character
 * set that this JVM lacks, stays as it is.
 */
public final class EncodedWords {
  /** What has more that look like encoded words, and aren't, wants to keep us busy. */
  private static final int MAX_BROKEN = 100;

  private EncodedWords() {}

  /** The value on one line (RFC 5322 §2.2.3), its encoded words decoded. */
  public static String decode(String value) {
    String line = unfold(value);
    if (!line.contains("=?")) {
      return line;
    }
    StringBuilder decoded = new StringBuilder(line.length());
    int at = 0;
    boolean afterWord = false;
    int broken = 0;
    while (at < line.length() && broken < MAX_BROKEN) {
      int start = line.indexOf("=?", at);
      if (start < 0) {
        break;
      }
      String between = line.substring(at, start);
      int charsetEnd = line.indexOf('?', start + 2);
      int textStart = charsetEnd + 3;
      int end = charsetEnd < 0 ? -1 : line.indexOf("?=", textStart);
      String word = end < 0 ? null : word(line, start, charsetEnd, end);
      if (word == null) {
        decoded.append(between).append("=?");
        at = start + 2;
        afterWord = false;
        broken++;
        continue;
      }
      // §6.2: space between two encoded words is only there to part them.
      if (!afterWord || !between.isBlank()) {
        decoded.append(between);
      }
      decoded.append(word);
      at = end + 2;
      afterWord = true;
    }
    return decoded.append(line, at, line.length()).toString();
  }

  private static String unfold(String value) {
    if (value.indexOf('\n') < 0 && value.indexOf('\r') < 0) {
      return value;
    }
    return value.replaceAll("[\r\n]+[ \t]*", " ");
  }

  private static @Nullable String word(String line, int start, int charsetEnd, int end) {
    if (charsetEnd + 2 >= line.length() || line.charAt(charsetEnd + 2) != '?') {
      return null;
    }
    String name = line.substring(start + 2, charsetEnd);
    // RFC 2231 §5: a language may follow.
    int language = name.indexOf('*');
    String text = line.substring(charsetEnd + 3, end);
    try {
      Charset charset = Charset.forName(language < 0 ? name : name.substring(0, language));
      byte[] bytes =
          switch (line.charAt(charsetEnd + 1)) {
            case 'B', 'b' -> Base64.getMimeDecoder().decode(text);
            case 'Q', 'q' -> quoted(text);
            default -> null;
          };
      return bytes == null ? null : new String(bytes, charset);
    } catch (IllegalArgumentException e) {
      return null; // no charset of this name, or not Base64
    }
  }

  private static byte[] quoted(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '=' && i + 2 < text.length()) {
        int high = Character.digit(text.charAt(i + 1), 16);
        int low = Character.digit(text.charAt(i + 2), 16);
        if (high >= 0 && low >= 0) {
          bytes.write(high << 4 | low);
          i += 2;
          continue;
        }
      }
      bytes.write(c == '_' ? ' ' : c);
    }
    return bytes.toByteArray();
  }
}
