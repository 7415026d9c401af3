package io.github.nylaswebhook.benchmarks;

import io.github.nylaswebhook.test.Mail;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The mail of a support address: 2 to 5 kB of body, four in five of them HTML, 16 to 19 headers;
 * most from people, many of them answers with the mail they answer below, some with a signature,
 * and the rest newsletters, notifications, auto-replies and bounces. The same for the same seed.
 */
final class TypicalMail {
  private static final String[] WORDS =
      ("the a to and of I we you it is in for on that this with have be are was not my our your can"
              + " do please when after account order customer team since yesterday morning page"
              + " screen button report number address delivery question thanks hello regards"
              + " download attached tried again still because there would could working see"
              + " product version update device user settings email password letter week month"
              + " different colleagues office application customers file list shows after every")
          .split(" ");
  // One mail in some has such a word.
  private static final String[] KEYWORDS = {
    "invoice", "error", "down", "refund", "crash", "cancel", "feature", "not working", "urgent"
  };

  private final Random random;

  TypicalMail(long seed) {
    random = new Random(seed);
  }

  Mail next(int number) {
    int kind = random.nextInt(100);
    boolean html = random.nextInt(5) > 0;
    boolean answer = random.nextInt(100) < 40;
    String sender = "customer" + random.nextInt(5_000) + "@company" + random.nextInt(900) + ".test";
    String subject = (answer ? "Re: " : "") + sentence(4 + random.nextInt(5));
    Mail mail =
        Mail.of("grant-1", "1925f0c" + Integer.toHexString(0x10000000 + number))
            .from("A. Customer", sender)
            .date(Instant.ofEpochSecond(1_750_000_000L + number))
            .subject(kind < 6 ? "Automatic reply: " + subject : subject)
            .body(html ? html(answer) : text(answer));
    List<String[]> headers = new ArrayList<>();
    for (int hop = 0; hop < 5; hop++) {
      headers.add(
          new String[] {
            "Received",
            "from mx"
                + hop
                + ".company.test (mx"
                + hop
                + ".company.test [192.0.2."
                + hop
                + "]) by"
                + " mail.acme.test with ESMTPS id "
                + Long.toHexString(random.nextLong())
                + " for <support@acme.test>; Sun, 22 Nov 2026 10:1"
                + hop
                + ":00 +0000"
          });
    }
    headers.add(new String[] {"Return-Path", "<" + sender + ">"});
    headers.add(
        new String[] {
          "DKIM-Signature",
          "v=1; a=rsa-sha256; c=relaxed/relaxed; d=company.test; s=s1; bh="
              + noise(44)
              + "; b="
              + noise(340)
        });
    headers.add(
        new String[] {
          "Authentication-Results", "mx.acme.test; dkim=pass header.d=company.test; spf=pass"
        });
    headers.add(new String[] {"MIME-Version", "1.0"});
    headers.add(new String[] {"From", "\"A. Customer\" <" + sender + ">"});
    headers.add(new String[] {"To", "support@acme.test"});
    headers.add(new String[] {"Subject", subject});
    headers.add(new String[] {"Date", "Sun, 22 Nov 2026 10:15:00 +0000"});
    headers.add(new String[] {"Message-ID", "<" + noise(24) + "@company.test>"});
    headers.add(
        new String[] {"Content-Type", "multipart/alternative; boundary=\"" + noise(28) + "\""});
    if (answer) {
      headers.add(new String[] {"In-Reply-To", "<" + noise(24) + "@acme.test>"});
      headers.add(new String[] {"References", "<" + noise(24) + "@acme.test>"});
    }
    if (kind < 6) {
      headers.add(new String[] {"Auto-Submitted", "auto-replied"});
      headers.add(new String[] {"X-Auto-Response-Suppress", "All"});
    } else if (kind < 14) {
      headers.add(new String[] {"List-Unsubscribe", "<https://company.test/u/1>"});
      headers.add(new String[] {"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"});
    } else if (kind < 22) {
      headers.add(new String[] {"Auto-Submitted", "auto-generated"});
    } else if (kind < 25) {
      headers.add(new String[] {"X-Failed-Recipients", "nobody@company.test"});
    } else {
      headers.add(new String[] {"X-Mailer", "Mailer 4.2"});
    }
    for (String[] header : headers) {
      mail = mail.header(header[0], header[1]);
    }
    return mail;
  }

  private String html(boolean answer) {
    StringBuilder body =
        new StringBuilder(
            "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">"
                + "<style type=\"text/css\">p.MsoNormal {margin:0cm; font-size:11.0pt;"
                + " font-family:\"Calibri\",sans-serif;}</style></head><body lang=\"EN\">");
    int size = 1_700 + random.nextInt(2_600);
    int own = answer ? size / 2 : size - 400;
    while (body.length() < own) {
      body.append("<p class=\"MsoNormal\"><span style=\"color:#1F497D\">")
          .append(paragraph())
          .append("</span></p>\r\n<div><br></div>");
    }
    body.append("<div class=\"gmail_signature\"><b>A. Customer</b><br>Company Ltd &middot; <a")
        .append(" href=\"https://company.test/\">company.test</a></div>");
    if (answer) {
      body.append("<div class=\"gmail_quote\"><div>On Sat, 21 Nov 2026 Support wrote:</div>")
          .append("<blockquote style=\"margin:0 0 0 .8ex;border-left:1px #ccc solid\">");
      while (body.length() < size) {
        body.append("<p>").append(paragraph()).append("</p>");
      }
      body.append("</blockquote></div>");
    }
    return body.append("</body></html>").toString();
  }

  private String text(boolean answer) {
    StringBuilder body = new StringBuilder();
    int size = 2_000 + random.nextInt(2_600);
    int own = answer ? size / 2 : size;
    while (body.length() < own) {
      body.append(paragraph()).append("\r\n\r\n");
    }
    body.append("-- \r\nA. Customer\r\nCompany Ltd\r\n");
    if (answer) {
      body.append("\r\nOn Sat, 21 Nov 2026 at 10:00, Support <support@acme.test> wrote:\r\n");
      while (body.length() < size) {
        body.append("> ").append(sentence(12)).append("\r\n");
      }
    }
    return body.toString();
  }

  private String paragraph() {
    StringBuilder text = new StringBuilder();
    for (int i = 2 + random.nextInt(3); i > 0; i--) {
      text.append(sentence(8 + random.nextInt(10))).append(". ");
    }
    return text.toString();
  }

  private String sentence(int words) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < words; i++) {
      String[] from = random.nextInt(400) == 0 ? KEYWORDS : WORDS;
      text.append(i == 0 ? "" : " ").append(from[random.nextInt(from.length)]);
    }
    return text.toString();
  }

  private String noise(int length) {
    StringBuilder text = new StringBuilder();
    while (text.length() < length) {
      text.append((char) ('a' + random.nextInt(26)));
    }
    return text.toString();
  }
}
