package io.github.nylaswebhook.jdbc;

import com.github.kagkarlsson.scheduler.jdbc.DefaultJdbcCustomization;
import com.github.kagkarlsson.scheduler.jdbc.MySQL8JdbcCustomization;
import com.github.kagkarlsson.scheduler.jdbc.PostgreSqlJdbcCustomization;
import com.github.kagkarlsson.scheduler.jdbc.SqliteJdbcCustomization;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What differs between the databases. */
enum Dialect {
  POSTGRESQL(
      "insert into %s values %s on conflict do nothing",
      "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)") {
    @Override
    Write insertIfAbsent(String table, String columns, String values, String key) {
      String into = "insert into " + table + " (" + columns + ") values ";
      String row = "(" + values + ")";
      String unless = " on conflict do nothing";
      return new Write(into + row + unless, into, row, unless + " returning " + key, "");
    }

    @Override
    Write update(
        String table, String assignments, List<String> types, List<String> where, String and) {
      List<String> names = new ArrayList<>();
      List<String> same = new ArrayList<>();
      for (int i = 0; i < types.size(); i++) {
        names.add("v" + i);
      }
      int values = types.size() - where.size();
      for (int i = 0; i < where.size(); i++) {
        same.add("t." + where.get(i) + " = v.v" + (values + i));
      }
      return new Write(
          super.update(table, assignments, types, where, and).one(),
          "update "
              + table
              + " t set "
              + assignments.formatted(
                  names.subList(0, values).stream().map(name -> "v." + name).toArray())
              + " from (values ",
          types.stream()
              .map(type -> "cast(? as " + type + ")")
              .collect(Collectors.joining(", ", "(", ")")),
          ") v ("
              + String.join(", ", names)
              + ") where "
              + String.join(" and ", same)
              + and
              + " returning t."
              + where.get(0),
          "");
    }

    @Override
    String later(String table, String column) {
      return "cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)";
    }

    @Override
    String delete(String table, String where, int most) {
      return byRow("ctid", table, where, most) + " for update skip locked)";
    }

    @Override
    DefaultJdbcCustomization scheduling() {
      return new PostgreSqlJdbcCustomization(false, false);
    }
  },

  // utc_timestamp knows no summer time, when an hour comes twice.
  MARIADB("insert ignore into %s values %s", MySqlTime.NOW_MILLIS) {
    @Override
    String insertOrUpdate(String table, List<String> columns, String values, String key) {
      return "insert into "
          + table
          + " ("
          + String.join(", ", columns)
          + ") values ("
          + values
          + ") on duplicate key update "
          + columns.stream()
              .filter(column -> !column.equals(key))
              .map(column -> column + " = values(" + column + ")")
              .collect(Collectors.joining(", "));
    }

    @Override
    String later(String table, String column) {
      return MySqlTime.NOW_MICROS;
    }

    @Override
    String delete(String table, String where, int most) {
      return "delete from " + table + " where " + where + " limit " + most;
    }

    @Override
    DefaultJdbcCustomization scheduling() {
      // db-scheduler's own for MariaDB doesn't use SKIP LOCKED, which it has since 10.6, with
      // MySQL's syntax.
      return new MySQL8JdbcCustomization(true);
    }
  },

  MYSQL("insert ignore into %s values %s", MySqlTime.NOW_MILLIS) {
    @Override
    String insertOrUpdate(String table, List<String> columns, String values, String key) {
      return MARIADB.insertOrUpdate(table, columns, values, key);
    }

    @Override
    String later(String table, String column) {
      return MARIADB.later(table, column);
    }

    @Override
    String delete(String table, String where, int most) {
      return MARIADB.delete(table, where, most);
    }

    @Override
    DefaultJdbcCustomization scheduling() {
      return MARIADB.scheduling();
    }
  },

  SQLITE(
      "insert into %s values %s on conflict do nothing",
      "cast((julianday('now') - 2440587.5) * 86400000 as integer)") {
    @Override
    String later(String table, String column) {
      // Its clock knows milliseconds only, and there is one writer at a time.
      return "(select coalesce(max(" + column + "), 0) + 1 from " + table + ")";
    }

    @Override
    String delete(String table, String where, int most) {
      return byRow("rowid", table, where, most) + ")";
    }

    @Override
    DefaultJdbcCustomization scheduling() {
      return new SqliteJdbcCustomization();
    }
  };

  private static final class MySqlTime {
    static final String NOW_MICROS = "timestampdiff(microsecond, '1970-01-01', utc_timestamp(6))";

    static final String NOW_MILLIS = NOW_MICROS + " div 1000";
  }

  private final String insertIfAbsent;
  private final String nowMillis;

  Dialect(String insertIfAbsent, String nowMillis) {
    this.insertIfAbsent = insertIfAbsent;
    this.nowMillis = nowMillis;
  }

  /**
   * The dialect of a connection's database.
   *
   * @throws UnsupportedDatabaseException if it is none of these
   */
  static Dialect of(Connection connection) throws SQLException {
    DatabaseMetaData metaData = connection.getMetaData();
    String product = metaData.getDatabaseProductName();
    // Servers call themselves this or that; MySQL's driver says MySQL of a MariaDB, too.
    String known = (product + " " + metaData.getDatabaseProductVersion()).toLowerCase(Locale.ROOT);
    if (known.contains("mariadb")) {
      return requireSkipLocked(MARIADB, metaData, 10, 6);
    }
    if (known.contains("mysql")) {
      return requireSkipLocked(MYSQL, metaData, 8, 0);
    }
    if (known.contains("postgresql")) {
      return POSTGRESQL;
    }
    if (known.contains("sqlite")) {
      return SQLITE;
    }
    throw new UnsupportedDatabaseException(
        product + " isn't supported; PostgreSQL, MariaDB, MySQL and SQLite are");
  }

  private static Dialect requireSkipLocked(
      Dialect dialect, DatabaseMetaData metaData, int major, int minor) throws SQLException {
    int actualMajor = metaData.getDatabaseMajorVersion();
    int actualMinor = metaData.getDatabaseMinorVersion();
    if (actualMajor < major || (actualMajor == major && actualMinor < minor)) {
      throw new UnsupportedDatabaseException(
          "%s %d.%d is too old: %d.%d or newer is needed (SKIP LOCKED)"
              .formatted(dialect, actualMajor, actualMinor, major, minor));
    }
    return dialect;
  }

  /** The folder of its schema. */
  String folder() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * An insertion that changes nothing where there is a row of that key. What is inserted has to fit
   * its columns: MariaDB's and MySQL's would be cut, not refused.
   *
   * @param columns the table's columns, separated by commas
   * @param values as many values or parameters
   * @param key the key's column
   */
  Write insertIfAbsent(String table, String columns, String values, String key) {
    String into = table + " (" + columns + ")";
    String row = "(" + values + ")";
    String one = insertIfAbsent.formatted(into, row);
    return ignoresRefusals()
        ? new Write(one, "", "", "", "select 1 from " + table + " where " + key + " = ?")
        : Write.of(one);
  }

  /**
   * A change to rows of a key.
   *
   * @param assignments of columns to {@code %s}, which stand for the first parameters
   * @param types the parameters' types, for databases that can't tell
   * @param where the columns that have to be as the other parameters say, the key first
   * @param and what else has to be
   */
  Write update(
      String table, String assignments, List<String> types, List<String> where, String and) {
    int values = types.size() - where.size();
    String one =
        "update "
            + table
            + " set "
            + assignments.formatted(Collections.nCopies(values, "?").toArray())
            + " where "
            + String.join(" = ? and ", where)
            + " = ?"
            + and;
    return Write.of(one);
  }

  /**
   * An insertion that takes the place of the row of that key.
   *
   * @param values as many values or parameters as there are columns
   */
  String insertOrUpdate(String table, List<String> columns, String values, String key) {
    return "insert into "
        + table
        + " ("
        + String.join(", ", columns)
        + ") values ("
        + values
        + ") on conflict ("
        + key
        + ") do update set "
        + columns.stream()
            .filter(column -> !column.equals(key))
            .map(column -> column + " = excluded." + column)
            .collect(Collectors.joining(", "));
  }

  /** A number that grows from one transaction to the next, as an expression. */
  abstract String later(String table, String column);

  /** The database's own time, as an expression. */
  String nowMillis() {
    return nowMillis;
  }

  /** Deletes some rows at a time, so that nobody waits for long. */
  abstract String delete(String table, String where, int most);

  private static String byRow(String row, String table, String where, int most) {
    return "delete from %s where %s in (select %s from %s where %s limit %d"
        .formatted(table, row, row, table, where, most);
  }

  /** What ends a query whose rows are about to be changed, but those that somebody else changes. */
  String forUpdate() {
    return isServer() ? " for update skip locked" : "";
  }

  /** How db-scheduler talks to it. */
  abstract DefaultJdbcCustomization scheduling();

  /** Whether several executions can be picked in one statement. */
  boolean picksSeveral() {
    return this != SQLITE;
  }

  /** Whether an insertion that ignores rows that are there also ignores those that it refuses. */
  private boolean ignoresRefusals() {
    return this == MARIADB || this == MYSQL;
  }

  /** Whether a statement that defines a table commits, whatever the transaction. */
  boolean commitsEachDefinition() {
    return this == MARIADB || this == MYSQL;
  }

  /** Whether several may write at once. */
  boolean isServer() {
    return this != SQLITE;
  }
}
