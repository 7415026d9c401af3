package io.github.nylaswebhook.benchmarks;

import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import java.util.Random;

/** Notifications of a given size: mail in HTML, as most is, that compresses about as mail does. */
final class Bodies {
  static final String GRANT = "grant-1";

  private static final String VOWELS = "aeiou";
  private static final String CONSONANTS = "bcdfghklmnprstvw";
  private static final int PARAGRAPH = 120;

  private Bodies() {}

  /** A new mail's notification of about so many bytes. */
  static NotificationFixture created(String id, int bytes) {
    Mail mail = Mail.of(GRANT, id).subject("A question about our order");
    int rest = bytes - NotificationFixture.created(mail.body("")).json().length;
    Random random = new Random(bytes);
    StringBuilder body = new StringBuilder();
    // What is escaped in JSON takes a character more.
    int escapes = 0;
    do {
      int start = body.length();
      body.append("<div class=\"x\" style=\"margin:0\">");
      while (body.length() - start < PARAGRAPH) {
        word(random, body);
      }
      body.append(".</div>\n");
      escapes += 5;
    } while (body.length() + escapes < rest);
    return NotificationFixture.created(mail.body(body.toString())).id(id);
  }

  /** Not one of any language, and as long. */
  private static void word(Random random, StringBuilder text) {
    for (int i = random.nextInt(4); i >= 0; i--) {
      text.append(CONSONANTS.charAt(random.nextInt(CONSONANTS.length())));
      text.append(VOWELS.charAt(random.nextInt(VOWELS.length())));
    }
    text.append(' ');
  }
}
