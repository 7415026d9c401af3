package io.github.nylaswebhook.jdbc;

import io.github.nylaswebhook.categorize.Priority;
import java.time.Instant;
import java.util.List;

/**
 * A row of the ticket table, without the mail as it came.
 *
 * @param id counted up from 1; not without gaps
 * @param idempotencyKey see {@link io.github.nylaswebhook.ticket.Ticket#idempotencyKey()}
 * @param silent see {@link io.github.nylaswebhook.ticket.Ticket#silent()}
 * @param route see {@link io.github.nylaswebhook.ticket.Ticket#route()}
 * @param text see {@link io.github.nylaswebhook.ticket.Ticket#text()}; empty in rows that were
 *     written before version 2 of the tables
 * @param followUpTo the {@code id} of the ticket that this mail was appended to; 0 for a ticket
 * @param note see {@link io.github.nylaswebhook.ticket.Ticket#note()}
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
    String text,
    Instant receivedAt,
    long followUpTo,
    boolean note) {
  public StoredTicket {
    tags = List.copyOf(tags);
    recipients = List.copyOf(recipients);
  }

  /** Whether it is a further mail of a ticket. */
  public boolean isFollowUp() {
    return followUpTo != 0;
  }
}
