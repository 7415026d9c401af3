package io.github.nylaswebhook.categorize;

import java.util.List;
import java.util.Map;

/**
 * A value in a file of rules, whatever the format.
 *
 * @param path as JSONPath has it
 * @param line from 1
 * @param value a String, a Boolean, a Numeral, {@link #NULL}, a list of nodes, or nodes by name
 */
record FileNode(String path, int line, Object value) {
  /** How deeply values may be nested; rules need less than ten levels. */
  static final int MAX_DEPTH = 32;

  /** What null is in a file. */
  static final Object NULL =
      new Object() {
        @Override
        public String toString() {
          return "null";
        }
      };

  /** No member of a file of rules is a number; it is only shown. */
  record Numeral(String text) {
    @Override
    public String toString() {
      return text;
    }
  }

  /** Values longer than this are shortened where a message quotes them. */
  private static final int LONGEST_QUOTE = 60;

  /** For a message: what this is. */
  String shown() {
    if (value instanceof Map<?, ?> map) {
      return map.isEmpty() ? "an empty object" : "an object";
    }
    if (value instanceof List<?> list) {
      return list.isEmpty() ? "an empty list" : "a list";
    }
    return value instanceof String text ? quoted(text) : value.toString();
  }

  static String quoted(String text) {
    return "\""
        + (text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "…")
        + "\"";
  }

  /** The path of a member: {@code $.rules}, {@code $["a b"]}. */
  static String member(String path, String name) {
    return name.matches("[\\p{L}_$][\\p{L}\\p{N}_$-]*")
        ? path + "." + name
        : path + "[" + quoted(name) + "]";
  }

  static String element(String path, int index) {
    return path + "[" + index + "]";
  }
}
