package io.github.nylaswebhook.test;

import io.github.nylaswebhook.inbox.DeadLetters;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.DeliveryProcessor;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.inbox.InboxStatistics;
import io.github.nylaswebhook.inbox.InboxUnavailableException;
import io.github.nylaswebhook.inbox.Receipt;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the bodies that it takes, and can be full, broken, or slow. Safe for use by many threads.
 */
final class EndpointInbox implements Inbox {
  private final Map<ByteBuffer, Receipt> receipts = new ConcurrentHashMap<>();
  private final AtomicInteger accepted = new AtomicInteger();
  private final CountDownLatch entered = new CountDownLatch(1);
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile boolean full;
  private volatile boolean broken;

  /** Forgets everything, and is whole again. */
  void reset() {
    receipts.clear();
    accepted.set(0);
    full = false;
    broken = false;
  }

  void full(boolean is) {
    full = is;
  }

  void broken(boolean is) {
    broken = is;
  }

  /** Takes what comes from now on only when it is {@link #release released}. */
  void hold() {
    gate = new CountDownLatch(1);
  }

  void release() {
    gate.countDown();
  }

  /** Counted down when the first delivery has come in. */
  CountDownLatch entered() {
    return entered;
  }

  /** How many different bodies it took. */
  int stored() {
    return accepted.get();
  }

  /** What it said when these very bytes came last; null if they never did. */
  @Nullable Receipt last(byte[] body) {
    return receipts.get(ByteBuffer.wrap(body));
  }

  @Override
  public Receipt accept(Delivery delivery) throws InboxUnavailableException {
    if (full) {
      throw new InboxUnavailableException("Full, on purpose");
    }
    if (broken) {
      throw new IllegalStateException("Broken, on purpose");
    }
    entered.countDown();
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InboxUnavailableException("Interrupted", e);
    }
    return receipts.compute(
        ByteBuffer.wrap(bytes(delivery)),
        (body, before) -> {
          if (before != null) {
            return Receipt.DUPLICATE;
          }
          accepted.incrementAndGet();
          return Receipt.ACCEPTED;
        });
  }

  private static byte[] bytes(Delivery delivery) {
    try (InputStream in = delivery.open()) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("A byte array doesn't fail", e);
    }
  }

  @Override
  public void start(DeliveryProcessor processor) {
    throw new UnsupportedOperationException("Nothing is processed here");
  }

  @Override
  public DeadLetters deadLetters() {
    throw new UnsupportedOperationException("Nothing is processed here");
  }

  @Override
  public InboxStatistics statistics() {
    return new InboxStatistics(stored(), 0, Optional.empty());
  }

  @Override
  public void close() {}
}
