package io.github.nylaswebhook.filter;

import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/** The tutorial's isAutoReply: any of four headers, or any of six phrases in the subject. */
final class TutorialFilter implements MessageFilter {
  static final TutorialFilter INSTANCE = new TutorialFilter();

  private static final List<String> PHRASES =
      List.of(
          "out of office",
          "automatic reply",
          "auto-reply",
          "delivery status notification",
          "undeliverable",
          "mail delivery failed");

  @Override
  public Verdict judge(Message message, MessageContext context) {
    List<Reason> own = OwnMail.reasons(message, context);
    if (!own.isEmpty()) {
      return new Verdict(MessageKind.OWN, own, message.headersKnown());
    }
    List<Reason> reasons = new ArrayList<>();
    header(message, "auto-submitted", value -> !value.isEmpty() && !value.equals("no"), reasons);
    header(message, "x-auto-response-suppress", value -> !value.isEmpty(), reasons);
    header(message, "precedence", Set.of("bulk", "junk")::contains, reasons);
    String subject = message.subject().toLowerCase(Locale.ROOT);
    for (String phrase : PHRASES) {
      if (subject.contains(phrase)) {
        reasons.add(new Reason("subject", phrase));
      }
    }
    MessageKind kind = reasons.isEmpty() ? MessageKind.HUMAN : MessageKind.AUTO_REPLY;
    return new Verdict(kind, reasons, message.headersKnown());
  }

  private static void header(
      Message message, String name, Predicate<String> marks, List<Reason> reasons) {
    for (String value : message.headerValues(name)) {
      if (marks.test(value)) {
        reasons.add(new Reason(name, value));
      }
    }
  }
}
