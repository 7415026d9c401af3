package io.github.nylaswebhook.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A PostgreSQL server that can be stopped and frozen, and stays where it was. */
final class Postgres implements AutoCloseable {
  private final EmbeddedPostgres server;
  private final Path data;
  private final Path programs;
  private final Path folder;
  private long pid;

  private Postgres(EmbeddedPostgres server, Path folder) throws Exception {
    this.server = server;
    this.folder = folder;
    try (Connection connection = DriverManager.getConnection(url("postgres"));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("show data_directory")) {
      row.next();
      data = Path.of(row.getString(1));
    }
    pid = postmaster();
    programs =
        Path.of(ProcessHandle.of(pid).orElseThrow().info().command().orElseThrow()).getParent();
  }

  static Postgres start(Path folder) throws Exception {
    return new Postgres(
        EmbeddedPostgres.builder()
            .setPort(Faults.freePort())
            // The embedded server's own default acknowledges what isn't written.
            .setServerConfig("synchronous_commit", "on")
            .start(),
        folder);
  }

  /** A fresh database; its URL. */
  String database(String name) throws SQLException {
    execute("postgres", "create database " + name);
    return url(name);
  }

  String url(String name) {
    return server.getJdbcUrl("postgres", name);
  }

  void execute(String database, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url(database));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** As {@code pg_ctl stop -m immediate}: connections break, nothing is tidied up. */
  void stop() throws Exception {
    ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
    List<ProcessHandle> all =
        Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
    signal("QUIT", List.of(postmaster));
    await("PostgreSQL to stop")
        .atMost(Faults.PATIENCE)
        .until(() -> all.stream().noneMatch(ProcessHandle::isAlive));
  }

  /** On the same port, with the same data. */
  void startAgain() throws Exception {
    List<String> command = new ArrayList<>();
    if ("root".equals(System.getProperty("user.name"))) {
      // PostgreSQL refuses to run as root; there it is nobody.
      command.addAll(List.of("unshare", "-U"));
    }
    command.addAll(
        List.of(
            programs.resolve("pg_ctl").toString(),
            "-D",
            data.toString(),
            "-o",
            // Without fsync, as the first time: it is the server that dies, not the machine.
            "-p " + server.getPort() + " -F -c synchronous_commit=on -c max_connections=300",
            "-l",
            folder.resolve("postgres.log").toAbsolutePath().toString(),
            "-w",
            "start"));
    run(command);
    pid = postmaster();
  }

  /** It is there, and doesn't answer. */
  void freeze() throws Exception {
    signal("STOP", everything());
  }

  void thaw() throws Exception {
    signal("CONT", everything());
  }

  private List<ProcessHandle> everything() {
    ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
    return Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
  }

  private long postmaster() throws IOException {
    return Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid"), UTF_8).get(0).strip());
  }

  private void signal(String name, List<ProcessHandle> to) throws Exception {
    List<String> command = new ArrayList<>(List.of("kill", "-" + name));
    to.forEach(process -> command.add(Long.toString(process.pid())));
    run(command);
  }

  private void run(List<String> command) throws Exception {
    Path output = folder.resolve("commands.log");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IllegalStateException(command + " failed: see " + output);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
