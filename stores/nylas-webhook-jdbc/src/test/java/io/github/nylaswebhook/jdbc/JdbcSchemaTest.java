package io.github.nylaswebhook.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.zaxxer.hikari.HikariDataSource;
import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.DeadLetter;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.Disposition;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.inbox.Receipt;
import io.github.nylaswebhook.internal.Digests;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;
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
      assertAllCreate(pool);
    }
  }

  private static void assertAllCreate(HikariDataSource pool) throws Exception {
    List<Callable<Boolean>> nodes = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      nodes.add(
          () -> {
            JdbcSchema.createSchemaIfMissing(pool);
            // Each may use all of them when it returns.
            return Sql.count(pool, "select count(*) from nylas_webhook_ticket") == 0
                && Sql.count(pool, "select max(version) from nylas_webhook_version")
                    == JdbcSchema.VERSION;
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

  /** The tables as version 1 made them. */
  private static void firstVersion(DataSource pool) throws Exception {
    for (String sql : JdbcSchema.statements(new Database(pool).dialect(), 1)) {
      Sql.run(pool, sql);
    }
  }

  private static void row(DataSource pool, String id, String state) throws Exception {
    boolean dead = state.equals("DEAD");
    String due =
        new Database(pool).dialect() == Dialect.SQLITE
            ? (dead ? "253370764800000" : "0")
            : (dead ? "'9999-01-01 00:00:00'" : "'2026-01-01 00:00:00'");
    // As version 1 inserts.
    Sql.run(
        pool,
        "insert into nylas_webhook_inbox (task_name, task_instance, task_data, execution_time, picked,"
            + " version, delivery_state, delivery_format, delivery_id, delivery_type, gzip, received_at,"
            + " waiting_since, attempts, waits, died_at) values ('nylas-webhook-delivery', ?, ?, "
            + due
            + ", false, 1, ?, 1, ?, 'message.created', false, ?, ?, 0, 0, ?)",
        InboxTable.key(id),
        new byte[] {1, 2},
        state,
        id,
        System.currentTimeMillis(),
        System.currentTimeMillis(),
        dead ? 1L : null);
  }

  private static void ticket(DataSource pool, String key) throws Exception {
    Sql.run(
        pool,
        "insert into nylas_webhook_ticket (idempotency_key, grant_id, message_id, thread_id, kind, silent,"
            + " category, priority, tags, route, subject, from_name, from_email, recipients, excerpt,"
            + " received_at, body, evidence) values (?, 'g', 'm', 't', 'human', false, 'c', 'low', '[]', '',"
            + " 's', '', 'a@example.com', '[]', '', 0, '', '[]')",
        key);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void theTablesOfTheFirstVersionAreBroughtUpToDateWithWhatIsInThem(TestDatabase kind)
      throws Exception {
    try (HikariDataSource pool = empty(kind)) {
      firstVersion(pool);
      row(pool, "waits", "WAITING");
      row(pool, "died", "DEAD");
      ticket(pool, "old");
      Sql.run(
          pool,
          "insert into nylas_webhook_claim values (?, 'k', 't', true, 0, 9999999999999)",
          Digests.sha256Hex("k"));

      JdbcSchema.createSchemaIfMissing(pool);
      // A node of the first version goes on, on the same tables.
      row(pool, "by another", "WAITING");
      ticket(pool, "by another");

      List<Delivery> processed = new CopyOnWriteArrayList<>();
      try (JdbcInbox inbox = JdbcInbox.builder(pool).build()) {
        DeadLetter letter = inbox.deadLetters().get("died").orElseThrow();
        assertThat(letter.delivery().sequence()).isEmpty();
        assertThat(inbox.accept(new Delivery("waits", "", false, Instant.now(), new byte[1])))
            .isEqualTo(Receipt.DUPLICATE);
        inbox.start(
            attempt -> {
              assertThat(attempt.predecessors()).isEmpty();
              processed.add(attempt.delivery());
              return new Outcome.Done(Disposition.ROUTED, List.of());
            });
        await().until(() -> processed.size() == 2);
      }
      assertThat(processed)
          .extracting(Delivery::id)
          .containsExactlyInAnyOrder("waits", "by another");
      assertThat(processed).allMatch(delivery -> delivery.size() == 2);
      assertThat(new JdbcDedupStore(pool).claim("k", Duration.ofMinutes(1)))
          .isInstanceOf(Claim.Completed.class);
      assertThat(new JdbcTicketRouter(pool).newest(5))
          .extracting(StoredTicket::idempotencyKey)
          .containsExactly("by another", "old");
      assertThat(new JdbcTicketRouter(pool).newest(1))
          .allMatch(one -> one.text().isEmpty() && !one.isFollowUp() && !one.note());
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void ofSeveralThatBringTheTablesUpToDateAtOnceNobodyFails(TestDatabase kind) throws Exception {
    try (HikariDataSource pool = empty(kind)) {
      firstVersion(pool);
      assertAllCreate(pool);
    }
  }

  @Test
  void whatWasLeftHalfDoneIsFinished() throws Exception {
    // MariaDB commits each statement: whoever is killed leaves the first ones done.
    for (int version = 1; version <= JdbcSchema.VERSION; version++) {
      int statements = JdbcSchema.statements(Dialect.MARIADB, version).size();
      for (int done = 1; done < statements; done++) {
        try (HikariDataSource pool = empty(TestDatabase.MARIADB)) {
          if (version > 1) {
            firstVersion(pool);
          }
          for (String sql : JdbcSchema.statements(Dialect.MARIADB, version).subList(0, done)) {
            Sql.run(pool, sql);
          }
          JdbcSchema.createSchemaIfMissing(pool);
          accept(pool);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void tablesOfAnEarlierVersionAreSaidToBeSo(TestDatabase kind) throws Exception {
    try (HikariDataSource pool = empty(kind)) {
      firstVersion(pool);
      for (Runnable use :
          List.<Runnable>of(
              () -> JdbcInbox.builder(pool).build(),
              () -> new JdbcConversationStore(pool),
              () -> new JdbcTicketRouter(pool))) {
        assertThatExceptionOfType(IllegalStateException.class)
            .isThrownBy(use::run)
            .withMessageContainingAll(
                "of version 1", "needs version 2", "V2__", JdbcSchema.location(pool))
            .satisfies(e -> assertThat(e.getMessage()).doesNotContain("V1__"));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void tablesOfALaterVersionAreUsedAndSaidToBeSo(TestDatabase kind) throws Exception {
    Logger logger = (Logger) LoggerFactory.getLogger(JdbcSchema.class);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.addAppender(log);
    try (HikariDataSource pool = empty(kind)) {
      JdbcSchema.createSchemaIfMissing(pool);
      assertThat(log.list).isEmpty();
      Sql.run(pool, "insert into nylas_webhook_version (version) values (3)");
      JdbcSchema.createSchemaIfMissing(pool);
      accept(pool);
      assertThat(log.list)
          .hasSize(2)
          .allSatisfy(
              event -> assertThat(event.getFormattedMessage()).contains("version 3", "version 2"));
    } finally {
      logger.detachAppender(log);
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
