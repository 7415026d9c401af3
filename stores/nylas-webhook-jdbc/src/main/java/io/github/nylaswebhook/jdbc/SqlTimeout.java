package io.github.nylaswebhook.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/** A connection that gives up on a silent network, until it is closed. Not all drivers can. */
final class SqlTimeout implements AutoCloseable {
  private final Connection connection;
  private final int before;

  private SqlTimeout(Connection connection, int before) {
    this.connection = connection;
    this.before = before;
  }

  static SqlTimeout on(Connection connection, Duration timeout) {
    int before = -1;
    try {
      before = connection.getNetworkTimeout();
      connection.setNetworkTimeout(Runnable::run, (int) timeout.toMillis());
    } catch (SQLException | AbstractMethodError | UnsupportedOperationException e) {
      // An embedded database has no network; old drivers don't know the method.
      before = -1;
    }
    return new SqlTimeout(connection, before);
  }

  Connection connection() {
    return connection;
  }

  @Override
  public void close() {
    if (before < 0) {
      return;
    }
    try {
      connection.setNetworkTimeout(Runnable::run, before);
    } catch (SQLException e) {
      // It is broken, which the statement before has said, or its pool will notice.
    }
  }
}
