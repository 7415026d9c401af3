package io.github.nylaswebhook.filter;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Mail that a machine sends of its own accord, and mail that goes to many. */
final class Senders {
  private static final Pattern NO_REPLY =
      Pattern.compile("(?:.*[-_.+])?(?:no|not|do[-_.]?not)[-_.]?reply(?:[-_.+].*)?");

  /** Who sends a list's mail, in {@code Sender}. */
  private static final Pattern LIST_SENDER =
      Pattern.compile(
          "\\bowner-|[-_](?:owner|admin|bounces|request)(?:[+=][^@]*)?@", Pattern.CASE_INSENSITIVE);

  /** Programs that keep lists, and answer who writes to them. */
  private static final Pattern LIST_SERVER = Pattern.compile("listserv|majordomo|listmaster|ezmlm");

  /** Nobody subscribes to a shop by mail, nor reads a newsletter's archive through its headers. */
  private static final List<String> LISTS_OF_PEOPLE =
      List.of(
          "list-subscribe",
          "list-archive",
          "mailing-list",
          "x-mailing-list",
          "x-beenthere",
          "x-mailman-version");

  private Senders() {}

  static boolean readsNoAnswers(MailFacts mail) {
    return NO_REPLY.matcher(mail.localPart()).matches();
  }

  /** RFC 3834 §5: generated, without an occasion that was a mail. */
  static Finding machine(MailFacts mail) {
    List<Reason> reasons = new ArrayList<>();
    mail.keyword("auto-submitted", "auto-generated", "auto-notified")
        .ifPresent(value -> reasons.add(new Reason("auto-submitted", value)));
    // A form on a web site sends what a person wrote, and says where to answer.
    if (readsNoAnswers(mail) && mail.message.replyTo().isEmpty()) {
      reasons.add(new Reason("no-reply-sender", mail.sender));
    }
    if (LIST_SERVER.matcher(mail.localPart()).matches()) {
      reasons.add(new Reason("list-server", mail.sender));
    }
    mail.keyword("x-loop", "yes", "true")
        .ifPresent(value -> reasons.add(new Reason("loop", value)));
    mail.keyword("x-amazon-mail-relay-type", "notification")
        .ifPresent(value -> reasons.add(new Reason("amazon-relay", value)));
    mail.first("x-cron-env").ifPresent(value -> reasons.add(new Reason("cron", value)));
    return new Finding("", reasons);
  }

  /**
   * A newsletter: one may unsubscribe, but not post. What a list of people sends has a place to
   * post to (RFC 2369 §3.4), whatever else it carries.
   */
  static Finding newsletter(MailFacts mail) {
    List<Reason> reasons = new ArrayList<>();
    boolean takesPosts = mail.all("list-post").stream().anyMatch(value -> !isNo(value));
    if (takesPosts || LISTS_OF_PEOPLE.stream().anyMatch(mail::has)) {
      return Finding.NOTHING;
    }
    mail.first("list-unsubscribe-post")
        .ifPresent(value -> reasons.add(new Reason("list-unsubscribe-post", value)));
    if (mail.has("list-unsubscribe")) {
      mail.keyword("precedence", "bulk", "junk")
          .ifPresent(value -> reasons.add(new Reason("precedence", value)));
      mail.first("feedback-id").ifPresent(value -> reasons.add(new Reason("feedback-id", value)));
      mail.first("x-campaign")
          .or(() -> mail.first("x-campaignid"))
          .or(() -> mail.first("x-mailgun-tag"))
          .ifPresent(value -> reasons.add(new Reason("campaign", value)));
    }
    return new Finding("", reasons);
  }

  /** RFC 2919, and what lists put on mail before it. */
  static boolean isList(MailFacts mail) {
    return mail.has("list-id")
        || mail.has("list-post")
        || LISTS_OF_PEOPLE.stream().anyMatch(mail::has)
        || mail.keyword("precedence", "list").isPresent()
        || mail.all("sender").stream().anyMatch(value -> LIST_SENDER.matcher(value).find());
  }

  private static boolean isNo(String value) {
    return FieldValue.parse(value).keyword().equals("no");
  }
}
