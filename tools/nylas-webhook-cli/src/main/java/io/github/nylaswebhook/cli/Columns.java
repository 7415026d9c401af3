package io.github.nylaswebhook.cli;

/** Text in columns of a terminal, where some characters take two and some none. */
final class Columns {
  private static final String ELLIPSIS = "…";

  private Columns() {}

  /**
   * One line without anything that a terminal would obey: blanks in the place of control
   * characters, and none of the characters that turn the direction of writing.
   */
  static String visible(String text) {
    int i = 0;
    while (i < text.length() && text.charAt(i) >= ' ' && text.charAt(i) < 0x7f) {
      i++;
    }
    if (i == text.length()) {
      return text;
    }
    StringBuilder visible = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              switch (Character.getType(c)) {
                case Character.CONTROL,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE ->
                    visible.append(' ');
                case Character.FORMAT -> {}
                default -> visible.appendCodePoint(c);
              }
            });
    return visible.toString();
  }

  /** Cut to a width, if longer, and filled up to it. */
  static String fit(String text, int width) {
    String cut = cut(text, width);
    return cut + " ".repeat(width - width(cut));
  }

  /** Cut at its end to a width, if longer. */
  static String cut(String text, int width) {
    String visible = visible(text);
    return width(visible) <= width ? visible : head(visible, width - 1) + ELLIPSIS;
  }

  /** Cut in its middle to a width, if longer: ids differ at their ends. */
  static String cutMiddle(String text, int width) {
    String visible = visible(text);
    if (width(visible) <= width) {
      return visible;
    }
    String head = head(visible, width / 2);
    int start = visible.length();
    for (int rest = width - width(head) - 1; start > 0; ) {
      int c = visible.codePointBefore(start);
      rest -= width(c);
      if (rest < 0) {
        break;
      }
      start -= Character.charCount(c);
    }
    return head + ELLIPSIS + visible.substring(start);
  }

  private static String head(String text, int width) {
    int end = 0;
    for (int rest = width; end < text.length(); ) {
      int c = text.codePointAt(end);
      rest -= width(c);
      if (rest < 0) {
        break;
      }
      end += Character.charCount(c);
    }
    return text.substring(0, end);
  }

  static int width(String text) {
    return text.codePoints().map(Columns::width).sum();
  }

  /** As most terminals have it; none agrees with all others. */
  private static int width(int c) {
    if (c < 0x300) {
      return 1;
    }
    switch (Character.getType(c)) {
      case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.FORMAT -> {
        return 0;
      }
      default -> {}
    }
    boolean wide =
        (c >= 0x1100 && c <= 0x115f) // Hangul
            || (c >= 0x2e80 && c <= 0xa4cf && c != 0x303f) // CJK, kana, Yi
            || (c >= 0xac00 && c <= 0xd7a3) // Hangul
            || (c >= 0xf900 && c <= 0xfaff) // CJK
            || (c >= 0xfe30 && c <= 0xfe6f) // CJK punctuation
            || (c >= 0xff00 && c <= 0xff60) // full width
            || (c >= 0xffe0 && c <= 0xffe6)
            || (c >= 0x1f300 && c <= 0x1f64f) // pictures
            || (c >= 0x1f680 && c <= 0x1f6ff)
            || (c >= 0x1f900 && c <= 0x1faff)
            || (c >= 0x20000 && c <= 0x3fffd);
    return wide ? 2 : 1;
  }
}
