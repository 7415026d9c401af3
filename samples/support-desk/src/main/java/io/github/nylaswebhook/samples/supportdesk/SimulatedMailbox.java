package io.github.nylaswebhook.samples.supportdesk;

import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.notification.TriggerFlag;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The mail that the simulation plays, and what has to become of each. */
final class SimulatedMailbox {
  static final String OWN_ADDRESS = "support@acme.example";

  private static final String GOOGLE = "grant-google";
  private static final String MICROSOFT = "grant-microsoft";
  private static final String IMAP = "grant-imap";

  /** A mail, how it is told, and what it has to become: a ticket, or set aside for a reason. */
  record Case(
      Mail mail,
      List<NotificationFixture> notifications,
      Optional<Expected> ticket,
      Optional<String> skipReason,
      boolean isLater) {}

  record Expected(String category, Priority priority, boolean isFollowUp, boolean isNote) {
    Expected(String category, Priority priority) {
      this(category, priority, false, false);
    }
  }

  private final List<Case> cases = new ArrayList<>();
  private int number;

  static List<String> grants() {
    return List.of(GOOGLE, MICROSOFT, IMAP);
  }

  List<Case> cases() {
    return List.copyOf(cases);
  }

  SimulatedMailbox() {
    incidents();
    bugs();
    billing();
    featureRequests();
    churn();
    general();
    machines();
    ours();
    conversations();
  }

  private void incidents() {
    ticket(
        "incidents",
        Priority.HIGH,
        google(
                "Urgent: production database is down",
                "<p>Nothing answers since <b>09:12</b>. Please help.</p>")
            .from("Dana Reyes", "dana@northwind.example"));
    ticket(
        "incidents",
        Priority.HIGH,
        microsoft("Checkout", "<div>We see a complete <i>outage</i> of the checkout page.</div>"));
    ticket(
        "incidents",
        Priority.HIGH,
        imap(
            "API",
            "Hello,\n\nthe export endpoint is broken for all of our tenants.\n\n-- \nKim\nOperations"));
    // The quoted mail is a dull one; what was written on top of it isn't.
    ticket(
        "incidents",
        Priority.HIGH,
        google(
                "Re: Weekly report",
                "<div>This is critical, nobody can log in.</div><br><div class=\"gmail_quote\"><div>On Mon, 16 Nov 2026 at 10:00, Desk wrote:</div><blockquote>Here is the invoice you asked for.</blockquote></div>")
            .thread("thread-weekly"));
    Mail large =
        google(
            "Log of last night",
            "<p>Everything went down at 02:14, the log is below.</p><pre>"
                + "02:14:07 connection reset by peer\n".repeat(40_000)
                + "</pre>");
    told(
        large,
        new Expected("incidents", Priority.HIGH),
        NotificationFixture.created(large, TriggerFlag.TRUNCATED));
  }

  private void bugs() {
    ticket(
        "bugs",
        Priority.MEDIUM,
        google("Error 500 when saving a contact", "<p>Steps: open a contact, press save.</p>"));
    ticket(
        "bugs",
        Priority.MEDIUM,
        microsoft("App crashes on start", "<p>Since the update of yesterday.</p>"));
    ticket(
        "bugs",
        Priority.MEDIUM,
        imap("Search", "The search is not working for names with umlauts, e.g. Müller."));
    ticket(
        "bugs",
        Priority.MEDIUM,
        google(
            "Two bugs in the importer",
            "<ul><li>It skips the last line.</li><li>It counts twice.</li></ul>"));
    ticket(
        "bugs",
        Priority.MEDIUM,
        microsoft(
                "Re: Two bugs in the importer",
                "<p>The first issue is solved, thanks. The second isn't.</p>")
            .thread("thread-importer"));
  }

  private void billing() {
    ticket(
        "billing",
        Priority.MEDIUM,
        google("Invoice 2026-118", "<p>Could you send it again, with our new address?</p>"));
    ticket(
        "billing",
        Priority.MEDIUM,
        microsoft("Charged twice", "<p>We were charged twice in October.</p>"));
    ticket("billing", Priority.MEDIUM, imap("Question", "How long does a refund take?"));
    Mail compressed = google("Payments by SEPA", "<p>Do you take payments by direct debit?</p>");
    told(
        compressed,
        new Expected("billing", Priority.MEDIUM),
        NotificationFixture.created(compressed).gzip());
    // Important customers' mail is urgent whatever it says, and however they write their domain.
    ticket(
        "billing",
        Priority.HIGH,
        google("Billing address", "<p>We have moved.</p>")
            .from("Accounts", "accounts@BigCorp.com"));
  }

  private void featureRequests() {
    ticket(
        "feature_requests",
        Priority.LOW,
        google("Feature: dark mode", "<p>My eyes would thank you.</p>"));
    ticket(
        "feature_requests",
        Priority.LOW,
        microsoft("Keyboard shortcuts", "<p>It would be nice to have some for the list.</p>"));
    ticket(
        "feature_requests",
        Priority.LOW,
        imap("A suggestion", "Sort the list by date by default."));
    Mail transformed = google("Request: export as CSV", "<p>For our accountants.</p>");
    told(
        transformed,
        new Expected("feature_requests", Priority.LOW),
        NotificationFixture.created(
            transformed.without("body").without("snippet"), TriggerFlag.TRANSFORMED));
  }

  private void churn() {
    ticket(
        "churn_risk",
        Priority.HIGH,
        google("We want to cancel", "<p>By the end of the month.</p>"));
    ticket(
        "churn_risk",
        Priority.HIGH,
        microsoft("Contract", "<p>Please close account 7713, we don't use it any more.</p>"));
    ticket("churn_risk", Priority.HIGH, imap("Cancelling", "We are cancelling as of 1 December."));
  }

  private void general() {
    ticket(
        "general", Priority.LOW, google("Opening hours", "<p>When are you open on Saturdays?</p>"));
    // A download isn't down, and the footer of a list is nobody's wish to leave.
    ticket(
        "general",
        Priority.LOW,
        google("Where can I download the manual?", "<p>I can't find it on the page.</p>"));
    ticket(
        "general",
        Priority.LOW,
        imap(
                "[users] Greetings",
                "Hello all, glad to be here.\n\n_______________________________________________\nusers mailing list\nTo unsubscribe send a mail to users-leave@lists.example")
            .header("List-Id", "<users.lists.example>")
            .header("Precedence", "list"));
    ticket(
        "general",
        Priority.LOW,
        imap(
                "Frage zur Lieferung",
                "Guten Tag,\n\nwann wird meine Bestellung geliefert?\n\nMit freundlichen Grüßen\nJörg Weiß")
            .from("Jörg Weiß", "joerg@beispiel.example"));
    ticket(
        "general",
        Priority.LOW,
        google("Question sur mon compte", "<p>Bonjour, comment changer mon adresse ?</p>"));
    ticket(
        "general",
        Priority.LOW,
        microsoft("Consulta sobre horarios", "<p>¿Cuál es su horario de atención?</p>"));
    ticket(
        "general",
        Priority.LOW,
        google("配送について", "<p>注文した商品はいつ届きますか。</p>").from("山田", "yamada@rei.example"));
    // Ordinary Exchange mail carries this header; it isn't an auto-reply for that.
    ticket(
        "general",
        Priority.LOW,
        microsoft("Visit on Tuesday", "<p>We will be two.</p>")
            .header("X-Auto-Response-Suppress", "DR, OOF, AutoReply"));
    ticket(
        "general",
        Priority.HIGH,
        microsoft("Introduction", "<p>I am your new contact.</p>")
            .from("Lee", "lee@enterprise-client.io"));
    Mail mislabelled = imap("Parking", "Is there a car park near your office?");
    told(
        mislabelled,
        new Expected("general", Priority.LOW),
        NotificationFixture.updated(mislabelled));
    Mail metadata =
        google("Hello again", "")
            .header("From", "customer@example.com")
            .header("Message-ID", "<1@example.com>");
    told(
        metadata,
        new Expected("general", Priority.LOW),
        NotificationFixture.created(metadata, TriggerFlag.METADATA));
    // Told plainly, and cleaned, and again when the provider changed it: one ticket.
    Mail upserted = google("Thank you", "<p>That was quick.</p>");
    told(
        upserted,
        new Expected("general", Priority.LOW),
        NotificationFixture.created(upserted),
        NotificationFixture.created(upserted, TriggerFlag.CLEANED),
        NotificationFixture.created(upserted));
    Mail strangeId =
        mail(IMAP, "<CAF+x=y/z@mail.example>").subject("Directions").body("How do we find you?");
    told(strangeId, new Expected("general", Priority.LOW), NotificationFixture.created(strangeId));
  }

  private void machines() {
    skip(
        "auto-submitted",
        google("Re: Your ticket", "<p>I am away until Monday.</p>")
            .header("Auto-Submitted", "auto-replied (vacation)"));
    skip(
        "auto-submitted",
        microsoft("Automatic reply: Your ticket", "<p>Back on Monday.</p>")
            .header("Auto-Submitted", "auto-replied"));
    skip(
        "auto-reply-header",
        imap("Your mail", "We have received your mail.").header("X-Autoreply", "yes"));
    skip("auto-reply-subject", google("Out of Office: Re: Your ticket", "<p>Back on Monday.</p>"));
    skip(
        "auto-reply-subject",
        microsoft("Automatische Antwort: Ihr Ticket", "<p>Ich bin im Urlaub.</p>"));
    skip(
        "delivery-report",
        google("Delivery Status Notification (Failure)", "<p>Address not found</p>")
            .from("Mail Delivery Subsystem", "mailer-daemon@googlemail.example")
            .header("Content-Type", "multipart/report; report-type=delivery-status; boundary=x")
            .header("Auto-Submitted", "auto-replied"));
    skip(
        "failed-recipients",
        imap(
                "Mail delivery failed: returning message to sender",
                "A message that you sent could not be delivered.")
            .from("", "noreply@mx.example")
            .header("X-Failed-Recipients", "nobody@example.org"));
    skip(
        "daemon-sender",
        imap("failure notice", "Hi. This is the qmail-send program.")
            .from("", "MAILER-DAEMON@mx.example"));
    skip(
        "bounce-subject",
        microsoft("Undeliverable: Your ticket", "<p>The recipient's mailbox is full.</p>"));
    skip(
        "calendar-part",
        google("Invitation: Review @ Tue 24 Nov 2026", "<p>You have been invited.</p>")
            .attachment("", "text/calendar; charset=utf-8; method=REQUEST", 1708));
    skip(
        "calendar-class",
        microsoft("Accepted: Review", "<p></p>")
            .header("Content-Class", "urn:content-classes:calendarmessage"));
    skip(
        "report",
        imap("Read: Your ticket", "Your message was read.")
            .header("Content-Type", "multipart/report; report-type=disposition-notification"));
  }

  private void ours() {
    skip(
        "own-address",
        google("Re: Invoice 2026-118", "<p>Attached.</p>").from("Support", "Support@ACME.example"));
    skip("sent-folder", google("Re: Opening hours", "<p>From 9 to 12.</p>").folders("SENT"));
    skip("drafts-folder", google("Re: Contract", "<p>We are sorry to</p>").folders("DRAFT"));
    Mail vanished = imap("Please ignore my last mail", "Sent too early.");
    cases.add(
        new Case(
            vanished,
            List.of(NotificationFixture.created(vanished)),
            Optional.empty(),
            Optional.of("gone"),
            false));
  }

  /** Further mails of threads whose first one is a ticket by then. */
  private void conversations() {
    Mail first =
        google("Delivery to Lyon", "<p>Do you deliver to Lyon?</p>")
            .header("Message-ID", "<lyon@example.com>")
            .thread("thread-lyon");
    ticket("general", Priority.LOW, first);
    later(
        new Expected("general", Priority.LOW, true, false),
        google("Re: Delivery to Lyon", "<p>It is the 3rd district.</p>")
            .thread("thread-lyon")
            .header("In-Reply-To", "<lyon@example.com>"));
    later(
        new Expected("general", Priority.LOW, true, true),
        google("Automatic reply: Delivery to Lyon", "<p>Back on Monday.</p>")
            .thread("thread-lyon")
            .header("Auto-Submitted", "auto-replied"));
    // Put into the same thread for its subject alone.
    later(
        new Expected("general", Priority.LOW),
        google("Delivery to Lyon", "<p>And do you deliver to us?</p>")
            .from("Somebody else", "somebody.else@example.net")
            .header("Message-ID", "<else@example.net>")
            .thread("thread-lyon"));
    // A provider without threads; what was written by itself would be billing's.
    Mail second = imap("Opening an account", "How do we open one?").without("thread_id");
    ticket("general", Priority.LOW, second.header("Message-ID", "<account@example.com>"));
    later(
        new Expected("billing", Priority.MEDIUM, true, false),
        imap("Re: Opening an account", "And where does the invoice go?")
            .without("thread_id")
            .header("References", "<account@example.com> <answer@acme.example>"));
  }

  private void later(Expected expected, Mail mail) {
    cases.add(
        new Case(
            mail,
            List.of(NotificationFixture.created(mail)),
            Optional.of(expected),
            Optional.empty(),
            true));
  }

  private void ticket(String category, Priority priority, Mail mail) {
    told(mail, new Expected(category, priority), NotificationFixture.created(mail));
  }

  private void told(Mail mail, Expected expected, NotificationFixture... notifications) {
    cases.add(
        new Case(mail, List.of(notifications), Optional.of(expected), Optional.empty(), false));
  }

  private void skip(String reason, Mail mail) {
    cases.add(
        new Case(
            mail,
            List.of(NotificationFixture.created(mail)),
            Optional.empty(),
            Optional.of(reason),
            false));
  }

  private Mail google(String subject, String body) {
    return mail(GOOGLE, "gm" + ++number).subject(subject).body(body);
  }

  private Mail microsoft(String subject, String body) {
    return mail(MICROSOFT, "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0AVKo" + ++number)
        .subject(subject)
        .body(body);
  }

  private Mail imap(String subject, String body) {
    return mail(IMAP, "<" + ++number + ".x@mail.example>").subject(subject).body(body);
  }

  private static Mail mail(String grant, String id) {
    return Mail.of(grant, id).to(OWN_ADDRESS);
  }
}
