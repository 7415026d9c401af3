package io.github.nylaswebhook.jdbc;

import io.github.nylaswebhook.inbox.InboxUnavailableException;
import io.github.nylaswebhook.internal.Threads;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Inserts rows of whoever asks, on threads and connections of its own: those that come together
 * share a commit, and one that comes alone waits for nobody. Nobody waits for longer than the
 * time-out, whatever the database does. Safe for use by many threads.
 */
final class GroupCommit<T extends StatementChange.Row> {
  private final BatchWriter<T> writer;
  private final Duration timeout;
  private final Runnable inserted;
  private final List<Thread> writers = new ArrayList<>();

  /**
   * Held while a writer takes all there is: writers whose commits end at the same moment, as a
   * server's do, would share the rows out among themselves.
   */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition something = lock.newCondition();
  private final Queue<BatchWriter.Waiting<T>> queue = new ArrayDeque<>();
  private boolean closed;

  /**
   * Starts the threads.
   *
   * @param inserted told after each commit that inserted something
   */
  GroupCommit(Database database, Write insert, Duration timeout, int writers, Runnable inserted) {
    this.writer = new BatchWriter<>(database, new StatementChange<>(insert), timeout);
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
    offer(waiting);
    try {
      return waiting.changed().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      remove(waiting);
      throw new InboxUnavailableException(
          "The database didn't answer within " + timeout.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new InboxUnavailableException(
          "The database didn't store it: " + cause.getMessage(), cause);
    } catch (InterruptedException e) {
      remove(waiting);
      Thread.currentThread().interrupt();
      throw new InboxUnavailableException("Interrupted while the database stored it", e);
    }
  }

  private void offer(BatchWriter.Waiting<T> waiting) {
    lock.lock();
    try {
      if (closed) {
        waiting.changed().completeExceptionally(new SQLException("The inbox is closing"));
      } else {
        if (queue.isEmpty()) {
          // One writer for all who come until it is awake.
          something.signal();
        }
        queue.add(waiting);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Unless a writer has it already. */
  private void remove(BatchWriter.Waiting<T> waiting) {
    lock.lock();
    try {
      queue.remove(waiting);
    } finally {
      lock.unlock();
    }
  }

  /** Takes no more, and waits until what was taken is stored or given up. */
  void close() {
    lock.lock();
    try {
      closed = true;
      something.signalAll();
    } finally {
      lock.unlock();
    }
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
    try {
      for (var batch = take(); !batch.isEmpty(); batch = take()) {
        if (writer.write(batch)) {
          inserted.run();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for one, and takes along what is there; none when there won't be any more. */
  private List<BatchWriter.Waiting<T>> take() throws InterruptedException {
    List<BatchWriter.Waiting<T>> batch = new ArrayList<>();
    lock.lockInterruptibly();
    try {
      while (queue.isEmpty() && !closed) {
        something.await();
      }
      long bytes = 0;
      while (!queue.isEmpty() && BatchWriter.hasRoom(batch.size(), bytes)) {
        BatchWriter.Waiting<T> next = queue.remove();
        batch.add(next);
        bytes += next.row().bytes();
      }
      if (!queue.isEmpty()) {
        something.signal();
      }
    } finally {
      lock.unlock();
    }
    return batch;
  }
}
