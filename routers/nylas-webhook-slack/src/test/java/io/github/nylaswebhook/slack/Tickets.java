package io.github.nylaswebhook.slack;

import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** Tickets as tests need them. */
final class Tickets {
  private Tickets() {}

  static Ticket of(String id) {
    return of(id, "It is broken", "Please help.", MessageKind.HUMAN);
  }

  static Ticket of(String id, String subject, String text, MessageKind kind) {
    return of(
        id, subject, text, kind, new EmailAddress("Ann", "ann@customer.example"), "", List.of());
  }

  static Ticket with(String id, Attachment... attachments) {
    return of(
        id,
        "With files",
        "See there",
        MessageKind.HUMAN,
        new EmailAddress("Ann", "ann@customer.example"),
        "incidents",
        List.of(attachments));
  }

  static Ticket of(
      String id,
      String subject,
      String text,
      MessageKind kind,
      EmailAddress from,
      String category,
      List<Attachment> attachments) {
    Message message =
        Message.builder("grant", id)
            .subject(subject)
            .from(List.of(from))
            .attachments(attachments)
            .build();
    return new Ticket(
        id,
        "grant",
        "thread",
        subject,
        from,
        List.of(from),
        kind,
        false,
        category,
        Priority.HIGH,
        Set.of(),
        "",
        Instant.now(),
        "",
        text,
        List.of(),
        Ticket.idempotencyKey("grant", id),
        message,
        TicketRef.NONE,
        false,
        false);
  }
}
