package io.github.nylaswebhook.categorize;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A condition made ready for use. */
@FunctionalInterface
interface Check {
  /** What evidence quotes of a mail at most, in characters. */
  int LONGEST_QUOTE = 200;

  /** Whether the mail meets it; if it does, by what. */
  boolean test(Mail mail, String rule, List<Evidence> evidence);

  static Check of(Condition condition, Keywords.Builder keywords) {
    if (condition instanceof Condition.Text text) {
      int number = keywords.add(text);
      return (mail, rule, evidence) -> {
        List<Keywords.Found> found = mail.found(number);
        for (Keywords.Found one : found) {
          evidence.add(new Evidence(rule, one.field(), one.keyword(), quote(one.matched())));
        }
        return !found.isEmpty();
      };
    }
    if (condition instanceof Condition.Substring substring) {
      return (mail, rule, evidence) -> {
        boolean met = false;
        for (String part : substring.parts()) {
          if (mail.raw().contains(part)) {
            evidence.add(new Evidence(rule, "text", part, part));
            met = true;
          }
        }
        return met;
      };
    }
    if (condition instanceof Condition.Regex regex) {
      Pattern pattern = Expressions.compile(regex.expression());
      return (mail, rule, evidence) -> {
        boolean met = false;
        if (regex.in().includes(TextPart.SUBJECT)) {
          met = matches(pattern, mail.text().subject(), rule, Keywords.SUBJECT, evidence);
        }
        if (regex.in().includes(TextPart.BODY)) {
          met |= matches(pattern, mail.text().body(), rule, Keywords.BODY, evidence);
        }
        return met;
      };
    }
    if (condition instanceof Condition.Address address) {
      return (mail, rule, evidence) -> isAddressed(address, mail.message(), rule, evidence);
    }
    if (condition instanceof Condition.FromDomain domain) {
      return (mail, rule, evidence) -> {
        for (EmailAddress sender : mail.message().from()) {
          if (domain.includes(sender.domain())) {
            evidence.add(new Evidence(rule, "from", domain.domain(), sender.email()));
            return true;
          }
        }
        return false;
      };
    }
    if (condition instanceof Condition.HeaderValue header) {
      return header(header);
    }
    if (condition instanceof Condition.AttachmentType type) {
      return (mail, rule, evidence) -> {
        for (Attachment attachment : mail.message().attachments()) {
          String given = attachment.contentType().split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
          if (!attachment.inline() && isType(type.contentType(), given)) {
            evidence.add(new Evidence(rule, "attachment", type.contentType(), quote(given)));
            return true;
          }
        }
        return false;
      };
    }
    boolean expected = ((Condition.FollowUp) condition).expected();
    return (mail, rule, evidence) -> {
      if (mail.context().isFollowUp() != expected) {
        return false;
      }
      evidence.add(new Evidence(rule, "thread", "followUp", Boolean.toString(expected)));
      return true;
    };
  }

  private static boolean matches(
      Pattern pattern, String text, String rule, String field, List<Evidence> evidence) {
    // Linear, but each character may cost as many steps as the expression has.
    Matcher matcher =
        pattern.matcher(text.substring(0, Math.min(text.length(), Condition.MAX_REGEX_TEXT)));
    if (!matcher.find()) {
      return false;
    }
    evidence.add(new Evidence(rule, field, pattern.pattern(), quote(matcher.group())));
    return true;
  }

  private static boolean isAddressed(
      Condition.Address address, Message message, String rule, List<Evidence> evidence) {
    record Line(String field, List<EmailAddress> addresses) {}
    List<Line> lines = new ArrayList<>();
    switch (address.field()) {
      case FROM -> lines.add(new Line("from", message.from()));
      case TO -> lines.add(new Line("to", message.to()));
      case CC -> lines.add(new Line("cc", message.cc()));
      case RECIPIENT -> {
        lines.add(new Line("to", message.to()));
        lines.add(new Line("cc", message.cc()));
        lines.add(new Line("bcc", message.bcc()));
      }
    }
    for (Line line : lines) {
      for (EmailAddress given : line.addresses) {
        if (given.normalized().equals(address.address())) {
          evidence.add(new Evidence(rule, line.field, address.address(), given.email()));
          return true;
        }
      }
    }
    return false;
  }

  private static Check header(Condition.HeaderValue header) {
    String name = header.name().strip();
    String field = "header:" + name;
    String wanted = header.value().toLowerCase(Locale.ROOT);
    if (header.test() == Condition.HeaderTest.ABSENT) {
      return (mail, rule, evidence) -> {
        Message message = mail.message();
        if (!message.headersKnown() || message.header(name).isPresent()) {
          return false;
        }
        evidence.add(new Evidence(rule, field, "absent", ""));
        return true;
      };
    }
    if (header.test() == Condition.HeaderTest.MATCHES) {
      Pattern pattern = Expressions.compile(header.value());
      return (mail, rule, evidence) -> {
        for (String value : mail.message().headerTexts(name)) {
          if (matches(pattern, value, rule, field, evidence)) {
            return true;
          }
        }
        return false;
      };
    }
    return (mail, rule, evidence) -> {
      for (String value : mail.message().headerTexts(name)) {
        String given = value.strip().toLowerCase(Locale.ROOT);
        boolean met =
            switch (header.test()) {
              case CONTAINS -> given.contains(wanted);
              case EQUALS -> given.equals(wanted.strip());
              default -> true;
            };
        if (met) {
          String keyword =
              header.test() == Condition.HeaderTest.PRESENT ? "present" : header.value();
          evidence.add(new Evidence(rule, field, keyword, quote(value)));
          return true;
        }
      }
      return false;
    };
  }

  private static boolean isType(String wanted, String given) {
    return wanted.equals("*/*")
        || wanted.equals(given)
        || (wanted.endsWith("/*") && given.startsWith(wanted.substring(0, wanted.length() - 1)));
  }

  private static String quote(String text) {
    return text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "…";
  }
}
