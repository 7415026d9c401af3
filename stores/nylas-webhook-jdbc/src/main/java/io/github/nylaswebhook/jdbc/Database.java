package io.github.nylaswebhook.jdbc;

import io.github.nylaswebhook.internal.Threads;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/** A data source, and short work with its connections: each call commits, or changes nothing. */
final class Database {
  private final DataSource dataSource;
  private final Dialect dialect;

  interface Work<T> {
    T with(Connection connection) throws SQLException;
  }

  interface Parameters {
    void set(PreparedStatement statement) throws SQLException;
  }

  interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  /**
   * Asks the data source for a connection, to know its database.
   *
   * @throws IllegalStateException if it gives none
   */
  Database(DataSource dataSource) {
    this.dataSource = dataSource;
    try (Connection connection = dataSource.getConnection()) {
      dialect = Dialect.of(connection);
    } catch (SQLException e) {
      throw new IllegalStateException("The database can't be reached: " + e.getMessage(), e);
    }
  }

  DataSource dataSource() {
    return dataSource;
  }

  Dialect dialect() {
    return dialect;
  }

  /**
   * A connection; where there is none, the database is out of reach, whatever the pool calls it.
   *
   * @throws SQLException one that {@link SqlFailures#isOutage} knows
   */
  Connection connection() throws SQLException {
    try {
      return dataSource.getConnection();
    } catch (SQLException e) {
      if (SqlFailures.isOutage(e)) {
        throw e;
      }
      throw new SQLNonTransientConnectionException(e.getMessage(), e.getSQLState(), e);
    }
  }

  /** One statement that changes rows; how many it did. */
  int update(String sql, Parameters parameters) throws SQLException {
    return inTransaction(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            parameters.set(statement);
            return statement.executeUpdate();
          }
        });
  }

  <T> List<T> query(String sql, Parameters parameters, Row<T> row) throws SQLException {
    return inTransaction(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            parameters.set(statement);
            List<T> found = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
              while (rows.next()) {
                found.add(row.read(rows));
              }
            }
            return found;
          }
        });
  }

  <T> Optional<T> queryOne(String sql, Parameters parameters, Row<T> row) throws SQLException {
    return query(sql, parameters, row).stream().findFirst();
  }

  private <T> T inTransaction(Work<T> work) throws SQLException {
    return Threads.<T, SQLException>blocking(
        () -> {
          try (Connection connection = connection()) {
            return committed(connection, true, work);
          }
        });
  }

  /** Several statements, all or none. */
  <T> T atOnce(Work<T> work) throws SQLException {
    return Threads.<T, SQLException>blocking(
        () -> {
          try (Connection connection = connection()) {
            return committed(connection, false, work);
          }
        });
  }

  /**
   * Does work on a connection, and commits it.
   *
   * @param oneStatement whether it is one only, which commits by itself if the connection does so
   */
  static <T> T committed(Connection connection, boolean oneStatement, Work<T> work)
      throws SQLException {
    boolean byItself = connection.getAutoCommit();
    if (byItself && oneStatement) {
      return work.with(connection);
    }
    if (!byItself) {
      return commit(connection, work);
    }
    try {
      // SQLite's driver takes the connection for one in a transaction even if none can begin.
      connection.setAutoCommit(false);
      return commit(connection, work);
    } finally {
      try {
        connection.setAutoCommit(true);
      } catch (SQLException e) {
        // It is broken, which the statement before has said, or its pool will notice.
      }
    }
  }

  private static <T> T commit(Connection connection, Work<T> work) throws SQLException {
    try {
      T result = work.with(connection);
      connection.commit();
      return result;
    } catch (SQLException | RuntimeException | Error e) {
      try {
        connection.rollback();
      } catch (SQLException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  /** Databases that have no such characters, or know no halves of them, get none. */
  static String storable(String text) {
    StringBuilder plain = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (pair) {
        i++;
      } else if (c == 0 || Character.isSurrogate(c)) {
        plain = plain == null ? new StringBuilder(text) : plain;
        plain.setCharAt(i, '\ufffd');
      }
    }
    return plain == null ? text : plain.toString();
  }
}
