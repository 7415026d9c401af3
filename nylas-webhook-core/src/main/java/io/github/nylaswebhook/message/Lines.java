package io.github.nylaswebhook.message;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A mail's lines, none with space around it, and what its markup says of each. */
final class Lines {
  /** Nothing said: the words decide. */
  static final byte PLAIN = 0;

  /** Certainly quoted; what stands between such lines is an answer to them. */
  static final byte CITED = 1;

  /** In a block quotation that nobody says is a mail's: may be the sender's own. */
  static final byte INDENTED = 2;

  /** In a block that holds a whole other mail. */
  static final byte OTHER_MAIL = 3;

  static final byte SIGNATURE = 4;

  private final List<String> texts = new ArrayList<>();
  private byte[] marks = new byte[64];

  static Lines ofText(String text) {
    Lines lines = new Lines();
    String unix = text.indexOf('\r') < 0 ? text : text.replace("\r\n", "\n").replace('\r', '\n');
    int start = 0;
    for (int end = unix.indexOf('\n'); end >= 0; end = unix.indexOf('\n', start)) {
      lines.add(unix.substring(start, end).strip());
      start = end + 1;
    }
    if (start < unix.length()) {
      lines.add(unix.substring(start).strip());
    }
    return lines;
  }

  private void add(String line) {
    add(line, isCited(line) ? CITED : PLAIN);
  }

  /** {@code >:} is the end of a wrapped "… wrote Ann <a@b.example>:". */
  static boolean isCited(String line) {
    return line.startsWith(">") && !line.equals(">:");
  }

  void add(String text, byte mark) {
    if (texts.size() == marks.length) {
      marks = Arrays.copyOf(marks, marks.length * 2);
    }
    marks[texts.size()] = mark;
    texts.add(text);
  }

  int size() {
    return texts.size();
  }

  String text(int line) {
    return texts.get(line);
  }

  boolean isBlank(int line) {
    return texts.get(line).isEmpty();
  }

  byte mark(int line) {
    return marks[line];
  }

  /** The next line with anything in it, or how many there are. */
  int nextFilled(int from) {
    int line = from;
    while (line < size() && isBlank(line)) {
      line++;
    }
    return line;
  }
}
