package io.github.nylaswebhook.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.github.nylaswebhook.inbox.DeadLetter;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.Disposition;
import io.github.nylaswebhook.inbox.InboxUnavailableException;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.inbox.Receipt;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.internal.Threads;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the contract doesn't ask of every inbox: several nodes, their clocks and deaths, rows. */
class JdbcInboxTest {
  private static final RetryPolicy POLICY =
      new RetryPolicy(Duration.ofMillis(20), Duration.ofMillis(50), 3, Duration.ofDays(7));

  /** Only what wakes a node brings it to work in time. */
  private static final Duration SELDOM = Duration.ofSeconds(30);

  private static final Duration OFTEN = Duration.ofMillis(100);

  private static final String ROWS = "select count(*) from nylas_webhook_inbox";

  private final List<AutoCloseable> open = new ArrayList<>();
  private HikariDataSource pool;

  @AfterEach
  void close() throws Exception {
    for (int i = open.size() - 1; i >= 0; i--) {
      open.get(i).close();
    }
  }

  private HikariDataSource database(TestDatabase kind) throws Exception {
    pool = kind.open();
    open.add(pool);
    return pool;
  }

  private HikariDataSource postgresql() throws Exception {
    return database(TestDatabase.POSTGRESQL);
  }

  private JdbcInbox.Builder node() {
    return JdbcInbox.builder(pool).retryPolicy(POLICY).pollInterval(OFTEN);
  }

  private JdbcInbox build(JdbcInbox.Builder builder) {
    JdbcInbox inbox = builder.build();
    open.add(inbox);
    return inbox;
  }

  // ---- nodes

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatOneNodeAcceptsAnotherProcesses(TestDatabase kind) throws Exception {
    database(kind);
    JdbcInbox accepting = build(node());
    JdbcInbox processing = build(node());
    Work work = Work.done();
    processing.start(work);
    for (int i = 0; i < 20; i++) {
      assertThat(accepting.accept(delivery("" + i))).isEqualTo(Receipt.ACCEPTED);
      assertThat(processing.accept(delivery("" + i))).isEqualTo(Receipt.DUPLICATE);
    }
    await().until(() -> work.settled().size() == 20);
    assertThat(work.ids()).doesNotHaveDuplicates();
  }

  @Test
  void aNodeThatOnlyAcceptsChangesNothingElse() throws Exception {
    postgresql();
    JdbcInbox accepting = build(node().retention(Duration.ofMillis(1)).onlyProcess());
    for (String id : List.of("waiting", "picked", "done")) {
      accepting.accept(delivery(id));
    }
    pick("picked", Instant.now().minusSeconds(3600));
    set("done", "delivery_state = 'DONE', execution_time = now() - interval '1 day'");
    String all = "select cast(t as text) from nylas_webhook_inbox t order by delivery_id";
    List<String> before = Sql.column(pool, all);
    accepting.accept(delivery("waiting"));
    accepting.statistics();
    accepting.deadLetters().list("", 10);
    accepting.close();
    assertThat(Sql.column(pool, all)).hasSize(3).isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource(
      value = TestDatabase.class,
      names = {"POSTGRESQL", "MARIADB"})
  void aNodeThatJoinsHelps(TestDatabase kind) throws Exception {
    database(kind);
    CountDownLatch finish = new CountDownLatch(1);
    JdbcInbox first = build(node().workers(1));
    Work slow = new Work(attempt -> after(finish));
    first.start(slow);
    for (int i = 0; i < 10; i++) {
      first.accept(delivery("" + i));
    }
    await().until(() -> slow.tries().size() == 1);
    JdbcInbox second = build(node());
    Work quick = Work.done();
    second.start(quick);
    await().until(() -> quick.settled().size() == 9);
    finish.countDown();
    await().until(() -> slow.settled().size() == 1);
    assertThat(quick.ids()).doesNotContainAnyElementsOf(slow.ids()).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EnumSource(
      value = TestDatabase.class,
      names = {"POSTGRESQL", "MARIADB"})
  void whatANodeLeavesWhenItClosesIsDoneByAnotherAtOnceAndUncounted(TestDatabase kind)
      throws Exception {
    database(kind);
    JdbcInbox leaving = build(node().drainTimeout(Duration.ofMillis(50)).workers(8));
    CountDownLatch never = new CountDownLatch(1);
    Work interrupted =
        new Work(
            attempt -> {
              attempt.save(attempt.progress().with("saved", "yes"));
              return after(never);
            });
    leaving.start(interrupted);
    for (int i = 0; i < 8; i++) {
      leaving.accept(delivery("" + i));
    }
    await().until(() -> interrupted.tries().size() == 8);
    JdbcInbox staying = build(node());
    Work work = Work.done();
    staying.start(work);
    Instant closing = Instant.now();
    leaving.close();
    await().atMost(Duration.ofSeconds(15)).until(() -> work.settled().size() == 8);
    assertThat(work.tries())
        .allSatisfy(
            t -> {
              assertThat(t.number()).isEqualTo(1);
              assertThat(t.progress().has("saved")).isTrue();
            });
    assertThat(interrupted.settled()).isEmpty();
    assertThat(Duration.between(closing, Instant.now())).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void whoeverIgnoresInterruptionIsLeftBehind() throws Exception {
    postgresql();
    CountDownLatch finish = new CountDownLatch(1);
    JdbcInbox leaving = build(node().drainTimeout(Duration.ofMillis(50)));
    Work stubborn =
        new Work(
            attempt -> {
              while (true) {
                try {
                  return after(finish);
                } catch (IllegalStateException e) {
                  assertThat(finish.getCount()).isEqualTo(1);
                }
              }
            });
    leaving.start(stubborn);
    leaving.accept(delivery("1"));
    await().until(() -> stubborn.tries().size() == 1);
    leaving.close();
    JdbcInbox staying = build(node());
    Work work = new Work(attempt -> new Outcome.Dead("by the other"));
    staying.start(work);
    await().until(() -> work.settled().size() == 1);
    finish.countDown();
    // The late one has nothing to say any more.
    await().until(() -> threads("nylas-webhook-worker").size() <= 32);
    assertThat(staying.deadLetters().get("1").orElseThrow().why()).isEqualTo("by the other");
    assertThat(work.tries().get(0).number()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = TestDatabase.class,
      names = {"POSTGRESQL", "MARIADB"})
  void twoNodesProcessEachDeliveryOnce(TestDatabase kind) throws Exception {
    database(kind);
    List<Work> works = List.of(Work.done(), Work.done());
    List<JdbcInbox> nodes = List.of(build(node()), build(node()));
    int count = 300;
    for (int i = 0; i < count / 2; i++) {
      nodes.get(i % 2).accept(delivery("" + i));
    }
    nodes.get(0).start(works.get(0));
    nodes.get(1).start(works.get(1));
    for (int i = count / 2; i < count; i++) {
      nodes.get(i % 2).accept(delivery("" + i));
    }
    await().until(() -> works.stream().mapToInt(work -> work.settled().size()).sum() >= count);
    List<String> processed = works.stream().flatMap(work -> work.ids().stream()).toList();
    assertThat(processed).hasSize(count).doesNotHaveDuplicates();
    assertThat(works).as("both have worked").allSatisfy(w -> assertThat(w.tries()).isNotEmpty());
    assertThat(nodes.get(0).statistics().waiting()).isZero();
  }

  // ---- nodes that died

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatADeadNodeWorkedOnIsDoneByAnotherAndCounted(TestDatabase kind) throws Exception {
    database(kind);
    JdbcInbox node = build(node().pollInterval(SELDOM));
    node.accept(delivery("of the dead"));
    node.accept(delivery("of the living"));
    pick("of the dead", Instant.now().minusSeconds(65));
    pick("of the living", Instant.now().minusSeconds(50));
    Work work = Work.done();
    node.start(work);
    await().until(() -> work.settled().size() == 1);
    assertThat(work.tries().get(0).id()).isEqualTo("of the dead");
    assertThat(work.tries().get(0).number()).isEqualTo(2);
    assertThat(row("of the living", "picked_by")).isEqualTo("somebody");
  }

  @Test
  void whatEndsItsProcessAgainAndAgainIsADeadLetter() throws Exception {
    postgresql();
    JdbcInbox node = build(node());
    node.accept(delivery("deadly"));
    set("deadly", "attempts = 2");
    pick("deadly", Instant.now().minusSeconds(3600));
    Work work = Work.done();
    node.start(work);
    await().until(() -> work.settled().contains("deadly Dead"));
    assertThat(work.tries()).as("it isn't tried again").isEmpty();
    DeadLetter letter = node.deadLetters().get("deadly").orElseThrow();
    assertThat(letter.why()).contains("the process ended while it worked on it", "3 times");
    assertThat(letter.attempts()).isEqualTo(3);
    assertThat(node.deadLetters().replay("deadly")).isTrue();
    await().until(() -> work.settled().contains("deadly Done"));
    assertThat(work.tries().get(0).number()).isEqualTo(1);
    assertThat(work.tries().get(0).body()).isEqualTo("body of deadly");
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void theOnlyProcessGoesOnAtOnceWithWhatItWorkedOnBefore(TestDatabase kind) throws Exception {
    database(kind);
    JdbcInbox node = build(node().onlyProcess());
    for (String id : List.of("1", "2", "3")) {
      node.accept(delivery(id));
    }
    pick("1", Instant.now());
    pick("2", Instant.now().plusSeconds(1));
    Work work = Work.done();
    node.start(work);
    await().until(() -> work.settled().size() == 3);
    assertThat(work.tries())
        .extracting(t -> t.id() + " " + t.number())
        .containsExactlyInAnyOrder("1 2", "2 2", "3 1");
  }

  @Test
  void whoLostADeliveryChangesItNoMore() throws Exception {
    postgresql();
    AtomicBoolean refused = new AtomicBoolean();
    JdbcInbox node = build(node());
    Work work =
        new Work(
            attempt -> {
              run("update nylas_webhook_inbox set version = version + 1, picked_by = 'other'");
              try {
                attempt.save(attempt.progress().with("late", "yes"));
              } catch (StoreUnavailableException e) {
                refused.set(e.getMessage().contains("taken"));
              }
              return Work.DONE;
            });
    node.start(work);
    node.accept(delivery("1"));
    await().untilTrue(refused);
    node.close();
    assertThat(work.settled()).isEmpty();
    assertThat(row("1", "delivery_state")).isEqualTo("WAITING");
    assertThat(row("1", "picked_by")).isEqualTo("other");
    assertThat(row("1", "progress")).isNull();
  }

  // ---- rows of others

  @Test
  void whatAnotherVersionHasStoredIsKeptUntilItCanBeRead() throws Exception {
    postgresql();
    JdbcInbox node = build(node());
    node.accept(delivery("newer"));
    set("newer", "delivery_format = 2, progress = '<xml/>'");
    Work work = Work.done();
    node.start(work);
    await().until(() -> work.settled().equals(List.of("newer Dead")));
    DeadLetter letter = node.deadLetters().get("newer").orElseThrow();
    assertThat(letter.why()).contains("format 2", "replay");
    assertThat(new String(letter.delivery().open().readAllBytes(), UTF_8))
        .isEqualTo("body of newer");
    assertThat(row("newer", "progress")).isEqualTo("<xml/>");
    assertThat(work.tries()).isEmpty();
    set("newer", "delivery_format = 1, progress = null");
    assertThat(node.deadLetters().replay("newer")).isTrue();
    await().until(() -> work.settled().contains("newer Done"));
    assertThat(work.tries().get(0).body()).isEqualTo("body of newer");
  }

  @ParameterizedTest
  @ValueSource(strings = {"not json", "[]", "\"text\"", "{", "null"})
  void aProgressThatCantBeReadIsADeadLetter(String progress) throws Exception {
    postgresql();
    JdbcInbox node = build(node());
    node.accept(delivery("1"));
    Sql.run(pool, "update nylas_webhook_inbox set progress = ?", progress);
    Work work = Work.done();
    node.start(work);
    await().until(() -> work.settled().equals(List.of("1 Dead")));
    assertThat(node.deadLetters().get("1").orElseThrow().why()).contains("progress");
    assertThat(row("1", "progress")).as("whoever looks shall see it").isEqualTo(progress);
  }

  // ---- until its end

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void ofWhatIsDoneOnlyTheIdIsLeft(TestDatabase kind) throws Exception {
    database(kind);
    JdbcInbox node = build(node());
    Work work =
        new Work(
            attempt -> {
              attempt.save(attempt.progress().with("ticket", "T-1"));
              return attempt.delivery().id().equals("dead") ? new Outcome.Dead("why") : Work.DONE;
            });
    node.start(work);
    node.accept(delivery("done"));
    node.accept(delivery("dead"));
    await().until(() -> work.settled().size() == 2);
    assertThat(row("dead", "task_data")).isNotNull();
    assertThat(row("dead", "progress")).contains("T-1");
    assertThat(node.deadLetters().discard("dead")).isTrue();
    for (String id : List.of("done", "dead")) {
      for (String column : List.of("task_data", "progress", "why", "died_at", "picked_by")) {
        assertThat(row(id, column)).as(id + "'s " + column).isNull();
      }
      assertThat(row(id, "delivery_id")).isEqualTo(id);
      assertThat(row(id, "delivery_state")).isEqualTo("DONE");
      assertThat(node.accept(delivery(id))).isEqualTo(Receipt.DUPLICATE);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatWasSetAsideKeepsItsReasons(TestDatabase kind) throws Exception {
    database(kind);
    JdbcInbox node = build(node());
    Work work =
        new Work(
            attempt ->
                attempt.delivery().id().equals("aside")
                    ? new Outcome.Done(
                        Disposition.SKIPPED, List.of("auto-submitted", "auto-reply-subject"))
                    : Work.DONE);
    node.start(work);
    node.accept(delivery("aside"));
    node.accept(delivery("routed"));
    await().until(() -> work.settled().size() == 2);
    assertThat(row("aside", "why")).isEqualTo("SKIPPED: auto-submitted, auto-reply-subject");
    assertThat(row("aside", "task_data")).isNull();
    assertThat(row("routed", "why")).isNull();
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void anIdIsKnownForTheRetentionAndNoLonger(TestDatabase kind) throws Exception {
    database(kind);
    Work work =
        new Work(
            attempt ->
                attempt.delivery().id().equals("dead") ? new Outcome.Dead("why") : Work.DONE);
    JdbcInbox brief = build(node().retention(Duration.ofMillis(1)));
    brief.accept(delivery("waiting"));
    set("waiting", "attempts = 1, execution_time = execution_time");
    pick("waiting", Instant.now());
    brief.start(work);
    brief.accept(delivery("brief"));
    brief.accept(delivery("dead"));
    await().until(() -> work.settled().size() == 2);
    assertThat(brief.accept(delivery("brief"))).isEqualTo(Receipt.DUPLICATE);
    brief.close();
    JdbcInbox longer = build(node().retention(Duration.ofMinutes(1)));
    longer.start(work);
    longer.accept(delivery("longer"));
    await().until(() -> work.settled().size() == 3);
    longer.purge();
    assertThat(Sql.column(pool, "select delivery_id from nylas_webhook_inbox"))
        .containsExactlyInAnyOrder("waiting", "dead", "longer");
    assertThat(longer.accept(delivery("longer"))).isEqualTo(Receipt.DUPLICATE);
    assertThat(longer.accept(delivery("brief"))).isEqualTo(Receipt.ACCEPTED);
    await().until(() -> work.settled().stream().filter("brief Done"::equals).count() == 2);
  }

  @Test
  void whatHasEndedIsPurgedInPieces() throws Exception {
    postgresql();
    JdbcInbox node = build(node());
    node.accept(delivery("1"));
    Sql.run(
        pool,
        "insert into nylas_webhook_inbox select task_name, 'other:' || n, null, now() -"
            + " interval '1 day', false, null, null, null, null, null, 1, null, 'DONE', 1, 'o' ||"
            + " n, '', false, 0, 0, 0, 0 from nylas_webhook_inbox, generate_series(1, 2500) n");
    node.purge();
    assertThat(Sql.column(pool, "select delivery_id from nylas_webhook_inbox"))
        .containsExactly("1");
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatThePurgeLeftOverIsRemovedWhenItIsDue(TestDatabase kind) throws Exception {
    database(kind);
    JdbcInbox node = build(node());
    Work work = Work.done();
    node.start(work);
    node.accept(delivery("1"));
    await().until(() -> work.settled().size() == 1);
    due("1", Instant.now().minusSeconds(1));
    await().until(() -> Sql.count(pool, ROWS) == 0);
    assertThat(work.tries()).hasSize(1);
  }

  // ---- when

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aRetryThatIsDueSoonIsNotWaitedForUntilTheNextPoll(TestDatabase kind) throws Exception {
    database(kind);
    JdbcInbox node = build(node().pollInterval(SELDOM));
    Work work =
        new Work(
            attempt ->
                attempt.waits() < 3
                    ? new Outcome.RetryAt(Instant.now().plusMillis(100), false, "soon")
                    : Work.DONE);
    node.start(work);
    Instant start = Instant.now();
    node.accept(delivery("1"));
    await().until(() -> work.settled().size() == 4);
    assertThat(Duration.between(start, Instant.now()))
        .isBetween(Duration.ofMillis(250), Duration.ofSeconds(8));
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aRetryThatIsDueLaterIsDueThen(TestDatabase kind) throws Exception {
    database(kind);
    JdbcInbox node = build(node());
    Instant tomorrow = Instant.now().plus(1, ChronoUnit.DAYS);
    Work work =
        new Work(
            attempt ->
                attempt.delivery().id().equals("later")
                    ? new Outcome.RetryAt(tomorrow, true, "later\0")
                    : Work.DONE);
    node.start(work);
    node.accept(delivery("later"));
    await().until(() -> work.settled().size() == 1);
    node.accept(delivery("now"));
    await().until(() -> work.settled().contains("now Done"));
    assertThat(work.ids()).containsExactly("later", "now");
    assertThat(Sql.count(pool, ROWS + " where delivery_state = 'WAITING' and attempts = 1"))
        .isEqualTo(1);
    Instant due = dueAt("later");
    assertThat(due).isCloseTo(tomorrow, within(20, ChronoUnit.SECONDS));
    assertThat(row("later", "why")).isEqualTo("later\ufffd");
    assertThat(node.statistics().waiting()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void nodesWhoseClocksDifferByAnHourAgree(int hours) throws Exception {
    postgresql();
    InstantSource wrong = () -> Instant.now().plus(hours, ChronoUnit.HOURS);
    JdbcInbox off = build(node().clock(wrong));
    JdbcInbox right = build(node());
    // Each in turn does what the other accepted, at once, and tries again when it was told to.
    Work rights = new Work(attempt -> soonThenDone(attempt.waits(), InstantSource.system()));
    right.start(rights);
    off.accept(delivery("by the wrong"));
    await().atMost(Duration.ofSeconds(5)).until(() -> rights.settled().size() == 2);
    right.close();

    Work offs = new Work(attempt -> soonThenDone(attempt.waits(), wrong));
    off.start(offs);
    JdbcInbox right2 = build(node());
    right2.accept(delivery("by the right"));
    await().atMost(Duration.ofSeconds(5)).until(() -> offs.settled().size() == 2);
    for (Work work : List.of(rights, offs)) {
      assertThat(Duration.between(work.tries().get(0).at(), work.tries().get(1).at()))
          .isGreaterThan(Duration.ofMillis(100));
    }
  }

  private static Outcome soonThenDone(int waits, InstantSource clock) {
    return waits == 0
        ? new Outcome.RetryAt(clock.instant().plusMillis(200), false, "soon")
        : Work.DONE;
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void aWrongClockMakesNobodyLookDead(int hours) throws Exception {
    postgresql();
    CountDownLatch finish = new CountDownLatch(1);
    JdbcInbox off =
        build(node().clock(() -> Instant.now().plus(hours, ChronoUnit.HOURS)).workers(1));
    Work slow = new Work(attempt -> after(finish));
    off.start(slow);
    off.accept(delivery("slow"));
    await().until(() -> slow.tries().size() == 1);
    JdbcInbox right = build(node());
    right.accept(delivery("of the dead"));
    pick("of the dead", Instant.now().minusSeconds(65));
    Work work = Work.done();
    // It looks for the dead when it starts, and finds one.
    right.start(work);
    await().until(() -> work.settled().size() == 1);
    finish.countDown();
    await().until(() -> slow.settled().size() == 1);
    assertThat(work.ids()).containsExactly("of the dead");
    assertThat(slow.tries()).hasSize(1);
  }

  // ---- the end

  @Test
  void closingRefusesAndEndsItsThreadsHoweverOften() throws Exception {
    postgresql();
    List<Thread> before = threads("nylas-webhook");
    JdbcInbox never = build(node());
    JdbcInbox started = build(node());
    Work work = Work.done();
    started.start(work);
    started.accept(delivery("1"));
    await().until(() -> work.settled().size() == 1);
    for (JdbcInbox inbox : List.of(never, started, never, started)) {
      inbox.close();
      assertThatExceptionOfType(InboxUnavailableException.class)
          .isThrownBy(() -> inbox.accept(delivery("2")))
          .withMessageContaining("closing");
      assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> inbox.start(work));
    }
    await().untilAsserted(() -> assertThat(threads("nylas-webhook")).isSubsetOf(before));
    assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
    assertThat(pool.isClosed()).as("the pool is its giver's").isFalse();
  }

  @Test
  void closingDrains() throws Exception {
    postgresql();
    CountDownLatch finish = new CountDownLatch(1);
    JdbcInbox node = build(node().workers(2));
    Work work = new Work(attempt -> after(finish));
    node.start(work);
    for (int i = 0; i < 5; i++) {
      node.accept(delivery("" + i));
    }
    await().until(() -> work.tries().size() == 2);
    Thread closing = new Thread(node::close);
    closing.start();
    await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
    finish.countDown();
    closing.join(10_000);
    assertThat(closing.isAlive()).isFalse();
    assertThat(work.settled()).hasSize(2).allMatch(s -> s.endsWith("Done"));
    assertThat(
            Sql.count(
                pool, ROWS + " where delivery_state = 'WAITING' and not picked and attempts = 0"))
        .isEqualTo(3);
  }

  // ---- looking at it

  @Test
  void cursorsThatAreNoneAreRefusedInWords() throws Exception {
    postgresql();
    JdbcInbox node = build(node());
    for (String cursor :
        List.of(
            "x",
            "1",
            ",,",
            ",",
            "1,",
            "99999999999999999999,",
            "99999999999999999999,k",
            "1.5,k",
            "0x1,k",
            " 1,k",
            "1,\0",
            "1,k\n",
            "-,k")) {
      assertThatExceptionOfType(IllegalArgumentException.class)
          .as(cursor)
          .isThrownBy(() -> node.deadLetters().list(cursor, 1))
          .withMessageContaining("no cursor of this inbox's")
          .isExactlyInstanceOf(IllegalArgumentException.class);
    }
    assertThat(node.deadLetters().list("", Integer.MAX_VALUE).letters()).isEmpty();
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> node.deadLetters().list("", -1))
        .withMessageContaining("limit");
  }

  @Test
  void dispatchIsCountedInTheStatistics() throws Exception {
    postgresql();
    JdbcInbox node = build(node());
    assertThat(node.statistics().oldestReceivedAt()).isEmpty();
    Instant old = Instant.parse("2026-01-02T03:04:05.678Z");
    node.accept(new Delivery("old", "", false, old, new byte[1]));
    node.accept(delivery("done"));
    node.accept(delivery("dead"));
    set("done", "delivery_state = 'DONE'");
    set("dead", "delivery_state = 'DEAD', died_at = 1");
    pick("old", Instant.now());
    assertThat(node.statistics().waiting()).as("what is worked on, too").isEqualTo(1);
    assertThat(node.statistics().oldestReceivedAt()).contains(old);
    assertThat(node.statistics().deadLetters()).isEqualTo(1);
  }

  @Test
  void lettersThatDiedAtTheSameTimeAreListedOnceEach() throws Exception {
    postgresql();
    JdbcInbox node = build(node());
    List<String> ids = IntStream.range(0, 9).mapToObj(i -> "letter " + i).toList();
    for (String id : ids) {
      node.accept(delivery(id));
    }
    Sql.run(pool, "update nylas_webhook_inbox set delivery_state = 'DEAD', died_at = 5");
    List<String> listed = new ArrayList<>();
    String cursor = "";
    int pages = 0;
    do {
      var page = node.deadLetters().list(cursor, 2);
      page.letters().forEach(letter -> listed.add(letter.delivery().id()));
      cursor = page.next();
    } while (!cursor.isEmpty() && ++pages < 20);
    assertThat(listed).containsExactlyInAnyOrderElementsOf(ids);
  }

  // ---- by hand

  private static Delivery delivery(String id) {
    return new Delivery(
        id, "message.created", false, Instant.now(), ("body of " + id).getBytes(UTF_8));
  }

  private static Outcome after(CountDownLatch latch) {
    try {
      // As the pipeline does: so another worker takes its place.
      boolean came =
          Threads.<Boolean, InterruptedException>blocking(() -> latch.await(60, TimeUnit.SECONDS));
      assertThat(came).isTrue();
      return Work.DONE;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private String row(String id, String column) throws Exception {
    return Sql.value(
        pool, "select " + column + " from nylas_webhook_inbox where delivery_id = ?", id);
  }

  private void set(String id, String assignments) throws Exception {
    assertThat(
            Sql.run(
                pool,
                "update nylas_webhook_inbox set " + assignments + " where delivery_id = ?",
                id))
        .isEqualTo(1);
  }

  private void run(String sql) {
    try {
      Sql.run(pool, sql);
    } catch (java.sql.SQLException e) {
      throw new AssertionError(e);
    }
  }

  /** As another node does that says for the last time then that it lives. */
  private void pick(String id, Instant lastHeartbeat) throws Exception {
    instants(
        "update nylas_webhook_inbox set picked = ?, picked_by = 'somebody', version = version + 1,"
            + " last_heartbeat = ? where delivery_id = ?",
        true,
        lastHeartbeat,
        id);
  }

  private void due(String id, Instant when) throws Exception {
    instants(
        "update nylas_webhook_inbox set picked = ?, execution_time = ? where delivery_id = ?",
        false,
        when,
        id);
  }

  private void instants(String sql, boolean picked, Instant instant, String id) throws Exception {
    try (Connection connection = pool.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setBoolean(1, picked);
      Dialect.of(connection).scheduling().setInstant(statement, 2, instant);
      statement.setString(3, id);
      assertThat(statement.executeUpdate()).isEqualTo(1);
    }
  }

  private Instant dueAt(String id) throws Exception {
    try (Connection connection = pool.getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                "select execution_time from nylas_webhook_inbox where delivery_id = ?")) {
      statement.setString(1, id);
      try (var rows = statement.executeQuery()) {
        assertThat(rows.next()).isTrue();
        return Dialect.of(connection).scheduling().getInstant(rows, "execution_time");
      }
    }
  }

  private static List<Thread> threads(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(name))
        .toList();
  }
}
