package io.github.nylaswebhook.benchmarks;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.ticket.TicketRef;

/**
 * A handler that is given no more than it needs: it keeps deliveries in memory and processes them
 * meanwhile, and its router does nothing.
 */
final class DefaultHandler {
  private DefaultHandler() {}

  static WebhookHandler create(String secret) {
    return WebhookHandler.builder()
        .webhookSecret(secret)
        .messageFetcher(
            ref -> {
              throw new IllegalStateException("nothing is to be fetched");
            })
        .ticketRouter(ticket -> TicketRef.of("nowhere", "1"))
        .build();
  }
}
