package com.example.tickets;

import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** A ticket is a row. A mail that is tried again has the same key, and so the same row. */
@Component
class TableRouter implements TicketRouter {
  private final JdbcClient database;

  TableRouter(JdbcClient database) {
    this.database = database;
    database
        .sql(
            """
            create table if not exists tickets (
              id integer primary key, idempotency_key text unique, category text, priority text, subject text)
            """)
        .update();
  }

  @Override
  public TicketRef route(Ticket ticket) {
    database
        .sql(
            """
            insert into tickets (idempotency_key, category, priority, subject) values (?, ?, ?, ?)
            on conflict (idempotency_key) do nothing
            """)
        .params(
            ticket.idempotencyKey(),
            ticket.category(),
            ticket.priority().toString(),
            ticket.subject())
        .update();
    long id =
        database
            .sql("select id from tickets where idempotency_key = ?")
            .param(ticket.idempotencyKey())
            .query(Long.class)
            .single();
    return TicketRef.of("tickets", "T-" + id);
  }
}
