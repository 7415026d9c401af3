package io.github.nylaswebhook.filter;

import io.github.nylaswebhook.internal.Phrases;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reports about a mail of ours: that it failed, is late, or has arrived.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3464">RFC 3464</a>
 */
final class Bounces {
  /** Proof enough by itself. */
  private static final Phrases SUBJECTS = PhraseFiles.of("failed", "delayed", "delivered");

  /** People write these as well. */
  private static final Phrases HINTS =
      PhraseFiles.of("failed-maybe", "delayed-maybe", "delivered-maybe");

  private static final Phrases TEXTS =
      PhraseFiles.of("text-failed", "text-delayed", "text-delivered");

  /** What people quote as well who complain that their mail doesn't arrive. */
  private static final Phrases ANY_TEXTS =
      PhraseFiles.of(
          "text-failed",
          "text-failed-maybe",
          "text-delayed",
          "text-delayed-maybe",
          "text-delivered");

  private static final Phrases OUTCOMES =
      PhraseFiles.of("text-delayed", "text-delayed-maybe", "text-delivered");
  private static final Phrases NAMES = PhraseFiles.of("daemon-name");

  /** RFC 5321's and the makers' senders of reports. */
  private static final Pattern DAEMON =
      Pattern.compile(
          "mailer[-_.]?daemon|mail[-_.]?daemon|mdaemon|post_master|mdaemon[-_.].*|m-daemon");

  /** Where reports come from too, but people as well. */
  private static final Pattern POSTMASTER =
      Pattern.compile(
          "post[-_.]?master|mailadmin|mail[-_.]?admin|mailer[-_.].*|microsoftexchange[0-9a-f]{32}");

  /** What was sent comes back as such a part. */
  private static final Set<String> ORIGINALS =
      Set.of("message/rfc822", "message/rfc822-headers", "text/rfc822-headers", "message/global");

  /** Nobody attaches these. */
  private static final Set<String> HEADERS =
      Set.of("message/rfc822-headers", "text/rfc822-headers");

  private static final int REPORT_LINES = 40;

  /** A report begins by saying what it is; a person who quotes one says something first. */
  private static final int OPENING_LINES = 3;

  private Bounces() {}

  static Finding find(MailFacts mail) {
    if (AutoReplies.isChallenge(mail)) {
      return Finding.NOTHING;
    }
    List<Reason> reasons = new ArrayList<>();
    boolean daemon = DAEMON.matcher(mail.localPart()).matches();
    Optional<Phrases.Phrase> subject = mail.subject(SUBJECTS);
    Optional<Phrases.Phrase> hint = mail.subject(HINTS);
    boolean passedOn = mail.isAnswerBySubject() && !daemon && !mail.hasNullReturnPath();
    boolean report = mail.contentType.keyword().equals("multipart/report");
    String type = mail.contentType.parameter("report-type");
    if (report && (type.equals("delivery-status") || type.equals("global-delivery-status"))) {
      reasons.add(new Reason("delivery-report", "Content-Type: multipart/report; " + type));
    }
    for (FieldValue part : mail.parts) {
      String kind = part.keyword();
      // Somebody who passes a report on attaches it, and is a person all the same.
      if (!passedOn
          && (kind.equals("message/delivery-status")
              || kind.equals("message/global-delivery-status"))) {
        reasons.add(new Reason("delivery-report", kind));
      }
    }
    mail.first("x-failed-recipients")
        .ifPresent(value -> reasons.add(new Reason("failed-recipients", value)));
    if (daemon) {
      reasons.add(new Reason("daemon-sender", mail.sender));
    }
    Optional<Finding> ses = AmazonSes.bounce(mail);
    if (ses.isPresent()) {
      return ses.get();
    }
    boolean machine = !reasons.isEmpty();
    if (!machine && !passedOn) {
      machine = hasSecondSign(mail);
    }
    boolean answered = mail.has("in-reply-to") && !machine;
    if (subject.isPresent() && !answered) {
      reasons.add(new Reason("bounce-subject", subject.get().text()));
    } else if (hint.isPresent() && machine) {
      reasons.add(new Reason("bounce-subject", hint.get().text()));
    } else if (reasons.isEmpty() && machine && returnsOurs(mail) && !AutoReplies.hasHeader(mail)) {
      // "Your mailbox is over quota" is what a postmaster tells of their own accord.
      boolean about = hasOriginal(mail) || isAnswerByMachine(mail) || mail.sender.isEmpty();
      mail.text(about ? ANY_TEXTS : TEXTS, REPORT_LINES)
          .ifPresent(text -> reasons.add(new Reason("bounce-text", text.text())));
    }
    return reasons.isEmpty()
        ? Finding.NOTHING
        : new Finding(detail(mail, subject.or(() -> hint)), reasons);
  }

  /** What only machines have, though not only those that report. */
  private static boolean hasSecondSign(MailFacts mail) {
    return mail.hasNullReturnPath()
        || mail.sender.isEmpty()
        || POSTMASTER.matcher(mail.localPart()).matches()
        // Not auto-generated: "Delivery failed" is also what shops and monitoring say.
        || isAnswerByMachine(mail)
        || NAMES.find(Phrases.fold(mail.message.sender().name())).isPresent()
        // A whole mail is also what people attach who ask what became of it.
        || mail.parts.stream().anyMatch(part -> HEADERS.contains(part.keyword()))
        || (Senders.readsNoAnswers(mail) && hasOriginal(mail))
        || mail.text(TEXTS, OPENING_LINES).isPresent();
  }

  /** Without a subject that says so: from nobody, or with what was sent. */
  private static boolean returnsOurs(MailFacts mail) {
    return mail.hasNullReturnPath()
        || POSTMASTER.matcher(mail.localPart()).matches()
        || mail.sender.isEmpty()
        || hasOriginal(mail);
  }

  private static boolean isAnswerByMachine(MailFacts mail) {
    return mail.keyword("auto-submitted", "auto-replied").isPresent();
  }

  private static boolean hasOriginal(MailFacts mail) {
    return mail.parts.stream().anyMatch(part -> ORIGINALS.contains(part.keyword()));
  }

  private static String detail(MailFacts mail, Optional<Phrases.Phrase> subject) {
    String section =
        subject
            .map(Phrases.Phrase::section)
            // "Delivery Status Notification" alone doesn't say of what.
            .filter(name -> !name.equals("failed-maybe"))
            .or(() -> mail.text(OUTCOMES, REPORT_LINES).map(Phrases.Phrase::section))
            .orElse("");
    if (section.contains("delayed")) {
      return "delayed";
    }
    return section.contains("delivered") ? "delivered" : "failed";
  }
}
