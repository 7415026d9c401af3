package io.github.nylaswebhook.jdbc;

import io.github.nylaswebhook.categorize.Priority;
import java.time.Instant;
import java.util.List;

/**
 * A row of the ticket table, without the mail itself.
 *
 * @param id counted up from 1; not without gaps
 * @param idempotencyKey see {@link io.github.nylaswebhook.ticket.Ticket#idempotencyKey()}
 */
public record StoredTicket(
    long id,
    String idempotencyKey,
    String grantId,
    String messageId,
    String threadId,
    String kind,
    String category,
    Priority priority,
    List<String> tags,
    String subject,
    String fromName,
    String fromEmail,
    List<String> recipients,
    String excerpt,
    Instant receivedAt) {
  public StoredTicket {
    tags = List.copyOf(tags);
    recipients = List.copyOf(recipients);
  }
}
