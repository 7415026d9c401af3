package io.github.nylaswebhook.filter;

import java.util.List;

/**
 * What a message is, and why.
 *
 * @param kind what it is
 * @param detail which of its kind, in lower case: {@code failed}, {@code delayed} or {@code
 *     delivered} of a bounce; {@code request}, {@code reply} or {@code cancel} of an invitation;
 *     {@code list} of people's mail that came through a mailing list; empty if there is no more to
 *     say
 * @param reasons every rule that said so; none for {@link MessageKind#HUMAN}
 * @param headersKnown whether the headers could be looked at; without them, machines are harder to
 *     tell
 */
public record Verdict(MessageKind kind, String detail, List<Reason> reasons, boolean headersKnown) {
  public Verdict {
    reasons = List.copyOf(reasons);
  }

  /** A verdict without a detail. */
  public Verdict(MessageKind kind, List<Reason> reasons, boolean headersKnown) {
    this(kind, "", reasons, headersKnown);
  }
}
