package io.github.nylaswebhook.internal;

import java.util.regex.Pattern;

/**
 * What stands before a subject that isn't part of it. Subjects are given as folded by {@link
 * Phrases}.
 */
public final class SubjectMarks {
  /** What people's programs put before the subject of what they answer or pass on. */
  private static final Pattern ANSWER =
      Pattern.compile(
          "^\\[?(?:re|aw|antw|antwort|sv|vs|vl|odp|pd|ynt|ilt|ref|rif|r|res|resp|fw|fwd|wg|tr|rv|enc|i|doorst"
              + "|bls|trs|vá|απ|πρθ|전달|답장|회신|答复|回复|轉寄|转发|回覆|転送|返信)(?: ?[\\[(]\\d+[\\])])? ?:.*");

  /** Marks that gateways put before a subject. */
  private static final Pattern TAG =
      Pattern.compile("^(?:\\[[^\\]]{1,40}\\]|\\*{2,}[^*]{1,40}\\*{2,}) ?");

  private SubjectMarks() {}

  /** Whether it is the subject of an answer, or of a mail passed on. */
  public static boolean isAnswer(String folded) {
    return ANSWER.matcher(folded).matches() || ANSWER.matcher(untagged(folded)).matches();
  }

  /** The subject without a gateway's mark, such as {@code [EXTERNAL]}. */
  public static String untagged(String folded) {
    return TAG.matcher(folded).replaceFirst("").stripLeading();
  }
}
