package io.github.nylaswebhook.jira;

import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.time.Duration;
import java.time.Instant;

/** Comes back to a router when it asks for that, in the thread that made this; inboxes do so. */
record Patient(TicketRouter router, Thread thread) implements TicketRouter, AutoCloseable {
  Patient(TicketRouter router) {
    this(router, Thread.currentThread());
  }

  @Override
  public TicketRef route(Ticket ticket) throws Exception {
    while (true) {
      try {
        return router.route(ticket);
      } catch (RetryLaterException e) {
        if (Thread.currentThread() != thread) {
          throw e;
        }
        Duration pause = Duration.between(Instant.now(), e.when());
        Thread.sleep(Math.max(1, pause.toMillis() + 1));
      }
    }
  }

  @Override
  public String destination() {
    return router.destination();
  }

  @Override
  public boolean appends() {
    return router.appends();
  }

  @Override
  public boolean idempotent() {
    return router.idempotent();
  }

  @Override
  public void close() {
    if (router instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
