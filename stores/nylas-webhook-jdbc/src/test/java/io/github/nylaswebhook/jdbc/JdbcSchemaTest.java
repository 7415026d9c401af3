package io.github.nylaswebhook.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariDataSource;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.Receipt;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sqlite.SQLiteDataSource;

class JdbcSchemaTest {
  @TempDir private Path folder;

  /** One without the tables. */
  private HikariDataSource empty(TestDatabase kind) throws Exception {
    return TestDatabase.pool(
        kind == TestDatabase.SQLITE
            ? "jdbc:sqlite:" + folder.resolve("empty.db") + "?busy_timeout=5000&journal_mode=WAL"
            : kind.openEmpty());
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void theTablesAreCreatedOnceAndLeftAsTheyAre(TestDatabase kind) throws Exception {
    try (HikariDataSource pool = empty(kind)) {
      JdbcSchema.createSchemaIfMissing(pool);
      accept(pool);
      JdbcSchema.createSchemaIfMissing(pool);
      assertThat(Sql.count(pool, "select count(*) from nylas_webhook_inbox")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void ofSeveralThatCreateTheTablesAtOnceNobodyFails(TestDatabase kind) throws Exception {
    try (HikariDataSource pool = empty(kind)) {
      List<Callable<Boolean>> nodes = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        nodes.add(
            () -> {
              JdbcSchema.createSchemaIfMissing(pool);
              // Each may use all of them when it returns.
              return Sql.count(pool, "select count(*) from nylas_webhook_ticket") == 0;
            });
      }
      ExecutorService threads = Executors.newFixedThreadPool(nodes.size());
      try {
        for (Future<Boolean> node : threads.invokeAll(nodes)) {
          assertThat(node.get()).isTrue();
        }
      } finally {
        threads.shutdownNow();
      }
      accept(pool);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = TestDatabase.class,
      names = {"POSTGRESQL", "SQLITE"})
  void flywayRunsTheScriptsBesideAnApplicationsOwn(TestDatabase kind) throws Exception {
    Path own = Files.createDirectories(folder.resolve("own"));
    Files.writeString(own.resolve("V1__own.sql"), "create table own_table (id integer);");
    try (HikariDataSource pool = empty(kind)) {
      Flyway.configure().dataSource(pool).locations("filesystem:" + own).load().migrate();
      Flyway ours =
          Flyway.configure()
              .dataSource(pool)
              .locations("classpath:" + JdbcSchema.location(pool))
              .table("nylas_webhook_schema_history")
              .baselineOnMigrate(true)
              .baselineVersion("0")
              .load();
      assertThat(ours.migrate().migrationsExecuted).isEqualTo(JdbcSchema.VERSION);
      assertThat(ours.migrate().migrationsExecuted).as("again").isZero();
      ours.validate();
      JdbcSchema.createSchemaIfMissing(pool);
      accept(pool);
      assertThat(Sql.count(pool, "select count(*) from own_table")).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void withoutTheTablesAnInboxSaysWhereTheyAre(TestDatabase kind) throws Exception {
    try (HikariDataSource pool = empty(kind)) {
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(() -> JdbcInbox.builder(pool).build())
          .withMessageContaining("nylas_webhook_inbox")
          .withMessageContaining("JdbcSchema");
    }
  }

  @Test
  void aRefusalToCreateTheTablesSaysWhereTheScriptIs() throws Exception {
    Path file = folder.resolve("readonly.db");
    SQLiteDataSource writable = new SQLiteDataSource();
    writable.setUrl("jdbc:sqlite:" + file);
    Sql.run(writable, "create table other (id integer)");
    SQLiteDataSource readOnly = new SQLiteDataSource();
    readOnly.setUrl("jdbc:sqlite:" + file);
    readOnly.setReadOnly(true);
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> JdbcSchema.createSchemaIfMissing(readOnly))
        .withMessageContaining("db/nylas-webhook/sqlite");
  }

  @Test
  void anotherDatabaseIsRefusedByName() {
    DataSource other = database("Oracle", "Oracle Database 23ai", 23, 0);
    for (Runnable use :
        List.<Runnable>of(
            () -> JdbcSchema.createSchemaIfMissing(other),
            () -> JdbcSchema.location(other),
            () -> new JdbcDedupStore(other),
            () -> new JdbcTicketRouter(other),
            () -> JdbcInbox.builder(other).build())) {
      assertThatExceptionOfType(UnsupportedDatabaseException.class)
          .isThrownBy(use::run)
          .withMessageContainingAll("Oracle", "PostgreSQL", "MariaDB", "MySQL", "SQLite");
    }
  }

  @Test
  void serversThatAreTooOldAreRefused() {
    assertThatExceptionOfType(UnsupportedDatabaseException.class)
        .isThrownBy(() -> JdbcSchema.location(database("MariaDB", "10.5.29-MariaDB", 10, 5)))
        .withMessageContainingAll("10.5", "10.6");
    assertThatExceptionOfType(UnsupportedDatabaseException.class)
        .isThrownBy(() -> JdbcSchema.location(database("MySQL", "5.7.44", 5, 7)))
        .withMessageContainingAll("5.7", "8.0");
    assertThat(JdbcSchema.location(database("MySQL", "8.4.3", 8, 4)))
        .isEqualTo("db/nylas-webhook/mysql");
    // MySQL's driver, and a MariaDB.
    assertThat(JdbcSchema.location(database("MySQL", "11.4.2-MariaDB", 11, 4)))
        .isEqualTo("db/nylas-webhook/mariadb");
  }

  @Test
  void eachScriptIsWhereItsLocationSays() throws Exception {
    for (Dialect dialect : Dialect.values()) {
      assertThat(JdbcSchema.statements(dialect, 1))
          .as(dialect.name())
          .anyMatch(sql -> sql.startsWith("create table nylas_webhook_inbox"))
          .anyMatch(sql -> sql.startsWith("create table nylas_webhook_claim"))
          .anyMatch(sql -> sql.startsWith("create table nylas_webhook_ticket"));
      assertThat(JdbcSchema.statements(dialect, 2))
          .as(dialect.name())
          .anyMatch(sql -> sql.startsWith("create table nylas_webhook_conversation"))
          .anyMatch(sql -> sql.startsWith("create table nylas_webhook_conversation_key"))
          .anyMatch(sql -> sql.startsWith("insert into nylas_webhook_version"));
    }
  }

  private static void accept(DataSource database) throws Exception {
    try (JdbcInbox inbox = JdbcInbox.builder(database).build()) {
      assertThat(inbox.accept(new Delivery("1", "", false, Instant.now(), new byte[1])))
          .isEqualTo(Receipt.ACCEPTED);
    }
  }

  /** One that nobody can start here: it says what it is, and nothing else. */
  private static DataSource database(String product, String version, int major, int minor) {
    DatabaseMetaData metaData =
        answering(
            DatabaseMetaData.class,
            Map.of(
                "getDatabaseProductName", product,
                "getDatabaseProductVersion", version,
                "getDatabaseMajorVersion", major,
                "getDatabaseMinorVersion", minor));
    Connection connection = answering(Connection.class, Map.of("getMetaData", metaData));
    return answering(DataSource.class, Map.of("getConnection", connection));
  }

  private static <T> T answering(Class<T> type, Map<String, Object> answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              Object answer = answers.get(method.getName());
              if (answer == null && !method.getName().equals("close")) {
                throw new UnsupportedOperationException(method.toString());
              }
              return answer;
            }));
  }
}
