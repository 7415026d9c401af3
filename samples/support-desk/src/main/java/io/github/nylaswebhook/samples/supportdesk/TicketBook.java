package io.github.nylaswebhook.samples.supportdesk;

import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/** The desk's tickets, in memory: the newest {@value #CAPACITY}. */
final class TicketBook implements TicketRouter {
  static final int CAPACITY = 1_000_000;
  static final String DESTINATION = "desk";

  private final Deque<Row> newestFirst = new ArrayDeque<>();
  private long count;

  /** What is kept of a ticket. */
  record Row(
      String messageId,
      String grantId,
      String threadId,
      String subject,
      String from,
      String category,
      Priority priority,
      Set<String> tags,
      Instant receivedAt,
      String idempotencyKey) {}

  @Override
  public synchronized TicketRef route(Ticket ticket) {
    newestFirst.addFirst(
        new Row(
            ticket.messageId(),
            ticket.grantId(),
            ticket.threadId(),
            ticket.subject(),
            ticket.from().email(),
            ticket.category(),
            ticket.priority(),
            ticket.tags(),
            ticket.receivedAt(),
            ticket.idempotencyKey()));
    if (newestFirst.size() > CAPACITY) {
      newestFirst.removeLast();
    }
    count++;
    return TicketRef.of(destination(), "DESK-" + count);
  }

  @Override
  public String destination() {
    return DESTINATION;
  }

  /** The newest, newest first. */
  synchronized List<Row> newest(int limit) {
    List<Row> rows = new ArrayList<>(Math.min(limit, newestFirst.size()));
    Iterator<Row> all = newestFirst.iterator();
    while (all.hasNext() && rows.size() < limit) {
      rows.add(all.next());
    }
    return rows;
  }
}
