package io.github.nylaswebhook.jira;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The few nodes of the Atlassian Document Format that a mail needs. Text stays text: nothing in it
 * becomes a link, a mention or markup.
 *
 * @see <a href="https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/">ADF:
 *     structure</a>
 */
final class Adf {
  private Adf() {}

  static Map<String, Object> doc(List<Map<String, Object>> blocks) {
    return Map.of("type", "doc", "version", 1, "content", blocks);
  }

  static Map<String, Object> rule() {
    return Map.of("type", "rule");
  }

  /**
   * One text under another; an empty one is passed over, for a text node has a character at least.
   *
   * @param lines as {@link #clean(String)} gives them; what {@code \n} parts are lines of their own
   */
  static Map<String, Object> paragraph(List<Map<String, Object>> lines) {
    return lines.isEmpty()
        ? Map.of("type", "paragraph")
        : Map.of("type", "paragraph", "content", lines);
  }

  static Map<String, Object> paragraph(String line) {
    return paragraph(line.isEmpty() ? List.of() : List.of(text(line)));
  }

  static Map<String, Object> bulletList(List<String> items) {
    return Map.of(
        "type",
        "bulletList",
        "content",
        items.stream()
            .map(item -> Map.of("type", "listItem", "content", List.of(paragraph(item))))
            .toList());
  }

  static Map<String, Object> text(String text) {
    return Map.of("type", "text", "text", text);
  }

  static Map<String, Object> strong(String text) {
    return Map.of("type", "text", "text", text, "marks", List.of(Map.of("type", "strong")));
  }

  static Map<String, Object> lineBreak() {
    return Map.of("type", "hardBreak");
  }

  /** Paragraphs where the text has empty lines, and line breaks where it has lines. */
  static List<Map<String, Object>> paragraphs(String cleaned) {
    List<Map<String, Object>> paragraphs = new ArrayList<>();
    List<Map<String, Object>> nodes = new ArrayList<>();
    for (String line : cleaned.split("\n", -1)) {
      if (line.isBlank()) {
        if (!nodes.isEmpty()) {
          paragraphs.add(paragraph(List.copyOf(nodes)));
          nodes.clear();
        }
        continue;
      }
      if (!nodes.isEmpty()) {
        nodes.add(lineBreak());
      }
      nodes.add(text(line.stripTrailing()));
    }
    if (!nodes.isEmpty()) {
      paragraphs.add(paragraph(List.copyOf(nodes)));
    }
    return paragraphs;
  }

  /**
   * Without what Jira refuses or can't show: control characters, halves of surrogate pairs,
   * noncharacters. All sorts of line ends become {@code \n}, a tab becomes a space.
   */
  static String clean(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (c == '\r') {
        if (i < text.length() && text.charAt(i) == '\n') {
          continue;
        }
        clean.append('\n');
      } else if (c == '\n' || c == 0x85 || c == 0x2028 || c == 0x2029) {
        clean.append('\n');
      } else if (c == '\t') {
        clean.append(' ');
      } else if (!isUnfit(c)) {
        clean.appendCodePoint(c);
      }
    }
    return clean.toString();
  }

  private static boolean isUnfit(int c) {
    return Character.isISOControl(c)
        || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)
        || (c & 0xFFFE) == 0xFFFE
        || (c >= 0xFDD0 && c <= 0xFDEF);
  }

  /** Cleaned, on one line, with one space where there were more. */
  static String line(String text, int most) {
    return shorten(clean(text).replaceAll("[\\s\\p{Z}]+", " ").strip(), most);
  }

  /** At most so many UTF-16 units, with an ellipsis if it was longer, and no half of a pair. */
  static String shorten(String text, int most) {
    return text.length() <= most ? text : cut(text, most - 1) + "…";
  }

  /** The first so many UTF-16 units; one less if the last would be the half of a pair. */
  static String cut(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    int end = Math.max(most, 0);
    return text.substring(
        0, end > 0 && Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end);
  }
}
