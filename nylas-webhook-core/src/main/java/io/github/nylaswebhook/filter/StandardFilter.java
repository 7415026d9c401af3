package io.github.nylaswebhook.filter;

import io.github.nylaswebhook.internal.Phrases;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.util.List;
import java.util.function.Function;

/**
 * Looks in the order in which a mistake would hurt most: our own mail, then reports about mail
 * (which often carry auto-reply markers too), then auto-replies, then invitations; the rest is
 * people's, or a machine's of its own accord, or a newsletter.
 */
final class StandardFilter implements MessageFilter {
  static final StandardFilter INSTANCE = new StandardFilter();

  private static final Phrases COMPLAINTS = PhraseFiles.of("feedback");

  private record Step(MessageKind kind, Function<MailFacts, Finding> look) {}

  private static final List<Step> STEPS =
      List.of(
          new Step(
              MessageKind.DISPOSITION_NOTIFICATION,
              mail -> reports(mail, "disposition-notification")),
          new Step(MessageKind.FEEDBACK_REPORT, mail -> reports(mail, "feedback-report")),
          new Step(MessageKind.FEEDBACK_REPORT, StandardFilter::complaint),
          new Step(MessageKind.BOUNCE, Bounces::find),
          new Step(MessageKind.AUTO_REPLY, AutoReplies::find),
          new Step(MessageKind.CALENDAR, Invitations::find),
          new Step(MessageKind.NOTIFICATION, Senders::machine),
          new Step(MessageKind.BULK, Senders::newsletter));

  @Override
  public Verdict judge(Message message, MessageContext context) {
    List<Reason> own = OwnMail.reasons(message, context);
    if (!own.isEmpty()) {
      return new Verdict(MessageKind.OWN, own, message.headersKnown());
    }
    MailFacts mail = new MailFacts(message, context);
    for (Step step : STEPS) {
      Finding found = step.look().apply(mail);
      if (found.isSomething()) {
        return verdict(step.kind(), found, mail);
      }
    }
    String detail = Senders.isList(mail) ? "list" : "";
    return verdict(MessageKind.HUMAN, new Finding(detail, List.of()), mail);
  }

  private static Verdict verdict(MessageKind kind, Finding found, MailFacts mail) {
    return new Verdict(kind, found.detail(), found.reasons(), mail.message.headersKnown());
  }

  /** RFC 6522 §3: the report's type is in the header, or that of the part which it names. */
  private static Finding reports(MailFacts mail, String type) {
    if (mail.contentType.keyword().equals("multipart/report")
        && mail.contentType.parameter("report-type").equals(type)) {
      return reason("report", "Content-Type: multipart/report; " + type);
    }
    String part = "message/" + type;
    if (mail.parts.stream().anyMatch(known -> known.keyword().equals(part))
        && !mail.isAnswerBySubject()) {
      return reason("report", part);
    }
    return Finding.NOTHING;
  }

  /** Microsoft's complaints are older than RFC 5965; Amazon SES' come as JSON. */
  private static Finding complaint(MailFacts mail) {
    if (mail.sender.equals("staff@hotmail.com") && mail.subject(COMPLAINTS).isPresent()) {
      return reason("complaint-subject", mail.message.subject());
    }
    return AmazonSes.isComplaint(mail) ? reason("ses-notification", "Complaint") : Finding.NOTHING;
  }

  private static Finding reason(String code, String evidence) {
    return new Finding("", List.of(new Reason(code, evidence)));
  }
}
