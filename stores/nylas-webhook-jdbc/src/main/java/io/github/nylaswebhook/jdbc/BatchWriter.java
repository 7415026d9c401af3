package io.github.nylaswebhook.jdbc;

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
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Makes a change to several rows, in one commit. Safe for use by many threads. */
final class BatchWriter<T extends BatchWriter.Row> {
  /** Some databases get a statement of as many rows, and prepare one of each length. */
  static final int MOST_ROWS = 64;

  /** MariaDB takes 16 MiB at once unless told otherwise. */
  static final long MOST_BYTES = 8L << 20;

  /** Transactions that got into each other's way are repeated so often. */
  private static final int TRIES = 3;

  private final Database database;
  private final Write write;
  private final Duration timeout;
  private volatile boolean countsBatches = true;

  /** What is changed. */
  interface Row {
    /** Rows are changed in its order, so that no two transactions wait for each other. */
    String key();

    /** Roughly what it takes on the wire. */
    int bytes();

    /** Sets its parameters, which come after so many; how many there are now. */
    int set(PreparedStatement statement, int before) throws SQLException;
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
  BatchWriter(Database database, Write write, Duration timeout) {
    this.database = database;
    this.write = write;
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
    for (int tries = 1; ; tries++) {
      try (Connection connection = database.connection();
          SqlTimeout limited = SqlTimeout.on(connection, timeout)) {
        boolean oneStatement =
            (batch.size() == 1 || write.severalPerStatement()) && write.exists().isEmpty();
        return Database.committed(limited.connection(), oneStatement, c -> change(c, batch));
      } catch (SQLException e) {
        if (tries == TRIES || !SqlFailures.isWorthRepeating(e)) {
          throw e;
        }
      }
    }
  }

  private boolean[] change(Connection connection, List<Waiting<T>> batch) throws SQLException {
    boolean[] changed =
        batch.size() > 1 && write.severalPerStatement()
            ? byOneStatement(connection, batch)
            : byBatch(connection, batch);
    if (!write.exists().isEmpty()) {
      for (int i = 0; i < changed.length; i++) {
        if (!changed[i]) {
          requireThere(connection, batch.get(i).row.key());
        }
      }
    }
    return changed;
  }

  /** MariaDB and MySQL, told to ignore rows that are there, also ignore what they refuse. */
  private void requireThere(Connection connection, String key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(write.exists())) {
      statement.setString(1, key);
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          throw new SQLException("The database refuses the row", "23000");
        }
      }
    }
  }

  /** The database says the keys of those that it changed, each once. */
  private boolean[] byOneStatement(Connection connection, List<Waiting<T>> batch)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(write.several(batch.size()))) {
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
      boolean[] changed = new boolean[batch.size()];
      for (int i = 0; i < changed.length; i++) {
        changed[i] = keys.remove(batch.get(i).row.key());
      }
      return changed;
    }
  }

  private boolean[] byBatch(Connection connection, List<Waiting<T>> batch) throws SQLException {
    boolean[] changed = new boolean[batch.size()];
    try (PreparedStatement statement = connection.prepareStatement(write.one())) {
      if (countsBatches && batch.size() > 1) {
        for (Waiting<T> waiting : batch) {
          waiting.row.set(statement, 0);
          statement.addBatch();
        }
        int[] counts = statement.executeBatch();
        for (int i = 0; i < counts.length; i++) {
          countsBatches &= counts[i] != Statement.SUCCESS_NO_INFO;
          changed[i] = counts[i] > 0;
        }
        if (countsBatches) {
          return changed;
        }
        // A driver that rewrites batches doesn't say which rows there were: it isn't asked again.
        connection.rollback();
      }
      for (int i = 0; i < changed.length; i++) {
        batch.get(i).row.set(statement, 0);
        changed[i] = statement.executeUpdate() > 0;
      }
      return changed;
    }
  }
}
