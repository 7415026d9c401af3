package io.github.nylaswebhook.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.InboxUnavailableException;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.inbox.Receipt;
import io.github.nylaswebhook.inbox.RetryPolicy;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How deliveries come into the database: exactly once, together, and whatever others do. */
class JdbcInboxAcceptTest {
  private static final RetryPolicy POLICY =
      new RetryPolicy(Duration.ofMillis(20), Duration.ofMillis(50), 3, Duration.ofDays(7));

  private static final ThreadLocal<Connection> TRANSACTION = new ThreadLocal<>();

  private final List<AutoCloseable> open = new ArrayList<>();

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

  // ---- transactions of callers, and pools

  @ParameterizedTest
  @EnumSource(
      value = TestDatabase.class,
      names = {"POSTGRESQL", "MARIADB"})
  void whatIsAcceptedWithinACallersTransactionIsCommitted(TestDatabase kind) throws Exception {
    HikariDataSource pool = closing(kind.open());
    JdbcInbox inbox = closing(JdbcInbox.builder(transactional(pool)).build());
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      TRANSACTION.set(connection);
      assertThat(inbox.accept(delivery("1"))).isEqualTo(Receipt.ACCEPTED);
      assertThat(inbox.accept(delivery("1"))).isEqualTo(Receipt.DUPLICATE);
      TRANSACTION.remove();
      connection.rollback();
      connection.setAutoCommit(true);
    }
    assertThat(Sql.count(pool, "select count(*) from nylas_webhook_inbox")).isEqualTo(1);
  }

  /** As Spring's proxies are: whoever is in a transaction gets its connection, which stays open. */
  private static DataSource transactional(DataSource pool) {
    return proxy(
        DataSource.class,
        pool,
        method -> {
          Connection connection = TRANSACTION.get();
          return method.equals("getConnection") && connection != null
              ? proxy(Connection.class, connection, m -> m.equals("close") ? Boolean.TRUE : null)
              : null;
        });
  }

  private interface Instead {
    Object does(String method);
  }

  private static <T> T proxy(Class<T> type, T real, Instead instead) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              Object done = instead.does(method.getName());
              if (done != null) {
                return method.getReturnType() == void.class ? null : done;
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aPoolWhoseConnectionsDontCommitByThemselvesWillDo(TestDatabase kind) throws Exception {
    HikariDataSource pool = closing(kind.open());
    HikariConfig config = new HikariConfig();
    config.setDataSource(pool);
    config.setAutoCommit(false);
    config.setMaximumPoolSize(kind == TestDatabase.SQLITE ? 1 : 5);
    HikariDataSource manual = closing(new HikariDataSource(config));
    JdbcInbox inbox =
        closing(
            JdbcInbox.builder(manual)
                .retryPolicy(POLICY)
                .retention(Duration.ofMillis(1))
                .pollInterval(Duration.ofMillis(100))
                .build());
    Work work =
        new Work(
            attempt -> {
              attempt.save(attempt.progress().with("tried", "yes"));
              if (attempt.number() == 1 && !attempt.delivery().id().startsWith("d")) {
                return new Outcome.RetryAt(Instant.now(), true, "again");
              }
              return attempt.delivery().id().equals("dead") ? new Outcome.Dead("x") : Work.DONE;
            });
    inbox.start(work);
    List<String> ids = List.of("1", "2", "dead", "done");
    accept(inbox, ids);
    await().until(() -> work.settled().size() == 6);
    assertThat(work.tries()).hasSize(6);
    assertThat(work.settled())
        .contains("1 Done", "2 Done", "dead Dead", "done Done")
        .doesNotHaveDuplicates();
    assertThat(inbox.accept(delivery("1"))).isEqualTo(Receipt.DUPLICATE);
    // What db-scheduler writes is committed, too.
    try (Connection connection = manual.getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                "update nylas_webhook_inbox set execution_time = ? where delivery_id = '2'")) {
      Dialect.of(connection).scheduling().setInstant(statement, 1, Instant.now().minusSeconds(1));
      assertThat(statement.executeUpdate()).isEqualTo(1);
      connection.commit();
    }
    await()
        .until(
            () ->
                Sql.count(
                        manual, "select count(*) from nylas_webhook_inbox where delivery_id = '2'")
                    == 0);
    inbox.purge();
    inbox.close();
    assertThat(Sql.column(manual, "select delivery_id from nylas_webhook_inbox"))
        .as("seen by another connection")
        .containsExactly("dead");
    assertThat(manual.getHikariPoolMXBean().getActiveConnections()).isZero();
    JdbcDedupStore claims = new JdbcDedupStore(manual);
    assertThat(claims.claim("1", Duration.ofMinutes(1))).isInstanceOf(Claim.Claimed.class);
    assertThat(claims.claim("1", Duration.ofMinutes(1))).isInstanceOf(Claim.InProgress.class);
  }

  // ---- exactly once

  static Stream<Arguments> drivers() {
    return Stream.of(
        Arguments.of(TestDatabase.POSTGRESQL, ""),
        Arguments.of(TestDatabase.POSTGRESQL, "reWriteBatchedInserts=true"),
        Arguments.of(TestDatabase.MARIADB, ""),
        Arguments.of(TestDatabase.MARIADB, "useBulkStmts=true"),
        Arguments.of(
            TestDatabase.MARIADB, "useBulkStmtsForInserts=true&rewriteBatchedStatements=true"),
        Arguments.of(TestDatabase.MARIADB, "useAffectedRows=true"),
        Arguments.of(TestDatabase.SQLITE, ""));
  }

  @ParameterizedTest
  @MethodSource("drivers")
  void ofAllWhoDeliverTheSameOneIsAccepted(TestDatabase kind, String option) throws Exception {
    HikariDataSource pool;
    if (kind == TestDatabase.SQLITE) {
      pool = closing(kind.open());
    } else {
      String url = kind.openEmpty();
      pool = closing(TestDatabase.pool(url + (url.contains("?") ? "&" : "?") + option));
      JdbcSchema.createSchemaIfMissing(pool);
    }
    List<JdbcInbox> nodes =
        List.of(
            closing(JdbcInbox.builder(pool).acceptTimeout(Duration.ofSeconds(30)).build()),
            closing(JdbcInbox.builder(pool).acceptTimeout(Duration.ofSeconds(30)).build()));
    // Some are there already, so that batches hold both.
    accept(nodes.get(0), List.of("0", "5", "10", "15"));
    Map<String, Integer> accepted = new ConcurrentHashMap<>();
    List<Callable<Boolean>> senders = new ArrayList<>();
    for (int sender = 0; sender < 32; sender++) {
      JdbcInbox node = nodes.get(sender % 2);
      List<Integer> ids = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        ids.add(i);
      }
      // Everybody in another order, as whoever wants to see a deadlock would.
      Collections.shuffle(ids, new Random(sender));
      senders.add(
          () -> {
            for (int id : ids) {
              if (node.accept(delivery("" + id)) == Receipt.ACCEPTED) {
                accepted.merge("" + id, 1, Integer::sum);
              }
            }
            return true;
          });
    }
    all(senders);
    assertThat(accepted).hasSize(16).doesNotContainKeys("0", "5", "10", "15");
    assertThat(accepted.values()).containsOnly(1);
    assertThat(Sql.count(pool, "select count(*) from nylas_webhook_inbox")).isEqualTo(20);
    assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
  }

  // ---- together

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatComesTogetherSharesACommit(TestDatabase kind) throws Exception {
    WatchedDataSource watched = new WatchedDataSource(closing(kind.open()));
    JdbcInbox inbox = closing(JdbcInbox.builder(watched.dataSource()).build());
    List<Callable<Receipt>> senders = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      Delivery delivery = delivery("" + i);
      senders.add(() -> inbox.accept(delivery));
    }
    int before = watched.commits();
    List<Receipt> receipts = together(watched, senders);
    assertThat(receipts).hasSize(64).containsOnly(Receipt.ACCEPTED);
    // A writer may have one in its hands; the others wait for the next round.
    assertThat(watched.commits() - before).isBetween(1, 4);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatComesAloneIsCommittedAloneAndAtOnce(TestDatabase kind) throws Exception {
    WatchedDataSource watched = new WatchedDataSource(closing(kind.open()));
    JdbcInbox inbox = closing(JdbcInbox.builder(watched.dataSource()).build());
    accept(inbox, List.of("warm"));
    int connections = watched.connections();
    int commits = watched.commits();
    int writes = watched.writes();
    long fastest = Long.MAX_VALUE;
    for (int i = 0; i < 20; i++) {
      long start = System.nanoTime();
      accept(inbox, List.of("" + i));
      fastest = Math.min(fastest, System.nanoTime() - start);
    }
    assertThat(watched.connections() - connections).isEqualTo(20);
    assertThat(watched.commits() - commits).isEqualTo(20);
    assertThat(watched.writes() - writes).isEqualTo(20);
    assertThat(Duration.ofNanos(fastest)).isLessThan(Duration.ofMillis(40));
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void oneThatTheDatabaseRefusesHarmsNoOther(TestDatabase kind) throws Exception {
    HikariDataSource pool = closing(kind.open());
    Sql.run(
        pool,
        kind == TestDatabase.SQLITE
            ? "create trigger refuse before insert on nylas_webhook_inbox when new.delivery_id ="
                + " 'bad' begin select raise(abort, 'on purpose'); end"
            : "alter table nylas_webhook_inbox add check (delivery_id <> 'bad')");
    WatchedDataSource watched = new WatchedDataSource(pool);
    JdbcInbox inbox = closing(JdbcInbox.builder(watched.dataSource()).build());
    List<Callable<String>> senders = new ArrayList<>();
    for (String id : List.of("1", "2", "3", "4", "bad", "5", "6", "7", "8")) {
      senders.add(
          () -> {
            try {
              return id + " " + inbox.accept(delivery(id));
            } catch (InboxUnavailableException e) {
              return id + " refused";
            }
          });
    }
    assertThat(together(watched, senders))
        .filteredOn(answer -> !answer.endsWith(" ACCEPTED"))
        .containsExactly("bad refused");
    assertThat(Sql.count(pool, "select count(*) from nylas_webhook_inbox")).isEqualTo(8);
  }

  /** All at once, while the writers are held up until all wait. */
  private static <T> List<T> together(WatchedDataSource watched, List<Callable<T>> senders)
      throws Exception {
    List<Thread> threads = new CopyOnWriteArrayList<>();
    List<Future<T>> answers = new ArrayList<>();
    ExecutorService executor =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "sender");
              threads.add(thread);
              return thread;
            });
    try {
      watched.hold();
      senders.forEach(sender -> answers.add(executor.submit(sender)));
      await()
          .until(
              () ->
                  threads.size() == senders.size()
                      && threads.stream()
                          .allMatch(t -> t.getState() == Thread.State.TIMED_WAITING));
      watched.release();
      List<T> got = new ArrayList<>();
      for (Future<T> answer : answers) {
        got.add(answer.get());
      }
      return got;
    } finally {
      watched.release();
      executor.shutdownNow();
    }
  }

  // ---- in time

  @Test
  void aDatabaseThatHangsIsGivenUpInTime() throws Exception {
    HikariDataSource pool = closing(TestDatabase.POSTGRESQL.open());
    JdbcInbox inbox =
        closing(
            JdbcInbox.builder(pool)
                .acceptTimeout(Duration.ofMillis(500))
                .retryPolicy(POLICY)
                .pollInterval(Duration.ofMillis(100))
                .build());
    Work work = Work.done();
    inbox.start(work);
    accept(inbox, List.of("before"));
    await().until(() -> work.settled().size() == 1);
    try (Connection locking = pool.getConnection();
        Statement statement = locking.createStatement()) {
      locking.setAutoCommit(false);
      statement.execute("lock table nylas_webhook_inbox in access exclusive mode");
      List<Callable<Duration>> senders = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        Delivery delivery = delivery("" + i);
        senders.add(
            () -> {
              long start = System.nanoTime();
              assertThatExceptionOfType(InboxUnavailableException.class)
                  .isThrownBy(() -> inbox.accept(delivery));
              return Duration.ofNanos(System.nanoTime() - start);
            });
      }
      for (int round = 0; round < 3; round++) {
        assertThat(all(senders))
            .allSatisfy(
                d -> assertThat(d).isBetween(Duration.ofMillis(400), Duration.ofMillis(1500)));
      }
      locking.rollback();
      locking.setAutoCommit(true);
    }
    await()
        .ignoreException(InboxUnavailableException.class)
        .until(() -> inbox.accept(delivery("after")) != null);
    await().until(() -> work.settled().contains("after Done"));
    inbox.close();
    assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
    assertThat(work.ids()).doesNotHaveDuplicates();
  }

  @Test
  void whoeverIsInterruptedIsTold() throws Exception {
    WatchedDataSource watched = new WatchedDataSource(closing(TestDatabase.POSTGRESQL.open()));
    JdbcInbox inbox = closing(JdbcInbox.builder(watched.dataSource()).build());
    watched.hold();
    CountDownLatch told = new CountDownLatch(1);
    Thread sender =
        new Thread(
            () -> {
              assertThatExceptionOfType(InboxUnavailableException.class)
                  .isThrownBy(() -> inbox.accept(delivery("1")))
                  .withMessageContaining("Interrupted");
              if (Thread.currentThread().isInterrupted()) {
                told.countDown();
              }
            });
    sender.start();
    await().until(() -> sender.getState() == Thread.State.TIMED_WAITING);
    sender.interrupt();
    await().until(() -> told.getCount() == 0);
    watched.release();
  }

  private static void accept(JdbcInbox inbox, List<String> ids) throws Exception {
    for (String id : ids) {
      assertThat(inbox.accept(delivery(id))).isEqualTo(Receipt.ACCEPTED);
    }
  }

  private static <T> List<T> all(List<Callable<T>> calls) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(calls.size());
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> result : threads.invokeAll(calls)) {
        results.add(result.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }

  private static Delivery delivery(String id) {
    return new Delivery(
        id, "message.created", false, Instant.now(), ("body of " + id).getBytes(UTF_8));
  }
}
