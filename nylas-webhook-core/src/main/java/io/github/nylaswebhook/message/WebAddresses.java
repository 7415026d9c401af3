package io.github.nylaswebhook.message;

import java.util.Locale;
import java.util.Set;

/** Finds the addresses of pages and of people in a text, whose words nobody has written. */
final class WebAddresses {
  /** Endings that make {@code shop.example} an address; none is also a word after a full stop. */
  private static final Set<String> ENDINGS =
      Set.of("com", "net", "org", "info", "biz", "edu", "gov", "io", "example", "test");

  private WebAddresses() {}

  /**
   * The text with a blank in the place of each address. One pass; a text without any is the same.
   */
  static String without(String text) {
    if (text.indexOf('@') < 0 && text.indexOf('.') < 0 && text.indexOf("://") < 0) {
      return text;
    }
    StringBuilder left = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      int end = at;
      while (end < text.length() && !isBoundary(text.charAt(end))) {
        end++;
      }
      if (end == at) {
        left.append(text.charAt(at++));
        continue;
      }
      if (isPage(text, at, end)) {
        end = endOfPage(text, end);
        left.append(' ');
      } else if (isAddress(text, at, end)) {
        left.append(' ');
      } else {
        left.append(text, at, end);
      }
      at = end;
    }
    return left.toString();
  }

  /** Letters of Chinese, Japanese and Korean follow an address without a space between. */
  private static boolean isBoundary(char c) {
    return c <= ' '
        || "<>\"()[]{}|`,;".indexOf(c) >= 0
        || Character.isWhitespace(c)
        || c == '\u00a0'
        || (c >= '\u2e80' && c < '\ud800')
        || c >= '\uff00';
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
