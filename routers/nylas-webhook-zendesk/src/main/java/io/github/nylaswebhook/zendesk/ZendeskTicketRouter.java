package io.github.nylaswebhook.zendesk;

import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;

/** Not there yet. */
public final class ZendeskTicketRouter implements TicketRouter {
  public ZendeskTicketRouter() {}

  @Override
  public TicketRef route(Ticket ticket) {
    throw new PermanentException("not there yet");
  }

  @Override
  public String destination() {
    return "zendesk";
  }
}
