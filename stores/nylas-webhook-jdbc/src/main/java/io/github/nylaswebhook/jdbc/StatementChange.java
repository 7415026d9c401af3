package io.github.nylaswebhook.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The same change to each of several rows: in one statement, or a batch of it. */
final class StatementChange<T extends StatementChange.Row> implements BatchWriter.Change<T> {
  private final Write write;
  private volatile boolean countsBatches = true;

  /** What is changed, as the statement's parameters. */
  interface Row extends BatchWriter.Row {
    /** Sets its parameters, which come after so many; how many there are now. */
    int set(PreparedStatement statement, int before) throws SQLException;
  }

  StatementChange(Write write) {
    this.write = write;
  }

  @Override
  public boolean isOneStatement(int rows) {
    return (rows == 1 || write.severalPerStatement()) && write.exists().isEmpty();
  }

  @Override
  public boolean[] make(Connection connection, List<T> batch) throws SQLException {
    boolean[] changed =
        batch.size() > 1 && write.severalPerStatement()
            ? byOneStatement(connection, batch)
            : byBatch(connection, batch);
    if (!write.exists().isEmpty()) {
      for (int i = 0; i < changed.length; i++) {
        if (!changed[i]) {
          requireThere(connection, batch.get(i).key());
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
  private boolean[] byOneStatement(Connection connection, List<T> batch) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(write.several(batch.size()))) {
      int parameters = 0;
      for (T row : batch) {
        parameters = row.set(statement, parameters);
      }
      Set<String> keys = new HashSet<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          keys.add(rows.getString(1));
        }
      }
      boolean[] changed = new boolean[batch.size()];
      for (int i = 0; i < changed.length; i++) {
        changed[i] = keys.remove(batch.get(i).key());
      }
      return changed;
    }
  }

  private boolean[] byBatch(Connection connection, List<T> batch) throws SQLException {
    boolean[] changed = new boolean[batch.size()];
    try (PreparedStatement statement = connection.prepareStatement(write.one())) {
      if (countsBatches && batch.size() > 1) {
        for (T row : batch) {
          row.set(statement, 0);
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
        batch.get(i).set(statement, 0);
        changed[i] = statement.executeUpdate() > 0;
      }
      return changed;
    }
  }
}
