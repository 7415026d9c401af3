package io.github.nylaswebhook.jdbc;

import io.github.nylaswebhook.categorize.Priority;
import java.time.Instant;
import java.util.List;

/**
 * A row of the ticket table, without the mail itself.
 *
 * @param id counted up from 1; not without gaps
 * @param idempotencyKey see {@link io.github.nylaswebhook.ticket.Ticket#idempotencyKey()}
 * @param silent see {@link io.github.nylaswebhook.ticket.Ticket#silent()}
 * @param route see {@link io.github.nylaswebhook.ticket.Ticket#route()}
 */
public record StoredTicket(
    long id,
    String idempotencyKey,
    String grantId,
    String messageId,
    String threadId,
    String kind,
    boolean silent,
    String category,
    Priority priority,
    List<String> tags,
    String route,
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
