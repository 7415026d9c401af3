package io.github.nylaswebhook.inbox;

import io.github.nylaswebhook.internal.Clocks;
import io.github.nylaswebhook.internal.Threads;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands items to workers when they are due. One thread does the handing, so that whoever submits
 * wakes nobody while it is busy; and it gives way to submitters: acknowledging has seconds,
 * processing has all day.
 */
final class Dispatcher<T> {
  /** How long arrivals are counted, at least, before it is said again whether there are many. */
  private static final long WINDOW_NANOS = 10_000_000;

  /** Many: five thousand a second, one in so many nanoseconds. */
  private static final long MANY_EVERY_NANOS = 200_000;

  /**
   * While there are many, so many items are handed out in each millisecond, and the others wait.
   */
  private static final int WHILE_MANY = 2;

  private static final long MILLISECOND_NANOS = 1_000_000;

  private static final Logger log = LoggerFactory.getLogger(InMemoryInbox.class);

  private final InstantSource clock;
  private final Duration pollInterval;
  private final ExecutorService workers;

  private final Queue<T> due = new ConcurrentLinkedQueue<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Condition idle = lock.newCondition();
  private final Condition room = lock.newCondition();
  private final PriorityQueue<Later<T>> later =
      new PriorityQueue<>(Comparator.comparing((Later<T> entry) -> entry.due));

  /** Due, or being worked on. */
  private final AtomicLong active = new AtomicLong();

  /**
   * Handed out, and not done. Bounded, because what the workers' own queue holds can't give way any
   * more: one moment without arrivals, while memory is tidied up for example, would pour all there
   * is into it.
   */
  private final AtomicInteger handedOut = new AtomicInteger();

  private final int mostHandedOut;
  private volatile boolean full;

  private volatile boolean waiting;
  private final AtomicLong submitted = new AtomicLong();
  private volatile boolean draining;
  private volatile boolean stopped;

  private record Later<T>(T item, Instant due) {}

  Dispatcher(InstantSource clock, Duration pollInterval, int workers) {
    this.clock = clock;
    this.pollInterval = pollInterval;
    this.workers = Threads.workers("nylas-webhook-worker", workers);
    // One for each worker to go on with.
    this.mostHandedOut = 2 * workers;
  }

  void start(Consumer<T> work) {
    Threads.daemons("nylas-webhook-inbox").newThread(() -> dispatch(work)).start();
  }

  /** To be handed out as soon as possible. */
  void submit(T item) {
    submitted.incrementAndGet();
    active.incrementAndGet();
    due.add(item);
    if (waiting) {
      wake();
    }
  }

  /** To be handed out when it is due. */
  void submit(T item, Instant when) {
    lock.lock();
    try {
      Later<T> entry = new Later<>(item, when);
      later.add(entry);
      if (entry.equals(later.peek())) {
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Hands out nothing that becomes due from now on, and waits until nothing is due or worked on.
   */
  boolean drain(Duration timeout) {
    draining = true;
    long left = timeout.toNanos();
    lock.lock();
    try {
      while (active.get() > 0) {
        if (left <= 0) {
          return false;
        }
        left = idle.awaitNanos(left);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Interrupts what is worked on. */
  void stop() {
    stopped = true;
    wake();
    workers.shutdownNow();
  }

  private void dispatch(Consumer<T> work) {
    long windowStart = System.nanoTime();
    long submittedBefore = 0;
    boolean many = false;
    int handed = 0;
    while (!stopped) {
      T item = null;
      try {
        awaitRoom();
        item = next();
        if (item == null) {
          return;
        }
        hand(item, work);
        item = null;
        long now = System.nanoTime();
        // Under load this thread has to wait for its turn too: it is the rate that counts.
        if (now - windowStart >= WINDOW_NANOS) {
          long all = submitted.get();
          many = (all - submittedBefore) * MANY_EVERY_NANOS >= now - windowStart;
          submittedBefore = all;
          windowStart = now;
        }
        if (many && ++handed >= WHILE_MANY) {
          handed = 0;
          giveWay(MILLISECOND_NANOS);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (Throwable e) {
        // This thread is the only one that hands out, so nothing may end it: no memory, no threads.
        log.error("Handing out deliveries failed; it goes on in a second", e);
        if (item != null) {
          due.add(item);
        }
        giveWay(pollInterval.toNanos());
      }
    }
  }

  private void giveWay(long nanos) {
    long end = System.nanoTime() + nanos;
    // What was left of a signal may end a pause early.
    for (long left = nanos; left > 0 && !stopped; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** Once there is none, waits until half of it is free: then there is one wait for many items. */
  private void awaitRoom() throws InterruptedException {
    if (handedOut.get() < mostHandedOut) {
      return;
    }
    lock.lock();
    try {
      // Whoever is done after the look at the number sees that it was full, and says so.
      full = true;
      while (handedOut.get() > mostHandedOut / 2 && !stopped) {
        room.awaitNanos(pollInterval.toNanos());
      }
      full = false;
    } finally {
      lock.unlock();
    }
  }

  /** The next item that is due; waits for one, and gives none only when stopped. */
  private @Nullable T next() throws InterruptedException {
    lock.lock();
    try {
      while (!stopped) {
        Instant now = clock.instant();
        Later<T> first;
        while (!draining && (first = later.peek()) != null && !first.due.isAfter(now)) {
          later.remove();
          active.incrementAndGet();
          due.add(first.item);
        }
        T item = due.poll();
        if (item != null) {
          return item;
        }
        // Whoever submits after the look into the queue sees that we wait, and wakes us.
        waiting = true;
        if (due.isEmpty()) {
          first = later.peek();
          long pause = pollInterval.toNanos();
          changed.awaitNanos(
              first == null ? pause : Math.min(pause, Clocks.nanosUntil(now, first.due)));
        }
        waiting = false;
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  private void hand(T item, Consumer<T> work) {
    handedOut.incrementAndGet();
    boolean taken = false;
    try {
      workers.execute(
          () -> {
            try {
              work.accept(item);
            } finally {
              done();
              settled();
            }
          });
      taken = true;
    } catch (RejectedExecutionException e) {
      // Stopped: it stays where it is.
      settled();
    } finally {
      if (!taken) {
        done();
      }
    }
  }

  private void done() {
    if (handedOut.decrementAndGet() <= mostHandedOut / 2 && full) {
      lock.lock();
      try {
        room.signal();
      } finally {
        lock.unlock();
      }
    }
  }

  /** How many items are due, and not handed out yet. */
  int due() {
    return due.size();
  }

  private void settled() {
    if (active.decrementAndGet() == 0 && draining) {
      lock.lock();
      try {
        idle.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  private void wake() {
    lock.lock();
    try {
      changed.signal();
      room.signal();
    } finally {
      lock.unlock();
    }
  }
}
