package io.github.nylaswebhook.filter;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A header value that is a keyword with parameters: {@code Content-Type}, {@code Auto-Submitted}
 * and their like. Comments are passed over, quotes taken off, case doesn't count; what is broken
 * yields what can be read of it.
 *
 * @param keyword what stands before comments and parameters, in lower case
 * @param parameters by name, both in lower case
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3834#section-5">RFC 3834 §5</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc2045#section-5.1">RFC 2045 §5.1</a>
 */
record FieldValue(String keyword, Map<String, String> parameters) {
  static FieldValue parse(String value) {
    String text = withoutComments(value);
    int end = text.indexOf(';');
    String keyword = (end < 0 ? text : text.substring(0, end)).strip();
    // "bulk, list", "yes (really)": only the first word counts.
    for (int i = 0; i < keyword.length(); i++) {
      if (" \t,".indexOf(keyword.charAt(i)) >= 0) {
        keyword = keyword.substring(0, i);
        break;
      }
    }
    if (end < 0) {
      return new FieldValue(keyword, Map.of());
    }
    Map<String, String> parameters = new HashMap<>();
    int at = end + 1;
    while (at < text.length()) {
      int next = separator(text, at);
      String parameter = text.substring(at, next);
      int equals = parameter.indexOf('=');
      if (equals > 0) {
        String name = parameter.substring(0, equals).strip();
        // RFC 2231's extended form of a plain parameter.
        parameters.putIfAbsent(
            name.endsWith("*") ? name.substring(0, name.length() - 1) : name,
            unquoted(parameter.substring(equals + 1).strip()));
      }
      at = next + 1;
    }
    return new FieldValue(keyword, parameters);
  }

  String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  /** Where the parameter that begins here ends: at a semicolon outside of quotes. */
  private static int separator(String text, int from) {
    boolean quoted = false;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && quoted) {
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ';' && !quoted) {
        return i;
      }
    }
    return text.length();
  }

  private static String unquoted(String value) {
    int last = value.length() - 1;
    boolean quoted = last > 0 && value.charAt(0) == '"' && value.charAt(last) == '"';
    return quoted ? value.substring(1, last).replace("\\\"", "\"") : value;
  }

  private static String withoutComments(String value) {
    String lower = value.toLowerCase(Locale.ROOT);
    if (lower.indexOf('(') < 0) {
      return lower.strip();
    }
    StringBuilder text = new StringBuilder(lower.length());
    int depth = 0;
    boolean quoted = false;
    for (int i = 0; i < lower.length(); i++) {
      char c = lower.charAt(i);
      if (c == '"' && depth == 0) {
        quoted = !quoted;
      }
      if (c == '(' && !quoted) {
        depth++;
        text.append(' ');
      } else if (c == ')' && !quoted && depth > 0) {
        depth--;
      } else if (depth == 0) {
        text.append(c);
      }
    }
    return text.toString().strip();
  }
}
