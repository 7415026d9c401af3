package io.github.nylaswebhook.jdbc;

import io.github.nylaswebhook.inbox.InboxUnavailableException;
import io.github.nylaswebhook.internal.Threads;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Inserts rows of whoever asks, on threads and connections of its own: those that come together
 * share a commit, and one that comes alone waits for nobody. Nobody waits for longer than the
 * time-out, whatever the database does. Safe for use by many threads.
 */
final class GroupCommit<T extends BatchWriter.Row> {
  private final BatchWriter<T> writer;
  private final Duration timeout;
  private final Runnable inserted;
  private final BlockingQueue<Optional<BatchWriter.Waiting<T>>> queue = new LinkedBlockingQueue<>();
  private final List<Thread> writers = new ArrayList<>();
  private volatile boolean closed;

  /**
   * Starts the threads.
   *
   * @param inserted told after each commit that inserted something
   */
  GroupCommit(Database database, Write insert, Duration timeout, int writers, Runnable inserted) {
    this.writer = new BatchWriter<>(database, insert, timeout);
    this.timeout = timeout;
    this.inserted = inserted;
    for (int i = 0; i < writers; i++) {
      Thread thread = Threads.daemons("nylas-webhook-accept").newThread(this::write);
      this.writers.add(thread);
      thread.start();
    }
  }

  /**
   * Inserts a row; false if there is one of its key.
   *
   * @throws InboxUnavailableException if it isn't known to be stored within the time-out. One that
   *     was on its way by then may be stored nevertheless.
   */
  boolean insert(T row) throws InboxUnavailableException {
    BatchWriter.Waiting<T> waiting = new BatchWriter.Waiting<>(row);
    Optional<BatchWriter.Waiting<T>> place = Optional.of(waiting);
    if (!closed) {
      queue.add(place);
    }
    if (closed) {
      // Unless a writer has it already; then it says what becomes of it.
      queue.remove(place);
      waiting.changed().completeExceptionally(new SQLException("The inbox is closing"));
    }
    try {
      return waiting.changed().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      queue.remove(place);
      throw new InboxUnavailableException(
          "The database didn't answer within " + timeout.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new InboxUnavailableException(
          "The database didn't store it: " + cause.getMessage(), cause);
    } catch (InterruptedException e) {
      queue.remove(place);
      Thread.currentThread().interrupt();
      throw new InboxUnavailableException("Interrupted while the database stored it", e);
    }
  }

  /** Takes no more, and waits until what was taken is stored or given up. */
  void close() {
    closed = true;
    writers.forEach(writer -> queue.add(Optional.empty()));
    long end = System.nanoTime() + timeout.toNanos();
    try {
      for (Thread writer : writers) {
        writer.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write() {
    List<BatchWriter.Waiting<T>> batch = new ArrayList<>();
    try {
      while (take(batch)) {
        if (writer.write(batch)) {
          inserted.run();
        }
        batch.clear();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for one, and takes along what is there; false when there won't be any more. */
  private boolean take(List<BatchWriter.Waiting<T>> batch) throws InterruptedException {
    Optional<BatchWriter.Waiting<T>> next = queue.take();
    long bytes = 0;
    while (next != null) {
      if (next.isEmpty()) {
        if (batch.isEmpty()) {
          return false;
        }
        queue.add(next);
        return true;
      }
      batch.add(next.get());
      bytes += next.get().row().bytes();
      next = BatchWriter.hasRoom(batch.size(), bytes) ? queue.poll() : null;
    }
    return true;
  }
}
