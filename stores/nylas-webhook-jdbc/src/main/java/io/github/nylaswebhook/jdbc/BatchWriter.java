package io.github.nylaswebhook.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Makes changes to several rows, in one commit. Safe for use by many threads. */
final class BatchWriter<T extends BatchWriter.Row> {
  /** Some databases get a statement of as many rows, and prepare one of each length. */
  static final int MOST_ROWS = 64;

  /** MariaDB takes 16 MiB at once unless told otherwise. */
  static final long MOST_BYTES = 8L << 20;

  /** Transactions that got into each other's way are repeated so often. */
  private static final int TRIES = 3;

  private final Database database;
  private final Change<T> change;
  private final Duration timeout;

  /** What is changed. */
  interface Row {
    /** Rows are changed in its order, so that no two transactions wait for each other. */
    String key();

    /** Roughly what it takes on the wire. */
    int bytes();
  }

  /** How rows are changed. Safe for use by many threads. */
  interface Change<T> {
    /** Whether it takes one statement for so many, which commits by itself. */
    boolean isOneStatement(int rows);

    /** Changes them, in this order; whether each was as it has to be. */
    boolean[] make(Connection connection, List<T> rows) throws SQLException;
  }

  /** A row, and whether it was changed. Compared by identity. */
  static final class Waiting<T> {
    private final T row;
    private final CompletableFuture<Boolean> changed = new CompletableFuture<>();

    Waiting(T row) {
      this.row = row;
    }

    T row() {
      return row;
    }

    CompletableFuture<Boolean> changed() {
      return changed;
    }
  }

  /**
   * Writes nothing yet.
   *
   * @param timeout when a silent network is given up
   */
  BatchWriter(Database database, Change<T> change, Duration timeout) {
    this.database = database;
    this.change = change;
    this.timeout = timeout;
  }

  /** Whether one more fits in. */
  static boolean hasRoom(int rows, long bytes) {
    return rows < MOST_ROWS && bytes < MOST_BYTES;
  }

  /** Changes all, and tells each what became of it; whether any was changed. */
  boolean write(List<Waiting<T>> batch) {
    try {
      batch.sort(Comparator.comparing(waiting -> waiting.row.key()));
      boolean[] changed = atOnce(batch);
      boolean any = false;
      for (int i = 0; i < changed.length; i++) {
        any |= changed[i];
        batch.get(i).changed.complete(changed[i]);
      }
      return any;
    } catch (SQLException e) {
      if (batch.size() > 1 && !SqlFailures.isOutage(e)) {
        // One of them may be what the database refuses; the others shall not suffer for it.
        batch.forEach(one -> write(new ArrayList<>(List.of(one))));
        return true;
      }
      batch.forEach(waiting -> waiting.changed.completeExceptionally(e));
      return false;
    } catch (Throwable e) {
      batch.forEach(waiting -> waiting.changed.completeExceptionally(e));
      return false;
    }
  }

  private boolean[] atOnce(List<Waiting<T>> batch) throws SQLException {
    List<T> rows = batch.stream().map(Waiting::row).toList();
    for (int tries = 1; ; tries++) {
      try (Connection connection = database.connection();
          SqlTimeout limited = SqlTimeout.on(connection, timeout)) {
        return Database.committed(
            limited.connection(), change.isOneStatement(rows.size()), c -> change.make(c, rows));
      } catch (SQLException e) {
        if (tries == TRIES || !SqlFailures.isWorthRepeating(e)) {
          throw e;
        }
      }
    }
  }
}
