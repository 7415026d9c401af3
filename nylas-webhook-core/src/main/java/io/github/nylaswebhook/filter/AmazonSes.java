package io.github.nylaswebhook.filter;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What became of mail that was sent through Amazon SES: told in JSON, on its own or within a
 * string.
 *
 * @see <a href="https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html">SES'
 *     notifications</a>
 */
final class AmazonSes {
  private static final Pattern TYPE =
      Pattern.compile(
          "\\\\?\"notificationType\\\\?\" ?: ?\\\\?\"(Bounce|Delivery|Complaint)\\\\?\"");

  private AmazonSes() {}

  static boolean isComplaint(MailFacts mail) {
    return type(mail).filter("Complaint"::equals).isPresent();
  }

  static Optional<Finding> bounce(MailFacts mail) {
    return type(mail)
        .filter(type -> !type.equals("Complaint"))
        .map(
            type ->
                new Finding(
                    type.equals("Delivery") ? "delivered" : "failed",
                    List.of(new Reason("ses-notification", type))));
  }

  private static Optional<String> type(MailFacts mail) {
    if (!mail.sender.endsWith("@sns.amazonaws.com")) {
      return Optional.empty();
    }
    Matcher type = TYPE.matcher(mail.message.body());
    return type.find() ? Optional.of(type.group(1)) : Optional.empty();
  }
}
