package io.github.nylaswebhook.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.github.nylaswebhook.jdbc.EmbeddedDatabase;
import io.github.nylaswebhook.jdbc.JdbcSchema;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** A database that the benchmarks run on, and a pool of connections to it. */
record Storage(String name, HikariDataSource pool, AutoCloseable closeable)
    implements AutoCloseable {
  /** As many as ask at once, so that the floor doesn't wait for connections. */
  private static final int CONNECTIONS = 40;

  static Storage open(String name) throws IOException {
    if (name.equals("postgresql")) {
      EmbeddedPostgres server =
          // The embedded server's own default is off: a commit that isn't on the disk is none.
          EmbeddedPostgres.builder()
              .setServerConfig("fsync", "on")
              .setServerConfig("synchronous_commit", "on")
              .setServerConfig("full_page_writes", "on")
              .start();
      return of(name, server.getPostgresDatabase(), CONNECTIONS, server);
    }
    if (name.equals("sqlite")) {
      Path folder = Files.createTempDirectory("nylas-webhook-benchmark");
      EmbeddedDatabase database = EmbeddedDatabase.open(folder.resolve("benchmark.db"));
      return of(name, database.dataSource(), 1, database);
    }
    throw new IllegalArgumentException("postgresql or sqlite, not " + name);
  }

  private static Storage of(String name, DataSource dataSource, int size, AutoCloseable server) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(dataSource);
    config.setMaximumPoolSize(size);
    HikariDataSource pool = new HikariDataSource(config);
    JdbcSchema.createSchemaIfMissing(pool);
    return new Storage(name, pool, server);
  }

  void execute(String... statements) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : List.of(statements)) {
        statement.execute(sql);
      }
    }
  }

  /** Starts to measure what this process and the database's server do. */
  Stopwatch startWatch() throws SQLException {
    return new Stopwatch(server());
  }

  private Optional<ProcessHandle> server() throws SQLException {
    if (!name.equals("postgresql")) {
      return Optional.empty();
    }
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
      row.next();
      return ProcessHandle.of(row.getLong(1)).flatMap(ProcessHandle::parent);
    }
  }

  /** Time, and the processor time of all who take part. */
  static final class Stopwatch {
    private final Optional<ProcessHandle> server;
    private final long start = System.nanoTime();
    private final Duration processorTime;

    private Stopwatch(Optional<ProcessHandle> server) {
      this.server = server;
      this.processorTime = processorTime();
    }

    Ratios.Rate rate(long count) {
      return new Ratios.Rate(
          count * 1e9 / (System.nanoTime() - start),
          processorTime().minus(processorTime).toNanos() / 1e3 / count);
    }

    private Duration processorTime() {
      return Stream.concat(
              Stream.of(ProcessHandle.current()), server.stream().flatMap(ProcessHandle::children))
          .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
          .reduce(Duration.ZERO, Duration::plus);
    }
  }

  @Override
  public void close() throws Exception {
    pool.close();
    closeable.close();
  }
}
