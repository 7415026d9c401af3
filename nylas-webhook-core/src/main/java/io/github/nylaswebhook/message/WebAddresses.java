package io.github.nylaswebhook.message;

import java.util.Locale;
import java.util.Set;

/** Finds the addresses of pages and of people in a text, whose words nobody has written. */
final class WebAddresses {
  /** Endings that make {@code shop.example} an address; none is also a word after a full stop. */
  private static final Set<String> ENDINGS =
      Set.of("com", "net", "org", "info", "biz", "edu", "gov", "io", "example", "test");

  private static final int NONE = -1;

  private static final boolean[] ASCII_BOUNDARIES = asciiBoundaries();

  private WebAddresses() {}

  /**
   * The text with a blank in the place of each address. One pass; a text without any is the same.
   */
  static String without(String text) {
    StringBuilder left = null;
    int copied = 0;
    int at = 0;
    while (at < text.length()) {
      if (isBoundary(text.charAt(at))) {
        at++;
        continue;
      }
      int end = at;
      boolean mayBeAddress = false;
      for (; end < text.length(); end++) {
        char c = text.charAt(end);
        if (isBoundary(c)) {
          break;
        }
        mayBeAddress |= c == '.' || c == '@' || c == ':';
      }
      int past = mayBeAddress ? endOfAddress(text, at, end) : NONE;
      if (past != NONE) {
        left = left == null ? new StringBuilder(text.length()) : left;
        left.append(text, copied, at).append(' ');
        copied = past;
        end = past;
      }
      at = end;
    }
    return left == null ? text : left.append(text, copied, text.length()).toString();
  }

  private static int endOfAddress(String text, int from, int to) {
    if (isPage(text, from, to)) {
      return endOfPage(text, to);
    }
    return isAddress(text, from, to) ? to : NONE;
  }

  /** Letters of Chinese, Japanese and Korean follow an address without a space between. */
  private static boolean isBoundary(char c) {
    return c < 128
        ? ASCII_BOUNDARIES[c]
        : (c >= '\u2e80' && c < '\ud800')
            || c >= '\uff00'
            || c == '\u00a0'
            || Character.isWhitespace(c);
  }

  private static boolean[] asciiBoundaries() {
    boolean[] boundaries = new boolean[128];
    for (char c = 0; c < 128; c++) {
      boundaries[c] = c <= ' ' || "<>\"()[]{}|`,;".indexOf(c) >= 0;
    }
    return boundaries;
  }

  private static boolean isPage(String text, int from, int to) {
    int scheme = indexOf(text, ':', from, to);
    return (scheme > from && scheme + 2 < to && text.startsWith("//", scheme + 1))
        || text.regionMatches(true, from, "www.", 0, 4);
  }

  /** Commas and pairs of brackets are parts of an address, a bracket that closes more isn't. */
  private static int endOfPage(String text, int from) {
    int open = 0;
    int end = from;
    while (end < text.length()) {
      char c = text.charAt(end);
      open += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (open < 0 || (isBoundary(c) && ",;()|{}".indexOf(c) < 0)) {
        return end;
      }
      end++;
    }
    return end;
  }

  private static boolean isAddress(String text, int from, int to) {
    if (text.regionMatches(true, from, "mailto:", 0, 7)) {
      return true;
    }
    int sign = indexOf(text, '@', from, to);
    if (sign > from && indexOf(text, '.', sign, to) > sign + 1) {
      return true;
    }
    return sign < 0 && isHost(text, from, to);
  }

  /** {@code shop.example/returns?x}, or {@code shop.com} alone. */
  private static boolean isHost(String text, int from, int to) {
    int end = from;
    int dot = -1;
    while (end < to && "/?#:".indexOf(text.charAt(end)) < 0) {
      char c = text.charAt(end);
      if (c == '.') {
        dot = end;
      } else if (!Character.isLetterOrDigit(c) && c != '-') {
        return false;
      }
      end++;
    }
    boolean path = end < to && text.charAt(end) == '/';
    int last = !path && end == to && dot == to - 1 ? to - 1 : end;
    if (last < end) {
      dot = text.lastIndexOf('.', last - 1);
    }
    if (dot <= from || last - dot < 3) {
      return false;
    }
    for (int i = dot + 1; i < last; i++) {
      if (!Character.isLetter(text.charAt(i))) {
        return false;
      }
    }
    return path || ENDINGS.contains(text.substring(dot + 1, last).toLowerCase(Locale.ROOT));
  }

  private static int indexOf(String text, char wanted, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text.charAt(i) == wanted) {
        return i;
      }
    }
    return -1;
  }
}
