package io.github.nylaswebhook.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** What tests do to a database, and ask of it, behind the back of whoever is tested. */
final class Sql {
  private Sql() {}

  /** One statement that changes something; how many rows it did. */
  static int run(DataSource database, String sql, Object... parameters) throws SQLException {
    try (Connection connection = database.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      set(statement, parameters);
      int changed = statement.execute() ? 0 : statement.getUpdateCount();
      if (!connection.getAutoCommit()) {
        connection.commit();
      }
      return changed;
    }
  }

  /** The first column of all rows, as strings; null where it is. */
  static List<String> column(DataSource database, String sql, Object... parameters)
      throws SQLException {
    try (Connection connection = database.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      set(statement, parameters);
      List<String> found = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(rows.getString(1));
        }
      }
      if (!connection.getAutoCommit()) {
        connection.rollback();
      }
      return found;
    }
  }

  /** The one value of the one row. */
  static String value(DataSource database, String sql, Object... parameters) throws SQLException {
    List<String> found = column(database, sql, parameters);
    if (found.size() != 1) {
      throw new AssertionError(sql + " gives " + found.size() + " rows");
    }
    return found.get(0);
  }

  static int count(DataSource database, String sql, Object... parameters) throws SQLException {
    return Integer.parseInt(value(database, sql, parameters));
  }

  private static void set(PreparedStatement statement, Object... parameters) throws SQLException {
    for (int i = 0; i < parameters.length; i++) {
      statement.setObject(i + 1, parameters[i]);
    }
  }
}
