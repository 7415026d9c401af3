package io.github.nylaswebhook.samples.supportdesk;

import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** The desk's tickets, in memory: the newest {@value #CAPACITY}. */
final class TicketBook implements TicketRouter {
  static final int CAPACITY = 1_000_000;
  static final String DESTINATION = "desk";

  /** Before the number of a ticket. */
  static final String PREFIX = "DESK-";

  private final Deque<Row> newestFirst = new ArrayDeque<>();
  private final Map<String, AtomicInteger> followUps = new HashMap<>();
  private long count;

  /**
   * What is kept of a ticket.
   *
   * @param followUps how many mails were appended to it
   */
  record Row(
      String id,
      String messageId,
      String grantId,
      String threadId,
      String subject,
      String from,
      String category,
      Priority priority,
      Set<String> tags,
      Instant receivedAt,
      String idempotencyKey,
      int followUps) {
    Row withFollowUps(int number) {
      return new Row(
          id,
          messageId,
          grantId,
          threadId,
          subject,
          from,
          category,
          priority,
          tags,
          receivedAt,
          idempotencyKey,
          number);
    }
  }

  @Override
  public synchronized TicketRef route(Ticket ticket) {
    AtomicInteger appended = followUps.get(ticket.parent().id());
    if (appended != null) {
      appended.incrementAndGet();
      return ticket.parent();
    }
    count++;
    String id = PREFIX + count;
    followUps.put(id, new AtomicInteger());
    newestFirst.addFirst(
        new Row(
            id,
            ticket.messageId(),
            ticket.grantId(),
            ticket.threadId(),
            ticket.subject(),
            ticket.from().email(),
            ticket.category(),
            ticket.priority(),
            ticket.tags(),
            ticket.receivedAt(),
            ticket.idempotencyKey(),
            0));
    if (newestFirst.size() > CAPACITY) {
      followUps.remove(newestFirst.removeLast().id());
    }
    return TicketRef.of(destination(), id);
  }

  @Override
  public boolean appends() {
    return true;
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
      Row row = all.next();
      AtomicInteger appended = followUps.get(row.id());
      rows.add(appended == null ? row : row.withFollowUps(appended.get()));
    }
    return rows;
  }
}
