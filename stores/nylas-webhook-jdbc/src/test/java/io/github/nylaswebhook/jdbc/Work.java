package io.github.nylaswebhook.jdbc;

import io.github.nylaswebhook.inbox.Attempt;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.DeliveryProcessor;
import io.github.nylaswebhook.inbox.Disposition;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.inbox.Progress;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A node's processor: does what the test says, and remembers what it was given. */
final class Work implements DeliveryProcessor {
  static final Outcome DONE = new Outcome.Done(Disposition.ROUTED, List.of());

  private final DeliveryProcessor step;
  private final Queue<Try> tries = new ConcurrentLinkedQueue<>();
  private final Queue<String> settled = new ConcurrentLinkedQueue<>();

  /** What a try saw, and when it began. */
  record Try(String id, int number, int waits, Progress progress, String body, Instant at) {}

  Work(DeliveryProcessor step) {
    this.step = step;
  }

  static Work done() {
    return new Work(attempt -> DONE);
  }

  @Override
  public Outcome process(Attempt attempt) throws StoreUnavailableException {
    tries.add(
        new Try(
            attempt.delivery().id(),
            attempt.number(),
            attempt.waits(),
            attempt.progress(),
            body(attempt.delivery()),
            Instant.now()));
    return step.process(attempt);
  }

  @Override
  public void settled(Delivery delivery, Outcome outcome) {
    settled.add(delivery.id() + " " + outcome.getClass().getSimpleName());
  }

  List<Try> tries() {
    return List.copyOf(tries);
  }

  List<String> ids() {
    return tries.stream().map(Try::id).toList();
  }

  /** Ids and what became of them, in that order. */
  List<String> settled() {
    return List.copyOf(settled);
  }

  private static String body(Delivery delivery) {
    try (InputStream in = delivery.open()) {
      return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
