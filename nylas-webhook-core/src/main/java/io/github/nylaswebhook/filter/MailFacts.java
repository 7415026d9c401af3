package io.github.nylaswebhook.filter;

import io.github.nylaswebhook.internal.EncodedWords;
import io.github.nylaswebhook.internal.Phrases;
import io.github.nylaswebhook.internal.SubjectMarks;
import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.Header;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A message as the rules look at it: each header read once. Used by one thread. */
final class MailFacts {
  /** Longer lines are people's. */
  private static final int LINE = 300;

  final Message message;
  final MessageContext context;

  /** Of the message as a whole; empty if it isn't known. */
  final FieldValue contentType;

  /** The content types of the parts that Nylas shows as attachments. */
  final List<FieldValue> parts;

  /** Folded. */
  final String subject;

  /** The sender's address, folded. */
  final String sender;

  private final Map<String, List<String>> headers = new HashMap<>();

  MailFacts(Message message, MessageContext context) {
    this.message = message;
    this.context = context;
    for (Header header : message.headers()) {
      headers
          .computeIfAbsent(
              header.name().strip().toLowerCase(Locale.ROOT), name -> new java.util.ArrayList<>(2))
          .add(header.text().strip());
    }
    contentType = first("content-type").map(FieldValue::parse).orElse(FieldValue.parse(""));
    parts =
        message.attachments().stream().map(Attachment::contentType).map(FieldValue::parse).toList();
    subject = Phrases.fold(EncodedWords.decode(message.subject()));
    sender = message.sender().normalized();
  }

  /** The values of a header, whose name is given in lower case. */
  List<String> all(String name) {
    return headers.getOrDefault(name, List.of());
  }

  Optional<String> first(String name) {
    return all(name).stream().findFirst();
  }

  boolean has(String name) {
    return headers.containsKey(name);
  }

  /** Whether a header's keyword is one of these. */
  Optional<String> keyword(String name, String... keywords) {
    return all(name).stream()
        .filter(value -> List.of(keywords).contains(FieldValue.parse(value).keyword()))
        .findFirst();
  }

  /** What stands before the sender's {@code @}. */
  String localPart() {
    int at = sender.lastIndexOf('@');
    return at < 0 ? sender : sender.substring(0, at);
  }

  /** Whether the subject is that of an answer, or of a mail passed on. */
  boolean isAnswerBySubject() {
    return SubjectMarks.isAnswer(subject);
  }

  /** RFC 5321 §4.5.5, RFC 3834 §3.3: reports and automatic answers come from nobody. */
  boolean hasNullReturnPath() {
    return all("return-path").stream()
        .map(path -> path.replace(" ", "").toLowerCase(Locale.ROOT))
        .anyMatch(path -> path.equals("<>") || path.startsWith("<mailer-daemon"));
  }

  /** The phrase that the subject is, with or without a gateway's mark before it. */
  Optional<Phrases.Phrase> subject(Phrases phrases) {
    Optional<Phrases.Phrase> found = phrases.find(subject);
    return found.isPresent() ? found : phrases.find(SubjectMarks.untagged(subject));
  }

  /** The first of the body's first so many lines that is such a phrase. */
  Optional<Phrases.Phrase> text(Phrases phrases, int lines) {
    return context
        .text()
        .body()
        .lines()
        .filter(line -> !line.isBlank())
        .limit(lines)
        .filter(line -> line.length() <= LINE)
        .map(Phrases::fold)
        .map(phrases::find)
        .flatMap(Optional::stream)
        .findFirst();
  }
}
