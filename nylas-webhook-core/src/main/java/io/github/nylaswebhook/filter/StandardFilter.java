package io.github.nylaswebhook.filter;

import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Looks in the order in which a mistake would hurt most: our own mail, then reports about mail
 * (which often carry auto-reply markers too), then auto-replies, then invitations; the rest is
 * people's, or a machine's of its own accord, or a list's.
 */
final class StandardFilter implements MessageFilter {
  static final StandardFilter INSTANCE = new StandardFilter();

  /** RFC 3464's and RFC 5321's daemons, as the local part of the sender. */
  private static final Pattern DAEMON =
      Pattern.compile("^(?:mailer[-_]?daemon|post[-_]?master)@.*", Pattern.CASE_INSENSITIVE);

  /**
   * Anchored: a person may well write about an undeliverable parcel, or ask about being out of
   * office.
   */
  private static final Pattern BOUNCE_SUBJECT =
      Pattern.compile(
          "^(?:undeliverable:|undelivered mail returned to sender|delivery status notification"
              + "|mail delivery failed|failure notice$"
              + "|unzustellbar:|nicht zustellbar:|no se puede entregar:|onbestelbaar:)",
          Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);

  private static final Pattern AUTO_REPLY_SUBJECT =
      Pattern.compile(
          "^(?:\\[?auto(?:matic|mated)?[-_ ]?(?:reply|response)\\]?(?:$|[:\\]])|out of (?:the )?office(?:$|:)"
              + "|out of office (?:auto)?reply|automatische antwort:|abwesenheitsnotiz(?:$|:)"
              + "|réponse automatique ?:|respuesta automática ?:|resposta automática ?:"
              + "|risposta automatica ?:|automatisch antwoord ?:|autosvar ?:|自動応答:|자동 회신:|自动回复[:：])",
          Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);

  private static final Pattern CALENDAR_SUBJECT =
      Pattern.compile(
          "^(?:accepted|declined|tentative|tentatively accepted|cancell?ed|invitation|updated invitation): .*",
          Pattern.CASE_INSENSITIVE);

  /** Vacation programs that don't say Auto-Submitted, by the headers their makers chose. */
  private static final Set<String> AUTO_REPLY_HEADERS =
      Set.of(
          "x-autoreply",
          "x-autorespond",
          "x-autoresponder",
          "x-autoresponse",
          "x-autoreply-from",
          "x-mail-autoreply");

  @Override
  public Verdict judge(Message message, MessageContext context) {
    List<Reason> own = OwnMail.reasons(message, context);
    if (!own.isEmpty()) {
      return verdict(MessageKind.OWN, own, message);
    }
    String contentType = message.header("Content-Type").orElse("").toLowerCase(Locale.ROOT);
    if (contentType.startsWith("multipart/report")) {
      List<Reason> report = List.of(new Reason("report", contentType));
      if (contentType.contains("disposition-notification")) {
        return verdict(MessageKind.DISPOSITION_NOTIFICATION, report, message);
      }
      if (contentType.contains("feedback-report")) {
        return verdict(MessageKind.FEEDBACK_REPORT, report, message);
      }
    }
    List<Reason> bounce = bounce(message, contentType);
    if (!bounce.isEmpty()) {
      return verdict(MessageKind.BOUNCE, bounce, message);
    }
    List<Reason> autoReply = autoReply(message);
    if (!autoReply.isEmpty()) {
      return verdict(MessageKind.AUTO_REPLY, autoReply, message);
    }
    List<Reason> calendar = calendar(message, contentType);
    if (!calendar.isEmpty()) {
      return verdict(MessageKind.CALENDAR, calendar, message);
    }
    List<Reason> generated = autoSubmitted(message, "auto-generated", "auto-notified");
    if (!generated.isEmpty()) {
      return verdict(MessageKind.NOTIFICATION, generated, message);
    }
    // A list stamps people's mail as well; only a newsletter lets one unsubscribe with a click.
    return message
        .header("List-Unsubscribe-Post")
        .map(value -> List.of(new Reason("list-unsubscribe-post", value)))
        .map(bulk -> verdict(MessageKind.BULK, bulk, message))
        .orElseGet(() -> verdict(MessageKind.HUMAN, List.of(), message));
  }

  private static Verdict verdict(MessageKind kind, List<Reason> reasons, Message message) {
    return new Verdict(kind, reasons, message.headersKnown());
  }

  private static List<Reason> bounce(Message message, String contentType) {
    List<Reason> reasons = new ArrayList<>();
    if (contentType.startsWith("multipart/report") && contentType.contains("delivery-status")) {
      reasons.add(new Reason("delivery-report", contentType));
    }
    for (Attachment attachment : message.attachments()) {
      String type = mediaType(attachment);
      if (type.equals("message/delivery-status") || type.equals("message/global-delivery-status")) {
        reasons.add(new Reason("delivery-report", type));
      }
    }
    message
        .header("X-Failed-Recipients")
        .ifPresent(value -> reasons.add(new Reason("failed-recipients", value)));
    if (DAEMON.matcher(message.sender().email()).matches()) {
      reasons.add(new Reason("daemon-sender", message.sender().email()));
    }
    // A subject alone may be a person's answer to a bounce, kept as it was; a daemon's own isn't
    // one.
    boolean answer = message.header("In-Reply-To").isPresent() && reasons.isEmpty();
    if (BOUNCE_SUBJECT.matcher(message.subject().strip()).lookingAt() && !answer) {
      reasons.add(new Reason("bounce-subject", message.subject()));
    }
    return reasons;
  }

  private static List<Reason> autoReply(Message message) {
    List<Reason> reasons = autoSubmitted(message, "auto-replied");
    message.headers().stream()
        .filter(header -> AUTO_REPLY_HEADERS.contains(header.name().toLowerCase(Locale.ROOT)))
        .filter(header -> !keyword(header.value()).equals("no"))
        .forEach(header -> reasons.add(new Reason("auto-reply-header", header.name())));
    for (String name : List.of("Precedence", "X-Precedence")) {
      message.headerValues(name).stream()
          .filter(value -> keyword(value).equals("auto_reply"))
          .forEach(value -> reasons.add(new Reason("precedence-auto-reply", value)));
    }
    message
        .header("X-FC-MachineGenerated")
        .filter(value -> keyword(value).equals("true"))
        .ifPresent(value -> reasons.add(new Reason("auto-reply-header", "X-FC-MachineGenerated")));
    message
        .header("X-Apple-Action")
        .filter(value -> keyword(value).equals("vacation"))
        .ifPresent(value -> reasons.add(new Reason("auto-reply-header", "X-Apple-Action")));
    if (AUTO_REPLY_SUBJECT.matcher(message.subject().strip()).lookingAt()) {
      reasons.add(new Reason("auto-reply-subject", message.subject()));
    }
    return reasons;
  }

  private static List<Reason> calendar(Message message, String contentType) {
    List<Reason> reasons = new ArrayList<>();
    if (contentType.startsWith("text/calendar")) {
      reasons.add(new Reason("calendar-part", contentType));
    }
    message
        .header("Content-Class")
        .filter(value -> value.toLowerCase(Locale.ROOT).contains("calendarmessage"))
        .ifPresent(value -> reasons.add(new Reason("calendar-class", value)));
    for (Attachment attachment : message.attachments()) {
      String type = attachment.contentType().toLowerCase(Locale.ROOT);
      boolean part = mediaType(attachment).equals("text/calendar");
      // RFC 5546: an invitation's part names its method. An .ics file that a person attaches
      // doesn't.
      if (part && (type.contains("method=") || attachment.filename().isEmpty())) {
        reasons.add(new Reason("calendar-part", type));
      } else if ((part || mediaType(attachment).equals("application/ics"))
          && CALENDAR_SUBJECT.matcher(message.subject()).matches()) {
        reasons.add(new Reason("calendar-subject", message.subject()));
      }
    }
    return reasons;
  }

  private static List<Reason> autoSubmitted(Message message, String... keywords) {
    List<Reason> reasons = new ArrayList<>();
    for (String value : message.headerValues("Auto-Submitted")) {
      if (List.of(keywords).contains(keyword(value))) {
        reasons.add(new Reason("auto-submitted", value));
      }
    }
    return reasons;
  }

  private static String mediaType(Attachment attachment) {
    return keyword(attachment.contentType());
  }

  /** RFC 3834 §5: a keyword, then maybe comments and parameters; case doesn't matter. */
  private static String keyword(String value) {
    String lower = value.strip().toLowerCase(Locale.ROOT);
    int end = 0;
    while (end < lower.length() && " \t;(,".indexOf(lower.charAt(end)) < 0) {
      end++;
    }
    return lower.substring(0, end);
  }
}
