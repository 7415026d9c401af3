package io.github.nylaswebhook.jdbc;

import io.github.nylaswebhook.inbox.InboxUnavailableException;
import io.github.nylaswebhook.internal.Threads;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Inserts rows of whoever asks, on threads and connections of its own: those that come together
 * share a commit, and one that comes alone waits for nobody. Nobody waits for longer than the
 * time-out, whatever the database does. Safe for use by many threads.
 */
final class GroupCommit<T extends GroupCommit.Row> {
  private static final int MOST_ROWS = 256;

  /** MariaDB takes 16 MiB at once unless told otherwise. */
  private static final long MOST_BYTES = 8L << 20;

  /** Transactions that got into each other's way are repeated so often. */
  private static final int TRIES = 3;

  private final Database database;
  private final String insert;
  private final Duration timeout;
  private final Runnable inserted;
  private final BlockingQueue<Optional<Waiting<T>>> queue = new LinkedBlockingQueue<>();
  private final List<Thread> writers = new ArrayList<>();
  private volatile boolean closed;
  private volatile boolean countsBatches = true;

  /** What is inserted. */
  interface Row {
    /** Rows are inserted in its order, so that no two transactions wait for each other. */
    String key();

    int bytes();

    void set(PreparedStatement statement) throws SQLException;
  }

  /** Compared by identity. */
  private static final class Waiting<T> {
    private final T row;
    private final CompletableFuture<Boolean> result = new CompletableFuture<>();

    Waiting(T row) {
      this.row = row;
    }
  }

  /**
   * Starts the threads.
   *
   * @param insert a statement that changes nothing, and counts 0, where there is such a row
   * @param inserted told after each commit that inserted something
   */
  GroupCommit(Database database, String insert, Duration timeout, int writers, Runnable inserted) {
    this.database = database;
    this.insert = insert;
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
    Waiting<T> waiting = new Waiting<>(row);
    Optional<Waiting<T>> place = Optional.of(waiting);
    if (!closed) {
      queue.add(place);
    }
    if (closed) {
      // Unless a writer has it already; then it says what becomes of it.
      queue.remove(place);
      waiting.result.completeExceptionally(new SQLException("The inbox is closing"));
    }
    try {
      return waiting.result.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
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
    List<Waiting<T>> batch = new ArrayList<>();
    try {
      while (take(batch)) {
        try {
          insert(batch);
        } catch (Throwable e) {
          batch.forEach(waiting -> waiting.result.completeExceptionally(e));
        }
        batch.clear();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for one, and takes along what is there; false when there won't be any more. */
  private boolean take(List<Waiting<T>> batch) throws InterruptedException {
    Optional<Waiting<T>> next = queue.take();
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
      bytes += next.get().row.bytes();
      next = batch.size() < MOST_ROWS && bytes < MOST_BYTES ? queue.poll() : null;
    }
    return true;
  }

  private void insert(List<Waiting<T>> batch) throws SQLException {
    batch.sort(Comparator.comparing(waiting -> waiting.row.key()));
    int[] counts;
    try {
      counts = insertAtOnce(batch);
    } catch (SQLException e) {
      if (batch.size() == 1 || SqlFailures.isOutage(e)) {
        throw e;
      }
      // One of them may be what the database refuses; the others shall not suffer for it.
      insertOneByOne(batch);
      return;
    }
    boolean any = false;
    for (int i = 0; i < counts.length; i++) {
      any |= counts[i] > 0;
      batch.get(i).result.complete(counts[i] > 0);
    }
    if (any) {
      inserted.run();
    }
  }

  private void insertOneByOne(List<Waiting<T>> batch) {
    for (Waiting<T> one : batch) {
      try {
        one.result.complete(insertAtOnce(List.of(one))[0] > 0);
      } catch (SQLException | RuntimeException e) {
        one.result.completeExceptionally(e);
      }
    }
    inserted.run();
  }

  private int[] insertAtOnce(List<Waiting<T>> batch) throws SQLException {
    for (int tries = 1; ; tries++) {
      try (Connection connection = database.connection();
          SqlTimeout limited = SqlTimeout.on(connection, timeout)) {
        return batch.size() == 1
            ? new int[] {insertOne(limited.connection(), batch.get(0).row)}
            : Database.atOnce(limited.connection(), c -> insertBatch(c, batch));
      } catch (SQLException e) {
        if (tries == TRIES || !SqlFailures.isWorthRepeating(e)) {
          throw e;
        }
      }
    }
  }

  private int insertOne(Connection connection, T row) throws SQLException {
    Database.Work<Integer> work =
        c -> {
          try (PreparedStatement statement = c.prepareStatement(insert)) {
            row.set(statement);
            return statement.executeUpdate();
          }
        };
    return connection.getAutoCommit() ? work.with(connection) : Database.atOnce(connection, work);
  }

  private int[] insertBatch(Connection connection, List<Waiting<T>> batch) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(insert)) {
      int[] counts = new int[batch.size()];
      if (countsBatches) {
        for (Waiting<T> waiting : batch) {
          waiting.row.set(statement);
          statement.addBatch();
        }
        counts = statement.executeBatch();
        for (int count : counts) {
          countsBatches &= count != Statement.SUCCESS_NO_INFO;
        }
        if (countsBatches) {
          return counts;
        }
        // Drivers that rewrite batches don't say which rows there were: never ask them again.
        connection.rollback();
      }
      for (int i = 0; i < counts.length; i++) {
        batch.get(i).row.set(statement);
        counts[i] = statement.executeUpdate();
      }
      return counts;
    }
  }
}
