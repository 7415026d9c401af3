package io.github.nylaswebhook.benchmarks;

import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;

/** Notifications of a given size: mail in HTML, as most is. */
final class Bodies {
  static final String GRANT = "grant-1";

  private static final String PARAGRAPH =
      "<div class=\"x\" style=\"margin:0\">We have looked at it again, and it is as before.</div>\n";

  private Bodies() {}

  /** A new mail's notification of about so many bytes. */
  static NotificationFixture created(String id, int bytes) {
    Mail mail = Mail.of(GRANT, id).subject("A question about our order");
    int rest = bytes - NotificationFixture.created(mail.body("")).json().length;
    int escaped = PARAGRAPH.length() + 5;
    return NotificationFixture.created(mail.body(PARAGRAPH.repeat(Math.max(1, rest / escaped))))
        .id(id);
  }
}
