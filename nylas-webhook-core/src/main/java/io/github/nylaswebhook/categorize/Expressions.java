package io.github.nylaswebhook.categorize;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;

/** Regular expressions that take time in proportion to the text, whatever they are. */
final class Expressions {
  /**
   * How many steps an expression may have once its repetitions are written out. Each character of a
   * text may cost as many, and {@code ((x{100}){100}){100}} has a million.
   */
  static final int MAX_STEPS = 2000;

  private static final long ENOUGH = 1 << 30;

  private static final Pattern REPETITION = Pattern.compile("\\{(\\d{1,4})(?:,(\\d{0,4}))?\\}");

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
    // Before it is compiled: that alone takes the memory of all its steps.
    if (steps(expression) > MAX_STEPS) {
      throw tooManySteps(expression);
    }
    Pattern pattern = pattern(expression);
    if (pattern.programSize() > 2 * MAX_STEPS) {
      throw tooManySteps(expression);
    }
    return pattern;
  }

  private static IllegalArgumentException tooManySteps(String expression) {
    return new IllegalArgumentException(
        "\""
            + expression
            + "\" repeats too much: written out, it may have "
            + MAX_STEPS
            + " parts at most");
  }

  private static Pattern pattern(String expression) {
    try {
      return Pattern.compile(expression, Pattern.CASE_INSENSITIVE);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "\"" + expression + "\" isn't a regular expression of RE2: " + e.getDescription(), e);
    }
  }

  /** How many characters, classes and groups there are, repetitions written out. */
  private static long steps(String expression) {
    Deque<Long> outer = new ArrayDeque<>();
    long sum = 0;
    long last = 0;
    int i = 0;
    while (i < expression.length()) {
      int end = i + 1;
      switch (expression.charAt(i)) {
        case '(' -> {
          outer.push(sum);
          sum = 0;
          last = 0;
        }
        case ')' -> {
          last = sum + 1;
          sum = last + (outer.isEmpty() ? 0 : outer.pop());
        }
        case '{' -> {
          Matcher repetition = REPETITION.matcher(expression);
          if (repetition.find(i) && repetition.start() == i) {
            long times = times(repetition);
            sum += last * (times - 1);
            last *= times;
            end = repetition.end();
          } else {
            last = 1;
            sum++;
          }
        }
        default -> {
          end = endOfAtom(expression, i);
          last = 1;
          sum += expression.startsWith("\\Q", i) ? end - i : 1;
        }
      }
      // Neither overflows: the longest expression has no room for as many more.
      sum = Math.min(sum, ENOUGH);
      last = Math.min(last, ENOUGH);
      i = end;
    }
    while (!outer.isEmpty()) {
      sum += outer.pop();
    }
    return sum;
  }

  private static long times(Matcher repetition) {
    int least = Integer.parseInt(repetition.group(1));
    String most = repetition.group(2);
    return Math.max(1, most == null || most.isEmpty() ? least + 1 : Integer.parseInt(most));
  }

  /** After an escape, a class in brackets or a character. */
  private static int endOfAtom(String expression, int start) {
    char c = expression.charAt(start);
    int length = expression.length();
    if (expression.startsWith("\\Q", start)) {
      int end = expression.indexOf("\\E", start);
      return end < 0 ? length : end + 2;
    }
    if (c == '\\') {
      int end = Math.min(start + 2, length);
      boolean named = end < length && "pPx".indexOf(expression.charAt(end - 1)) >= 0;
      int brace = named && expression.charAt(end) == '{' ? expression.indexOf('}', end) : -1;
      return brace < 0 ? end : brace + 1;
    }
    if (c != '[') {
      return start + 1;
    }
    int i = start + 1;
    if (i < length && expression.charAt(i) == '^') {
      i++;
    }
    // A bracket that comes first stands for itself.
    for (int first = i; i < length && (i == first || expression.charAt(i) != ']'); ) {
      if (expression.startsWith("[:", i) && expression.indexOf(":]", i + 2) >= 0) {
        i = expression.indexOf(":]", i + 2) + 2;
      } else {
        i += expression.charAt(i) == '\\' ? 2 : 1;
      }
    }
    return Math.min(i + 1, length);
  }
}
