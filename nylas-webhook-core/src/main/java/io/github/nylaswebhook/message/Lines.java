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
    int length = text.length();
    int start = 0;
    for (int i = 0; i <= length; i++) {
      char c = i < length ? text.charAt(i) : '\n';
      if (c != '\n' && c != '\r') {
        continue;
      }
      String line = text.substring(start, i).strip();
      if (i < length || !line.isEmpty()) {
        lines.add(line, line.startsWith(">") ? CITED : PLAIN);
      }
      if (c == '\r' && i + 1 < length && text.charAt(i + 1) == '\n') {
        i++;
      }
      start = i + 1;
    }
    return lines;
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
