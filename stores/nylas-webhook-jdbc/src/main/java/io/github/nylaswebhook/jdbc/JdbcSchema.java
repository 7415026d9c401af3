package io.github.nylaswebhook.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tables of this module. In production a migration tool creates them: the scripts are plain SQL
 * in this jar, named as Flyway expects, in {@code db/nylas-webhook/postgresql}, {@code mariadb},
 * {@code mysql} and {@code sqlite}; give them a history table of their own, so that their versions
 * don't meet yours.
 *
 * <p>Each version's script changes the tables of the version before, and keeps what is in them.
 * While nodes are brought up to date one after the other, those of the version before work with the
 * tables of the next; the other way round they don't, and say so when they start.
 */
public final class JdbcSchema {
  /** In their order, from the first version on. */
  private static final List<String> SCRIPTS =
      List.of("V1__nylas_webhook.sql", "V2__conversations.sql");

  /** Of the tables that this code works with. */
  static final int VERSION = SCRIPTS.size();

  /**
   * Of MariaDB and MySQL: a table, a column, an index or a row is there already.
   *
   * @see <a href="https://mariadb.com/docs/server/reference/error-codes">MariaDB: error codes</a>
   */
  private static final Set<Integer> THERE_ALREADY = Set.of(1050, 1060, 1061, 1062);

  private static final Logger log = LoggerFactory.getLogger(JdbcSchema.class);

  private JdbcSchema() {}

  /** Where the scripts for this data source's database are, as a location on the class path. */
  public static String location(DataSource dataSource) {
    return location(new Database(dataSource).dialect());
  }

  private static String location(Dialect dialect) {
    return "db/nylas-webhook/" + dialect.folder();
  }

  /**
   * Creates the tables if there are none, brings those of an earlier version up to date, and leaves
   * what is there as it is. For the embedded database, tests and first steps; of several that do it
   * at once, one does.
   *
   * @throws IllegalStateException if the database refuses
   */
  public static void createSchemaIfMissing(DataSource dataSource) {
    Database database = new Database(dataSource);
    try {
      int version = version(database);
      while (version < VERSION) {
        migrate(database, version + 1);
        version = version(database);
      }
      warnOfNewer(version);
    } catch (SQLException e) {
      throw new IllegalStateException(
          "The tables can't be created, or brought up to date: "
              + e.getMessage()
              + ". The scripts for it are in the jar, in "
              + location(database.dialect()),
          e);
    }
  }

  private static void migrate(Database database, int version) throws SQLException {
    Dialect dialect = database.dialect();
    try {
      database.atOnce(
          connection -> {
            try (Statement statement = connection.createStatement()) {
              for (String sql : statements(dialect, version)) {
                execute(statement, sql, dialect);
              }
            }
            return true;
          });
    } catch (SQLException e) {
      // Another one, who began when it was missing, too, has done it.
      if (version(database) < version) {
        throw e;
      }
    }
  }

  /**
   * MariaDB and MySQL commit such statements one by one: what another one, or one that was ended on
   * its way, has done already is passed over, so that the rest is done, too.
   */
  private static void execute(Statement statement, String sql, Dialect dialect)
      throws SQLException {
    try {
      statement.execute(sql);
    } catch (SQLException e) {
      boolean there = dialect.commitsEachDefinition() && THERE_ALREADY.contains(e.getErrorCode());
      if (!there) {
        throw e;
      }
    }
  }

  /**
   * Makes sure that this code can work with the tables.
   *
   * @throws IllegalStateException if they are missing, or of an earlier version
   */
  static void requireCurrent(Database database) {
    int version;
    try {
      version = version(database);
    } catch (SQLException e) {
      throw new IllegalStateException(
          "The tables of nylas-webhook can't be used: " + e.getMessage(), e);
    }
    if (version < VERSION) {
      String found =
          version == 0
              ? "There are no tables of nylas-webhook in this database, such as nylas_webhook_inbox"
              : "The tables of nylas-webhook are of version "
                  + version
                  + ", and this release needs version "
                  + VERSION;
      throw new IllegalStateException(
          found
              + ". Have your migration tool run "
              + String.join(", ", SCRIPTS.subList(version, VERSION))
              + " from the jar's "
              + location(database.dialect())
              + ", or call JdbcSchema.createSchemaIfMissing");
    }
    warnOfNewer(version);
  }

  private static void warnOfNewer(int version) {
    if (version > VERSION) {
      log.warn(
          "The tables of nylas-webhook are of version {}, and this release was made for version {}:"
              + " that is meant for the time until all nodes are up to date",
          version,
          VERSION);
    }
  }

  /** Of the tables that there are; 0 if there are none. */
  private static int version(Database database) throws SQLException {
    try {
      return Math.max(
          1,
          database
              .queryOne(
                  "select max(version) from nylas_webhook_version",
                  statement -> {},
                  row -> row.getInt(1))
              .orElse(1));
    } catch (SQLException e) {
      requireMissing(e);
    }
    try {
      // The last that the first version's script makes.
      database.query(
          "select 1 from nylas_webhook_ticket where 1 = 0", statement -> {}, row -> row.getInt(1));
      return 1;
    } catch (SQLException e) {
      requireMissing(e);
      return 0;
    }
  }

  /** Passes over the failure that says that there is no such table. SQLite has no code for it. */
  private static void requireMissing(SQLException e) throws SQLException {
    boolean missing =
        "42P01".equals(e.getSQLState())
            || "42S02".equals(e.getSQLState())
            || String.valueOf(e.getMessage()).contains("no such table");
    if (!missing) {
      throw e;
    }
  }

  /** A script's statements. It has semicolons and dashes nowhere but where they mean something. */
  static List<String> statements(Dialect dialect, int version) {
    String name = location(dialect) + "/" + SCRIPTS.get(version - 1);
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
