package com.example.support;

import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Where tickets go. */
@ApplicationScoped
class Desk implements TicketRouter {
  private final Map<String, String> subjects = new ConcurrentHashMap<>();

  @Override
  public TicketRef route(Ticket ticket) {
    subjects.put(ticket.idempotencyKey(), ticket.subject());
    return TicketRef.of("desk", ticket.idempotencyKey());
  }

  List<String> subjects() {
    return List.copyOf(subjects.values());
  }
}
