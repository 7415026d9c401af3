package io.github.nylaswebhook.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.InboxUnavailableException;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.inbox.Receipt;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.internal.Threads;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What an inbox does, and says, while its database can't be reached, written or filled. */
class JdbcInboxOutageTest {
  private static final RetryPolicy POLICY =
      new RetryPolicy(Duration.ofMillis(20), Duration.ofMillis(50), 3, Duration.ofDays(7));

  private static final Duration LONG_ENOUGH = Duration.ofSeconds(20);

  private final List<AutoCloseable> open = new ArrayList<>();
  private final Log log = new Log();

  /** Everything that is logged by anybody. */
  private static final class Log extends AppenderBase<ILoggingEvent> {
    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();

    @Override
    protected void append(ILoggingEvent event) {
      event.getFormattedMessage();
      events.add(event);
    }

    /** The inbox's own lines of a level. */
    List<String> ours(Level level) {
      return events.stream()
          .filter(event -> event.getLoggerName().equals(JdbcInbox.class.getName()))
          .filter(event -> event.getLevel() == level)
          .map(ILoggingEvent::getFormattedMessage)
          .filter(message -> !message.startsWith("The inbox holds"))
          .toList();
    }

    /** What others than the pool say, which isn't ours, at WARN and above. */
    List<String> alarms() {
      return events.stream()
          .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
          .filter(event -> !event.getLoggerName().startsWith("com.zaxxer"))
          .map(event -> event.getLoggerName() + ": " + event.getFormattedMessage())
          .toList();
    }
  }

  @BeforeEach
  void listen() {
    Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    log.setContext(root.getLoggerContext());
    log.start();
    root.addAppender(log);
    Logger ours = (Logger) LoggerFactory.getLogger(JdbcInbox.class);
    Level before = ours.getLevel();
    ours.setLevel(Level.INFO);
    open.add(
        () -> {
          ours.setLevel(before);
          root.detachAppender(log);
        });
  }

  @AfterEach
  void close() throws Exception {
    for (int i = open.size() - 1; i >= 0; i--) {
      open.get(i).close();
    }
  }

  private <T extends AutoCloseable> T closing(T resource) {
    open.add(resource);
    return resource;
  }

  private static JdbcInbox.Builder fast(DataSource dataSource) {
    return JdbcInbox.builder(dataSource).retryPolicy(POLICY).pollInterval(Duration.ofMillis(100));
  }

  @Test
  void aDatabaseOutOfReachIsWaitedForAndSaidOnce() throws Exception {
    String url = TestDatabase.POSTGRESQL.openEmpty();
    Relay relay = closing(Relay.before(url));
    HikariDataSource direct = closing(TestDatabase.pool(url));
    JdbcSchema.createSchemaIfMissing(direct);
    HikariDataSource pool = closing(quick(relay.through(url)));
    WatchedDataSource watched = new WatchedDataSource(pool);
    JdbcInbox inbox = closing(fast(watched.dataSource()).build());
    CountDownLatch finish = new CountDownLatch(1);
    Work work =
        new Work(
            attempt -> attempt.delivery().id().equals("meanwhile") ? after(finish) : Work.DONE);
    inbox.start(work);
    inbox.accept(delivery("before"));
    inbox.accept(delivery("meanwhile"));
    await().until(() -> work.settled().size() == 1 && work.tries().size() == 2);

    relay.cut();
    for (int i = 0; i < 5; i++) {
      assertRefused(inbox, "during " + i, 200);
    }
    // Its outcome is kept until it can be stored.
    finish.countDown();
    Sql.run(direct, "insert into nylas_webhook_inbox " + ROW);
    int connections = watched.connections();
    assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(inbox::statistics);
    assertThatExceptionOfType(StoreUnavailableException.class)
        .isThrownBy(() -> inbox.deadLetters().list("", 1));
    assertThatExceptionOfType(StoreUnavailableException.class)
        .isThrownBy(() -> inbox.deadLetters().get("1"));
    assertThatExceptionOfType(StoreUnavailableException.class)
        .isThrownBy(() -> inbox.deadLetters().replay("1"));
    assertThatExceptionOfType(StoreUnavailableException.class)
        .isThrownBy(() -> inbox.deadLetters().discard("1"));
    assertThat(watched.connections() - connections).isLessThan(20);
    assertThat(log.ours(Level.WARN)).singleElement().asString().contains("503");
    assertThat(log.ours(Level.INFO)).isEmpty();

    relay.mend();
    await().atMost(LONG_ENOUGH).until(() -> accepts(inbox, "after"));
    await()
        .atMost(LONG_ENOUGH)
        .until(() -> work.settled().containsAll(List.of("meanwhile Done", "after Done", "1 Done")));
    await().until(() -> log.ours(Level.INFO).size() == 1);
    assertThat(log.ours(Level.INFO).get(0)).contains("works again");
    assertThat(log.ours(Level.WARN)).hasSize(1);
    assertThat(log.alarms()).hasSizeLessThan(6);
    assertThat(work.tries()).extracting(Work.Try::number).containsOnly(1);
    assertThat(work.ids()).doesNotHaveDuplicates();
    assertThat(inbox.statistics().deadLetters()).isZero();
    inbox.close();
    assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
  }

  private static final String ROW =
      "(task_name, task_instance, task_data, execution_time, picked, version, delivery_state,"
          + " delivery_format, delivery_id, delivery_type, gzip, received_at, waiting_since,"
          + " attempts, waits) values ('nylas-webhook-delivery', 'delivery:1', '', now(), false, 1,"
          + " 'WAITING', 1, '1', '', false, 0, extract(epoch from now()) * 1000, 0, 0)";

  @Test
  void aSecondOutageIsSaidToo() throws Exception {
    String url = TestDatabase.POSTGRESQL.openEmpty();
    Relay relay = closing(Relay.before(url));
    HikariDataSource pool = closing(quick(relay.through(url)));
    JdbcSchema.createSchemaIfMissing(pool);
    JdbcInbox inbox = closing(fast(pool).acceptTimeout(Duration.ofMillis(500)).build());
    // One that only accepts: nobody polls.
    for (int outage = 1; outage <= 2; outage++) {
      int times = outage;
      relay.cut();
      assertRefused(inbox, "during", 200);
      assertThat(log.ours(Level.WARN)).hasSize(times);
      relay.mend();
      await().atMost(LONG_ENOUGH).until(() -> accepts(inbox, "after " + times));
      await()
          .atMost(LONG_ENOUGH)
          .until(() -> accepts(inbox, "again") && log.ours(Level.INFO).size() == times);
      assertThat(log.ours(Level.WARN)).hasSize(times);
    }
  }

  @Test
  void aPostgresqlThatIsReadOnlyIsWaitedForInPeace() throws Exception {
    HikariDataSource pool = closing(TestDatabase.POSTGRESQL.open());
    String name = Sql.value(pool, "select current_database()");
    WatchedDataSource watched = new WatchedDataSource(pool);
    JdbcInbox inbox = closing(fast(watched.dataSource()).build());
    for (int i = 0; i < 40; i++) {
      inbox.accept(delivery("" + i));
    }
    Sql.run(pool, "alter database " + name + " set default_transaction_read_only = on");
    renew(pool);
    Work work = Work.done();
    inbox.start(work);
    assertWaitsInPeace(inbox, watched);
    Sql.run(
        pool,
        "begin read write; alter database "
            + name
            + " set default_transaction_read_only = off; commit");
    renew(pool);
    assertGoesOn(inbox, work, 40);
  }

  private static HikariDataSource quick(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(10);
    config.setConnectionTimeout(300);
    return new HikariDataSource(config);
  }

  private static void renew(HikariDataSource pool) throws Exception {
    // One that is still being made would have the settings of before.
    await().until(() -> pool.getHikariPoolMXBean().getTotalConnections() == 10);
    pool.getHikariPoolMXBean().softEvictConnections();
  }

  @Test
  void aSqliteThatIsReadOnlyIsWaitedForInPeace() throws Exception {
    HikariDataSource pool = closing(TestDatabase.SQLITE.open());
    WatchedDataSource watched = new WatchedDataSource(pool);
    JdbcInbox inbox = closing(fast(watched.dataSource()).build());
    for (int i = 0; i < 40; i++) {
      inbox.accept(delivery("" + i));
    }
    Sql.run(pool, "pragma query_only = 1");
    Work work = Work.done();
    inbox.start(work);
    assertWaitsInPeace(inbox, watched);
    Sql.run(pool, "pragma query_only = 0");
    assertGoesOn(inbox, work, 40);
  }

  @Test
  void aFullDatabaseIsWaitedForInPeace() throws Exception {
    HikariDataSource pool = closing(TestDatabase.SQLITE.open());
    WatchedDataSource watched = new WatchedDataSource(pool);
    JdbcInbox inbox = closing(fast(watched.dataSource()).build());
    CountDownLatch finish = new CountDownLatch(1);
    Work work = new Work(attempt -> after(finish));
    inbox.start(work);
    inbox.accept(delivery("0"));
    await().until(() -> work.tries().size() == 1);
    Sql.run(pool, "pragma max_page_count = 1");
    // To the last page.
    int filled = 0;
    while (filled < 50 && accepts(inbox, "filling " + filled)) {
      filled++;
    }
    assertWaitsInPeace(inbox, watched);
    finish.countDown();
    await().until(() -> work.settled().contains("0 Done"));
    Sql.run(pool, "pragma max_page_count = 1000000");
    assertGoesOn(inbox, work, 1);
  }

  /** Refuses, says so once, and doesn't keep the database or the log busy. */
  private void assertWaitsInPeace(JdbcInbox inbox, WatchedDataSource watched) {
    await().atMost(LONG_ENOUGH).untilAsserted(() -> assertThat(log.ours(Level.WARN)).isNotEmpty());
    int asked = watched.connections();
    // Time itself is what is looked at here: some pauses, and what happens in them.
    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(500))
        .until(
            () -> {
              assertRefused(inbox, "during", 2000);
              return true;
            });
    // Those of ours, and a poll or a look now and then.
    assertThat(watched.connections() - asked).isLessThan(100);
    assertThat(log.ours(Level.WARN)).hasSize(1);
    assertThat(log.ours(Level.INFO)).isEmpty();
    assertThat(log.alarms()).hasSizeLessThan(8);
  }

  private void assertGoesOn(JdbcInbox inbox, Work work, int before) {
    await().atMost(LONG_ENOUGH).until(() -> accepts(inbox, "after"));
    await()
        .atMost(LONG_ENOUGH)
        .until(
            () ->
                work.settled().stream().filter(s -> s.endsWith(" Done")).count() >= before + 1
                    && work.settled().contains("after Done"));
    await().until(() -> log.ours(Level.INFO).size() == 1);
    assertThat(log.ours(Level.WARN)).hasSize(1);
    assertThat(work.tries()).extracting(Work.Try::number).containsOnly(1);
    assertThat(work.ids()).doesNotHaveDuplicates();
  }

  @Test
  void aRowThatIsRefusedIsNoOutage() throws Exception {
    HikariDataSource pool = closing(TestDatabase.POSTGRESQL.open());
    Sql.run(pool, "alter table nylas_webhook_inbox add check (delivery_id <> 'bad')");
    JdbcInbox inbox = closing(fast(pool).build());
    Work work = Work.done();
    inbox.start(work);
    assertThatExceptionOfType(InboxUnavailableException.class)
        .isThrownBy(() -> inbox.accept(delivery("bad")));
    inbox.accept(delivery("good"));
    await().atMost(Duration.ofSeconds(5)).until(() -> work.settled().size() == 1);
    assertThat(log.ours(Level.WARN)).singleElement().asString().contains("bad", "23514");
    // As PostgreSQL quotes bytes.
    assertThat(log.ours(Level.WARN).get(0)).doesNotContain("626f6479");
    assertThat(log.ours(Level.INFO)).isEmpty();
  }

  @Test
  void closingDuringAnOutageEndsInTimeAndSaysLittle() throws Exception {
    String url = TestDatabase.POSTGRESQL.openEmpty();
    Relay relay = closing(Relay.before(url));
    HikariDataSource pool = closing(quick(relay.through(url)));
    JdbcSchema.createSchemaIfMissing(pool);
    JdbcInbox inbox = fast(pool).drainTimeout(Duration.ofMillis(500)).build();
    CountDownLatch finish = new CountDownLatch(1);
    Work work = new Work(attempt -> after(finish));
    inbox.start(work);
    inbox.accept(delivery("1"));
    await().until(() -> work.tries().size() == 1);
    relay.cut();
    finish.countDown();
    assertRefused(inbox, "2", 200);
    long start = System.nanoTime();
    inbox.close();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
    assertThat(log.alarms()).hasSizeLessThan(8);
  }

  private static void assertRefused(JdbcInbox inbox, String id, int bytes) {
    assertThatExceptionOfType(InboxUnavailableException.class)
        .isThrownBy(
            () -> inbox.accept(new Delivery(id, "", false, Instant.now(), new byte[bytes])));
  }

  private static boolean accepts(JdbcInbox inbox, String id) {
    try {
      return inbox.accept(delivery(id)) == Receipt.ACCEPTED || id.equals("again");
    } catch (InboxUnavailableException e) {
      return false;
    }
  }

  private static Outcome after(CountDownLatch latch) {
    try {
      boolean came =
          Threads.<Boolean, InterruptedException>blocking(() -> latch.await(60, TimeUnit.SECONDS));
      assertThat(came).isTrue();
      return Work.DONE;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Delivery delivery(String id) {
    return new Delivery(
        id, "message.created", false, Instant.now(), ("body of " + id).getBytes(UTF_8));
  }
}
