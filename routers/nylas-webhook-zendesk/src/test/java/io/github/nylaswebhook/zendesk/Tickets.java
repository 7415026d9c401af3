package io.github.nylaswebhook.zendesk;

import io.github.nylaswebhook.categorize.Classification;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageText;
import io.github.nylaswebhook.ticket.Ticket;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** Tickets for tests. */
final class Tickets {
  static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

  private Tickets() {}

  static Message.Builder mail(String id) {
    return Message.builder("grant", id)
        .threadId("thread")
        .subject("The printer is on fire")
        .from(List.of(new EmailAddress("Ann Customer", "Ann@example.com")))
        .body("<p>Please help!</p>");
  }

  static Ticket of(Message.Builder mail) {
    return of(mail, Priority.MEDIUM, false, "Technical Support", Set.of("Fire & smoke"));
  }

  static Ticket of(
      Message.Builder mail, Priority priority, boolean silent, String category, Set<String> tags) {
    Message message = mail.build();
    return Ticket.of(
        message,
        MessageText.of(message),
        MessageKind.HUMAN,
        silent,
        new Classification(category, priority, tags, List.of()),
        NOW);
  }

  /** A mail whose sender wrote just that. */
  static Ticket saying(String text) {
    Message message = mail("m").build();
    return Ticket.of(
        message,
        new MessageText(message.subject(), text),
        MessageKind.HUMAN,
        false,
        new Classification("c", Priority.LOW, Set.of(), List.of()),
        NOW);
  }
}
