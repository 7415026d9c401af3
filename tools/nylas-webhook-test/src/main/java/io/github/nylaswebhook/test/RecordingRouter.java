package io.github.nylaswebhook.test;

import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Keeps the tickets that it gets, and fails on demand. It doesn't look at idempotency keys, so it
 * shows what is routed twice. Safe for use by many threads.
 */
public final class RecordingRouter implements TicketRouter {
  private final String destination;
  private final List<Ticket> tickets = new CopyOnWriteArrayList<>();
  private final AtomicInteger lastId = new AtomicInteger();
  private final Queue<Exception> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean appends;

  public RecordingRouter() {
    this("recording");
  }

  public RecordingRouter(String destination) {
    this.destination = destination;
  }

  @Override
  public TicketRef route(Ticket ticket) throws Exception {
    Exception failure = failures.poll();
    if (failure != null) {
      throw failure;
    }
    tickets.add(ticket);
    if (ticket.isFollowUp()) {
      return ticket.parent();
    }
    return TicketRef.of(destination, "T-" + lastId.incrementAndGet());
  }

  @Override
  public String destination() {
    return destination;
  }

  @Override
  public boolean appends() {
    return appends;
  }

  /** From now on it takes follow-ups and notes; unless it does, each mail is a ticket. */
  public RecordingRouter appending() {
    appends = true;
    return this;
  }

  /** The next ticket isn't taken: this is thrown. Repeatable. */
  public RecordingRouter failNext(Exception failure) {
    failures.add(failure);
    return this;
  }

  /** What came, in its order. */
  public List<Ticket> tickets() {
    return List.copyOf(tickets);
  }

  /** How often each message came, by idempotency key. */
  public Map<String, Long> countsByKey() {
    return tickets.stream()
        .map(Ticket::idempotencyKey)
        .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
  }

  /**
   * Waits for so many tickets.
   *
   * @throws AssertionError if they don't come in time
   */
  public List<Ticket> await(int count, Duration timeout) {
    Eventually.isTrue(count + " tickets", timeout, () -> tickets.size() >= count);
    return tickets();
  }
}
