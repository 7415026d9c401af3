package io.github.nylaswebhook.jdbc;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.sql.SQLTransientException;
import java.util.Set;

/** What a failed statement says about the next. SQLSTATE classes are those of ISO 9075. */
final class SqlFailures {
  /**
   * SQLite has no SQLSTATEs: READONLY, IOERR, FULL and CANTOPEN.
   *
   * @see <a href="https://sqlite.org/rescode.html">SQLite: result codes</a>
   */
  private static final Set<Integer> SQLITE_OUTAGES = Set.of(8, 10, 13, 14);

  private SqlFailures() {}

  /** The next one would fail, too: no connection, no server, no space, read-only. */
  static boolean isOutage(SQLException e) {
    String state = state(e);
    return e instanceof SQLRecoverableException
        || e instanceof SQLTransientConnectionException
        || e instanceof SQLNonTransientConnectionException
        || state.startsWith("08")
        || state.startsWith("53")
        || state.startsWith("57P")
        || state.startsWith("58")
        || state.startsWith("25006")
        || (state.isEmpty() && SQLITE_OUTAGES.contains(e.getErrorCode()));
  }

  /** Deadlocks and failed serializations: it was taken back as if it had never been. */
  static boolean isWorthRepeating(SQLException e) {
    return state(e).startsWith("40")
        || (e instanceof SQLTransientException && !(e instanceof SQLTransientConnectionException));
  }

  /** Data exceptions and violated constraints: another row may well be stored. */
  static boolean isOfTheRow(SQLException e) {
    return state(e).startsWith("22") || state(e).startsWith("23");
  }

  private static String state(SQLException e) {
    String state = e.getSQLState();
    return state == null ? "" : state;
  }
}
