package io.github.nylaswebhook.filter;

import io.github.nylaswebhook.internal.Phrases;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Invitations, answers to them, and their cancellations.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6047">RFC 6047</a>
 */
final class Invitations {
  private static final Phrases SUBJECTS =
      PhraseFiles.of("calendar-request", "calendar-reply", "calendar-cancel");

  private Invitations() {}

  static Finding find(MailFacts mail) {
    List<Reason> reasons = new ArrayList<>();
    Optional<Phrases.Phrase> subject = mail.subject(SUBJECTS);
    String detail = subject.map(Phrases.Phrase::section).orElse("").replace("calendar-", "");
    if (mail.contentType.keyword().equals("text/calendar")) {
      reasons.add(new Reason("calendar-part", "Content-Type: text/calendar"));
      detail = detail(mail.contentType, detail);
    }
    mail.first("content-class")
        .filter(value -> value.toLowerCase(Locale.ROOT).contains("calendarmessage"))
        .ifPresent(value -> reasons.add(new Reason("calendar-class", value)));
    mail.first("sender")
        .filter(value -> value.contains("calendar-notification@google.com"))
        .filter(value -> subject.isPresent())
        .ifPresent(value -> reasons.add(new Reason("calendar-sender", value)));
    // Who passes an invitation on, or answers with one, has something to say.
    int parts = mail.isAnswerBySubject() ? 0 : mail.parts.size();
    for (int i = 0; i < parts; i++) {
      FieldValue part = mail.parts.get(i);
      boolean calendar = part.keyword().equals("text/calendar");
      String method = part.parameter("method");
      boolean unnamed = mail.message.attachments().get(i).filename().isEmpty();
      // An invitation's part names its method. A file that a person attaches doesn't, and one that
      // publishes dates asks nobody for anything.
      if (calendar && (method.isEmpty() ? unnamed : !method.equals("publish"))) {
        reasons.add(new Reason("calendar-part", part.keyword() + "; method=" + method));
        detail = detail(part, detail);
      } else if (subject.isPresent()
          && !method.equals("publish")
          && (calendar || part.keyword().equals("application/ics"))) {
        reasons.add(new Reason("calendar-subject", subject.get().text()));
      }
    }
    return new Finding(detail, reasons);
  }

  private static String detail(FieldValue part, String otherwise) {
    return switch (part.parameter("method")) {
      case "request", "add", "refresh" -> "request";
      case "reply", "counter", "declinecounter" -> "reply";
      case "cancel" -> "cancel";
      default -> otherwise;
    };
  }
}
