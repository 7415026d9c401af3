package io.github.nylaswebhook.spring;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;

/** One server for all tests of a run, and a fresh database for each that asks. */
final class TestPostgres {
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static EmbeddedPostgres server;

  private TestPostgres() {}

  private static synchronized EmbeddedPostgres server() throws IOException {
    if (server == null) {
      EmbeddedPostgres started = EmbeddedPostgres.builder().start();
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    try {
                      started.close();
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  }));
      server = started;
    }
    return server;
  }

  /** The URL of a fresh database without any tables. */
  static String url() throws IOException, SQLException {
    String name = "spring_" + NUMBER.incrementAndGet();
    try (Connection connection =
            DriverManager.getConnection(server().getJdbcUrl("postgres", "postgres"));
        Statement statement = connection.createStatement()) {
      statement.execute("create database " + name);
    }
    return server().getJdbcUrl("postgres", name);
  }

  /** The properties of an application on that database. */
  static String[] properties(String url, String... more) {
    String[] all = new String[more.length + 4];
    all[0] = "spring.datasource.url=" + url;
    all[1] = "spring.datasource.username=postgres";
    all[2] = "spring.datasource.hikari.connection-timeout=5000";
    // Whatever isn't wanted is left out here, too, but for the data source.
    all[3] = "spring.autoconfigure.exclude=" + TestApplication.EXCLUDED_BESIDE_DATA_SOURCE;
    System.arraycopy(more, 0, all, 4, more.length);
    return all;
  }
}
