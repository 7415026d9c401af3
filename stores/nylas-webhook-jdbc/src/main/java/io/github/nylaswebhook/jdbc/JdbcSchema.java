package io.github.nylaswebhook.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import javax.sql.DataSource;

/**
 * The tables of this module. In production a migration tool creates them: the scripts are plain SQL
 * in this jar, named as Flyway expects, in {@code db/nylas-webhook/postgresql}, {@code mariadb},
 * {@code mysql} and {@code sqlite}; give them a history table of their own, so that their versions
 * don't meet yours.
 */
public final class JdbcSchema {
  private static final String SCRIPT = "V1__nylas_webhook.sql";

  /** Whoever creates the tables at the same time needs a second, on slow disks some. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private JdbcSchema() {}

  /** Where the scripts for this data source's database are, as a location on the class path. */
  public static String location(DataSource dataSource) {
    return location(new Database(dataSource).dialect());
  }

  private static String location(Dialect dialect) {
    return "db/nylas-webhook/" + dialect.folder();
  }

  /**
   * Creates the tables if there are none, and leaves what is there as it is. For the embedded
   * database, tests and first steps; of several that do it at once, one does.
   *
   * @throws IllegalStateException if the database refuses
   */
  public static void createSchemaIfMissing(DataSource dataSource) {
    Database database = new Database(dataSource);
    try {
      if (exists(dataSource)) {
        return;
      }
      try {
        database.atOnce(
            connection -> {
              try (Statement statement = connection.createStatement()) {
                for (String sql : statements(database.dialect())) {
                  statement.execute(sql);
                }
              }
              return true;
            });
      } catch (SQLException e) {
        // Another one, who began when it was missing, too, has created it.
        if (!exists(dataSource) && !(isOtherAtWork(e) && comesSoon(dataSource))) {
          throw e;
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException(
          "The tables can't be created: "
              + e.getMessage()
              + ". A script for it is in the jar, in "
              + location(database.dialect()),
          e);
    }
  }

  private static boolean exists(DataSource dataSource) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      // The last that the script makes.
      return hasTable(connection, "nylas_webhook_ticket");
    }
  }

  /** MariaDB and MySQL show each table as soon as it is made, before the last one is. */
  private static boolean isOtherAtWork(SQLException e) {
    return "42S01".equals(e.getSQLState());
  }

  private static boolean comesSoon(DataSource dataSource) throws SQLException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (System.nanoTime() - end < 0) {
        Thread.sleep(50);
        if (exists(dataSource)) {
          return true;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  private static boolean hasTable(Connection connection, String table) throws SQLException {
    try (ResultSet found =
        connection
            .getMetaData()
            .getTables(
                connection.getCatalog(), connection.getSchema(), table, new String[] {"TABLE"})) {
      return found.next();
    }
  }

  /**
   * The script's statements. It has semicolons and dashes nowhere but where they mean something.
   */
  static List<String> statements(Dialect dialect) {
    String name = location(dialect) + "/" + SCRIPT;
    try (InputStream script = JdbcSchema.class.getClassLoader().getResourceAsStream(name)) {
      if (script == null) {
        throw new IllegalStateException(name + " isn't in the jar");
      }
      String sql = new String(script.readAllBytes(), UTF_8).replaceAll("--[^\\n]*", "");
      return Arrays.stream(sql.split(";", -1))
          .map(String::strip)
          .filter(one -> !one.isEmpty())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
