package io.github.nylaswebhook.slack;

import java.util.ArrayList;
import java.util.List;

/**
 * Text of strangers, made harmless: nothing in it mentions anybody, links anywhere, or passes for a
 * line of ours.
 *
 * @see <a href="https://docs.slack.dev/messaging/formatting-message-text">Slack: escaping text</a>
 */
final class SlackText {
  private static final String ELLIPSIS = "…";

  private SlackText() {}

  /** How much of a text fits, and in which pieces. */
  record Pieces(List<String> pieces, int left) {}

  /** On one line, escaped, and cut to so many characters as they are sent. */
  static String line(String text, int most) {
    return escape(text.replaceAll("[\\s\\p{Z}]+", " ").strip(), most);
  }

  /** With its line breaks, escaped, and cut to so many characters as they are sent. */
  static String escape(String text, int most) {
    StringBuilder escaped = new StringBuilder();
    int end = 0;
    int i = 0;
    while (i < text.length()) {
      int c = text.codePointAt(i);
      append(escaped, c);
      if (escaped.length() > most) {
        return escaped.substring(0, end) + ELLIPSIS;
      }
      if (escaped.length() + ELLIPSIS.length() <= most) {
        end = escaped.length();
      }
      i += Character.charCount(c);
    }
    return escaped.toString();
  }

  /**
   * Escaped and in pieces, which end at line breaks where there are any.
   *
   * @param most of one piece
   * @param total of all together
   */
  static Pieces pieces(String text, int most, int total) {
    List<String> pieces = new ArrayList<>();
    StringBuilder piece = new StringBuilder();
    int used = 0;
    int i = 0;
    while (i < text.length()) {
      int c = text.codePointAt(i);
      int before = piece.length();
      append(piece, c);
      int added = piece.length() - before;
      if (used + added > total) {
        piece.setLength(before);
        break;
      }
      if (piece.length() > most) {
        String next = piece.substring(before);
        piece.setLength(before);
        int line = piece.lastIndexOf("\n");
        int cut = line > most / 2 ? line + 1 : before;
        add(pieces, piece.substring(0, cut));
        piece.delete(0, cut).append(next);
      }
      used += added;
      i += Character.charCount(c);
    }
    add(pieces, piece.toString());
    return new Pieces(List.copyOf(pieces), text.length() - i);
  }

  /** Slack refuses text objects of nothing. */
  private static void add(List<String> pieces, String piece) {
    if (!piece.isBlank()) {
      pieces.add(piece);
    }
  }

  private static void append(StringBuilder to, int c) {
    switch (c) {
      case '&' -> to.append("&amp;");
      case '<' -> to.append("&lt;");
      case '>' -> to.append("&gt;");
      default -> {
        if (Character.getType(c) == Character.SURROGATE) {
          to.append('\uFFFD');
        } else if (isShown(c)) {
          to.appendCodePoint(c);
        }
      }
    }
  }

  /**
   * Not what controls a terminal, or turns the direction of what follows, also of our own words.
   */
  private static boolean isShown(int c) {
    boolean turns = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    return c == '\n' || c == '\t' || (!Character.isISOControl(c) && !turns);
  }
}
