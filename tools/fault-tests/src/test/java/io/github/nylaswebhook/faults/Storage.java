package io.github.nylaswebhook.faults;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Where an application keeps what it was told: looked into from outside. */
record Storage(String url) {
  static Storage sqlite(Path file) {
    return new Storage("jdbc:sqlite:" + file.toAbsolutePath());
  }

  boolean isSqlite() {
    return url.startsWith("jdbc:sqlite:");
  }

  /** For a {@link FaultDesk}. */
  Child.Command tell(Child.Command desk) {
    return isSqlite()
        ? desk.property(FaultDesk.SQLITE, url.substring("jdbc:sqlite:".length()))
        : desk.property(FaultDesk.JDBC, url);
  }

  private Connection connect() throws SQLException {
    Connection connection = DriverManager.getConnection(url);
    if (isSqlite()) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("pragma busy_timeout = 10000");
      }
    }
    return connection;
  }

  int count(String state) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select count(*) from nylas_webhook_inbox where delivery_state = '"
                    + state
                    + "'")) {
      row.next();
      return row.getInt(1);
    }
  }

  /**
   * Two minutes pass while nobody is there: nodes are silent for so long, and leases end. For
   * applications on a server whose heartbeats and leases aren't short.
   */
  void letTimePass() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(
          "update nylas_webhook_inbox set last_heartbeat = last_heartbeat - interval '2 minutes'"
              + " where last_heartbeat is not null");
      statement.executeUpdate(
          "update nylas_webhook_claim set ends = ends - 120000 where not completed");
    }
  }
}
