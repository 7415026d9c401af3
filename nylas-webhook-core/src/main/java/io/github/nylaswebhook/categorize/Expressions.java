package io.github.nylaswebhook.categorize;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/** Regular expressions that take time in proportion to the text, whatever they are. */
final class Expressions {
  private Expressions() {}

  /**
   * For use with {@code find}, in any case.
   *
   * @throws IllegalArgumentException if it is none; the message is for who wrote it
   */
  static Pattern compile(String expression) {
    if (expression.isEmpty() || expression.length() > Condition.MAX_REGEX) {
      throw new IllegalArgumentException(
          "a regular expression has 1 to "
              + Condition.MAX_REGEX
              + " characters, this one has "
              + expression.length());
    }
    try {
      return Pattern.compile(expression, Pattern.CASE_INSENSITIVE);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "\"" + expression + "\" isn't a regular expression of RE2: " + e.getDescription(), e);
    }
  }
}
