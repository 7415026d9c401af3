package com.example.support;

import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Where tickets go here: into memory. Yours calls your help desk. */
final class Desk implements TicketRouter {
  private final Map<String, String> subjects = new ConcurrentHashMap<>();

  @Override
  public TicketRef route(Ticket ticket) {
    // The same key for every try at the same mail, so a second try makes no second ticket.
    String id = ticket.idempotencyKey();
    if (subjects.putIfAbsent(id, ticket.subject()) == null) {
      System.out.println("Ticket " + id + ", " + ticket.category());
    }
    return TicketRef.of("desk", id);
  }

  /** The subjects of the tickets, by their id. */
  Map<String, String> subjects() {
    return Map.copyOf(subjects);
  }
}
