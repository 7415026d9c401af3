package io.github.nylaswebhook.filter;

import java.util.List;

/**
 * What a message is, and why.
 *
 * @param kind what it is
 * @param reasons every rule that said so; none for {@link MessageKind#HUMAN}
 * @param headersKnown whether the headers could be looked at; without them, machines are harder to
 *     tell
 */
public record Verdict(MessageKind kind, List<Reason> reasons, boolean headersKnown) {
  public Verdict {
    reasons = List.copyOf(reasons);
  }

  /**
   * Whether the pipeline makes a ticket of it: everything but answers, reports and our own mail.
   */
  public boolean routes() {
    return switch (kind) {
      case HUMAN, NOTIFICATION, BULK -> true;
      case AUTO_REPLY, BOUNCE, CALENDAR, FEEDBACK_REPORT, DISPOSITION_NOTIFICATION, OWN -> false;
    };
  }
}
