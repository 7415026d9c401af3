package io.github.nylaswebhook.jdbc;

import io.github.nylaswebhook.inbox.InboxUnavailableException;
import io.github.nylaswebhook.internal.Threads;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
  /** Some databases get a statement of as many rows, and prepare one of each length. */
  private static final int MOST_ROWS = 64;

  /** MariaDB takes 16 MiB at once unless told otherwise. */
  private static final long MOST_BYTES = 8L << 20;

  /** Transactions that got into each other's way are repeated so often. */
  private static final int TRIES = 3;

  private final Database database;
  private final Insert insert;
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

    /** Sets its parameters, which come after so many; how many there are now. */
    int set(PreparedStatement statement, int before) throws SQLException;
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
   * @param inserted told after each commit that inserted something
   */
  GroupCommit(Database database, Insert insert, Duration timeout, int writers, Runnable inserted) {
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
    boolean[] results;
    try {
      results = insertAtOnce(batch);
    } catch (SQLException e) {
      if (batch.size() == 1 || SqlFailures.isOutage(e)) {
        throw e;
      }
      // One of them may be what the database refuses; the others shall not suffer for it.
      insertOneByOne(batch);
      return;
    }
    boolean any = false;
    for (int i = 0; i < results.length; i++) {
      any |= results[i];
      batch.get(i).result.complete(results[i]);
    }
    if (any) {
      inserted.run();
    }
  }

  private void insertOneByOne(List<Waiting<T>> batch) {
    for (Waiting<T> one : batch) {
      try {
        one.result.complete(insertAtOnce(List.of(one))[0]);
      } catch (SQLException | RuntimeException e) {
        one.result.completeExceptionally(e);
      }
    }
    inserted.run();
  }

  private boolean[] insertAtOnce(List<Waiting<T>> batch) throws SQLException {
    for (int tries = 1; ; tries++) {
      try (Connection connection = database.connection();
          SqlTimeout limited = SqlTimeout.on(connection, timeout)) {
        return Database.committed(
            limited.connection(),
            batch.size() == 1 || insert.severalPerStatement(),
            c -> batch.size() == 1 ? insertOne(c, batch.get(0)) : insertSeveral(c, batch));
      } catch (SQLException e) {
        if (tries == TRIES || !SqlFailures.isWorthRepeating(e)) {
          throw e;
        }
      }
    }
  }

  private boolean[] insertOne(Connection connection, Waiting<T> one) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(insert.one())) {
      one.row.set(statement, 0);
      return new boolean[] {statement.executeUpdate() > 0};
    }
  }

  private boolean[] insertSeveral(Connection connection, List<Waiting<T>> batch)
      throws SQLException {
    return insert.severalPerStatement()
        ? insertByOneStatement(connection, batch)
        : insertByBatch(connection, batch);
  }

  /** The database says the keys of those that it inserted, each once. */
  private boolean[] insertByOneStatement(Connection connection, List<Waiting<T>> batch)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(insert.several(batch.size()))) {
      int parameters = 0;
      for (Waiting<T> waiting : batch) {
        parameters = waiting.row.set(statement, parameters);
      }
      Set<String> keys = new HashSet<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          keys.add(rows.getString(1));
        }
      }
      boolean[] result = new boolean[batch.size()];
      for (int i = 0; i < result.length; i++) {
        result[i] = keys.remove(batch.get(i).row.key());
      }
      return result;
    }
  }

  private boolean[] insertByBatch(Connection connection, List<Waiting<T>> batch)
      throws SQLException {
    boolean[] result = new boolean[batch.size()];
    try (PreparedStatement statement = connection.prepareStatement(insert.one())) {
      if (countsBatches) {
        for (Waiting<T> waiting : batch) {
          waiting.row.set(statement, 0);
          statement.addBatch();
        }
        int[] counts = statement.executeBatch();
        for (int i = 0; i < counts.length; i++) {
          countsBatches &= counts[i] != Statement.SUCCESS_NO_INFO;
          result[i] = counts[i] > 0;
        }
        if (countsBatches) {
          return result;
        }
        // A driver that rewrites batches doesn't say which rows were there: it isn't asked again.
        connection.rollback();
      }
      for (int i = 0; i < result.length; i++) {
        batch.get(i).row.set(statement, 0);
        result[i] = statement.executeUpdate() > 0;
      }
      return result;
    }
  }
}
