package io.github.nylaswebhook.message;

import io.github.nylaswebhook.internal.Phrases;
import io.github.nylaswebhook.internal.SubjectMarks;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;

/**
 * What a person wrote in a mail, as plain text: HTML made text, and apart from it what they didn't
 * write now: quoted and forwarded mail, signatures, and the footers of lists and lawyers. The marks
 * of the common mailers are known in English, German, French, Spanish, Portuguese, Italian, Dutch,
 * Swedish, Danish, Norwegian, Finnish, Polish, Czech, Russian, Turkish, Japanese, Korean and
 * Chinese.
 *
 * <p>Nothing that can be seen is lost: each line is in the body or in one of the cuts. The body is
 * never empty for having been cut: a mail that is nothing but a forwarded one keeps that, and one
 * that is nothing but a quote or a signature is left whole. Work is bounded: of a body, the first
 * {@value #MAX_BODY} characters count, and the time they take grows with their number: milliseconds
 * mostly, about a second at the worst that was found.
 *
 * <p>Immutable, and so safe for use by several threads.
 *
 * @param subject the subject on one line
 * @param body the body's own lines; Markdown if Nylas has cleaned the message, and then as it came
 * @param cuts what was cut, in the order of the mail; none of a message that Nylas has cleaned
 */
public record MessageText(String subject, String body, List<Cut> cuts) {
  /** A megabyte of text is more than any person writes; the rest is quotes and markup. */
  public static final int MAX_BODY = 1 << 20;

  /**
   * A part of a mail that isn't its sender's own text.
   *
   * @param kind what it is
   * @param text its lines, never blank
   */
  public record Cut(Kind kind, String text) {
    /** What a cut part is. */
    public enum Kind {
      /** Of the mail that is answered, with the line or header that introduces it. */
      QUOTE,
      /** A mail that is passed on, with the line or header that introduces it. */
      FORWARD,
      /** The sender's, or their mailer's: {@code Sent from my …}. */
      SIGNATURE,
      /** How to leave a list, and what lawyers want to be said. */
      FOOTER
    }
  }

  public MessageText {
    cuts = List.copyOf(cuts);
  }

  /** A text of which nothing was cut. */
  public MessageText(String subject, String body) {
    this(subject, body, List.of());
  }

  /** The text of a message; of its snippet if it has no body. */
  public static MessageText of(Message message) {
    String body = bounded(message.body().isBlank() ? message.snippet() : message.body());
    String subject = oneLine(message.subject(), Integer.MAX_VALUE);
    if (message.cleaned()) {
      return new MessageText(subject, body);
    }
    return OwnLines.split(
        subject,
        HtmlText.isHtml(body) ? HtmlText.read(body) : Lines.ofText(body),
        beginsConversation(message));
  }

  /** By its headers and its subject. Without either, it may be an answer. */
  private static boolean beginsConversation(Message message) {
    return message.headersKnown()
        && !message.isFollowUp()
        && !message.subject().isBlank()
        && !SubjectMarks.isAnswer(Phrases.fold(message.subject()));
  }

  private static String bounded(String body) {
    if (body.length() <= MAX_BODY) {
      return body;
    }
    int end = Character.isHighSurrogate(body.charAt(MAX_BODY - 1)) ? MAX_BODY - 1 : MAX_BODY;
    return body.substring(0, end);
  }

  /**
   * The same text for keywords to be looked for in: without the addresses of pages and of people,
   * whose words nobody has written ({@code https://shop.example/cancel?refund=1}). The text of a
   * link stays, unless it is an address itself.
   */
  public MessageText matchable() {
    String plainSubject = WebAddresses.without(subject);
    String plainBody = WebAddresses.without(body);
    return plainSubject.equals(subject) && plainBody.equals(body)
        ? this
        : new MessageText(plainSubject, plainBody, cuts);
  }

  /** For matching: subject and body as they are compared with keywords. */
  public static String fold(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
  }

  /** The body on one line, cut at a word's end if it is longer than so many characters. */
  public String excerpt(int length) {
    String line = oneLine(body, Math.max(length, 0));
    if (line.length() <= length) {
      return line;
    }
    if (length < 1) {
      return "";
    }
    int end = line.lastIndexOf(' ', length - 1);
    end = end < length / 2 ? length - 1 : end;
    if (end > 0 && Character.isHighSurrogate(line.charAt(end - 1))) {
      end--;
    }
    return line.substring(0, end) + "…";
  }

  /** The text without line breaks, as far as it is needed to see that it's longer than so many. */
  private static String oneLine(String text, int atMost) {
    StringBuilder line = new StringBuilder(Math.min(text.length(), 200));
    boolean space = false;
    for (int i = 0; i < text.length() && line.length() <= atMost; i++) {
      char c = text.charAt(i);
      if (Character.isWhitespace(c)) {
        space = line.length() > 0;
        continue;
      }
      if (space) {
        line.append(' ');
        space = false;
      }
      line.append(c);
    }
    return line.toString();
  }
}
