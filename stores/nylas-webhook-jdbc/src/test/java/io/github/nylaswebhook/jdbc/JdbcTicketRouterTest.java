package io.github.nylaswebhook.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.github.nylaswebhook.categorize.Evidence;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JdbcTicketRouterTest {
  private static final Instant RECEIVED = Instant.parse("2026-03-29T01:30:00.123Z");

  private final String grant = "grant-" + UUID.randomUUID();

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aTicketIsStoredAsItIs(TestDatabase kind) throws Exception {
    HikariDataSource pool = kind.shared();
    JdbcTicketRouter router = new JdbcTicketRouter(pool);
    Ticket ticket =
        new Ticket(
            "<CAF+/@=mail.example.com>",
            grant,
            "thread-1",
            "Größe \ud83d\udce6 «passt» 'nicht'; --",
            new EmailAddress("Zoë \"Z\" Müller", "Zoe@Example.com"),
            List.of(
                new EmailAddress("", "support@example.com"), new EmailAddress("B", "b@x.example")),
            MessageKind.AUTO_REPLY,
            true,
            "billing",
            Priority.HIGH,
            Set.of("vip", "Ärger", "\ud83d\udca5"),
            "Über-Team",
            RECEIVED,
            "Hallo \ud83d\udc4b",
            "Hallo\n\ud83d\udc4b",
            List.of(new Evidence("rule 1", "subject", "größe", "Größe")),
            Ticket.idempotencyKey(grant, "1"),
            Message.builder(grant, "1").body("<p>日本語 \ud83d\udc4b</p>\r\n\t").build(),
            TicketRef.NONE,
            false,
            false);
    TicketRef ref = router.route(ticket);
    assertThat(ref.destination()).isEqualTo("database");
    StoredTicket stored = router.newest(1).get(0);
    assertThat(stored)
        .isEqualTo(
            new StoredTicket(
                Long.parseLong(ref.id()),
                ticket.idempotencyKey(),
                grant,
                "<CAF+/@=mail.example.com>",
                "thread-1",
                "auto_reply",
                true,
                "billing",
                Priority.HIGH,
                List.of("vip", "Ärger", "\ud83d\udca5"),
                "Über-Team",
                "Größe \ud83d\udce6 «passt» 'nicht'; --",
                "Zoë \"Z\" Müller",
                "Zoe@Example.com",
                List.of("support@example.com", "b@x.example"),
                "Hallo \ud83d\udc4b",
                "Hallo\n\ud83d\udc4b",
                RECEIVED,
                0,
                false));
    assertThat(column(pool, "body", ref)).isEqualTo("<p>日本語 \ud83d\udc4b</p>\r\n\t");
    assertThat(column(pool, "evidence", ref))
        .contains("\"rule\":\"rule 1\"", "\"matched\":\"Größe\"", "\"field\":\"subject\"");
    assertThat(column(pool, "created_at", ref)).isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void theNewestComeFirst(TestDatabase kind) throws Exception {
    JdbcTicketRouter router = new JdbcTicketRouter(kind.shared());
    for (int i = 0; i < 5; i++) {
      // Neither the time nor the key says which came last.
      router.route(ticket("" + i, "subject " + i, ""));
    }
    assertThat(router.newest(3))
        .extracting(StoredTicket::subject)
        .containsExactly("subject 4", "subject 3", "subject 2");
    assertThat(router.newest(Integer.MAX_VALUE).stream().filter(t -> t.grantId().equals(grant)))
        .hasSize(5);
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> router.newest(0))
        .withMessageContaining("limit");
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatNoDatabaseHoldsIsReplaced(TestDatabase kind) throws Exception {
    HikariDataSource pool = kind.shared();
    JdbcTicketRouter router = new JdbcTicketRouter(pool);
    TicketRef ref = router.route(ticket("1", "a\0b\ud800c", "x\0y\udfffz"));
    assertThat(router.newest(1).get(0).subject()).isEqualTo("a\ufffdb\ufffdc");
    assertThat(column(pool, "body", ref)).isEqualTo("x\ufffdy\ufffdz");
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aLargeMailFits(TestDatabase kind) throws Exception {
    HikariDataSource pool = kind.shared();
    String body = "<p>ü€\ud83d\ude00</p>".repeat(1 << 16);
    String subject = "€".repeat(70_000);
    JdbcTicketRouter router = new JdbcTicketRouter(pool);
    TicketRef ref = router.route(ticket("1", subject, body));
    assertThat(body.length()).isGreaterThanOrEqualTo(700_000);
    assertThat(column(pool, "body", ref)).isEqualTo(body);
    assertThat(router.newest(1).get(0).subject()).isEqualTo(subject);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aTicketIsThereOnceHoweverOftenItIsRouted(TestDatabase kind) throws Exception {
    HikariDataSource pool = kind.shared();
    List<JdbcTicketRouter> nodes = List.of(new JdbcTicketRouter(pool), new JdbcTicketRouter(pool));
    List<Callable<String>> routing = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      JdbcTicketRouter node = nodes.get(i % 2);
      String subject = "subject " + i;
      routing.add(() -> node.route(ticket("same", subject, "")).id());
    }
    ExecutorService threads = Executors.newFixedThreadPool(routing.size());
    try {
      Set<String> ids = new HashSet<>();
      for (Future<String> id : threads.invokeAll(routing)) {
        ids.add(id.get());
      }
      assertThat(ids).hasSize(1);
    } finally {
      threads.shutdownNow();
    }
    assertThat(
            Sql.count(pool, "select count(*) from nylas_webhook_ticket where grant_id = ?", grant))
        .isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void furtherMailsAreRowsOfTheirTicket(TestDatabase kind) throws Exception {
    JdbcTicketRouter router = new JdbcTicketRouter(kind.shared());
    assertThat(router.appends()).isTrue();
    assertThat(router.idempotent()).isTrue();
    TicketRef ref = router.route(ticket("1", "a", ""));
    TicketRef other = router.route(ticket("other", "b", ""));
    for (int i = 0; i < 2; i++) {
      assertThat(router.route(ticket("2", "Re: a", "").followUp(ref))).isEqualTo(ref);
      assertThat(router.route(ticket("3", "bounce", "").followUp(ref).asNote().asRepeated()))
          .isEqualTo(ref);
    }
    assertThat(router.newest(2))
        .extracting(StoredTicket::subject)
        .as("tickets only")
        .containsExactly("b", "a");
    List<StoredTicket> followUps = router.followUps(Long.parseLong(ref.id()));
    assertThat(followUps).extracting(StoredTicket::subject).containsExactly("Re: a", "bounce");
    assertThat(followUps).extracting(StoredTicket::note).containsExactly(false, true);
    assertThat(followUps)
        .allMatch(row -> row.isFollowUp() && row.followUpTo() == Long.parseLong(ref.id()));
    assertThat(router.followUps(Long.parseLong(other.id()))).isEmpty();
    // A mail that is there stays what it is.
    assertThat(router.route(ticket("2", "Re: a", ""))).isEqualTo(ref);
    assertThat(router.route(ticket("1", "a", "").followUp(other))).isEqualTo(ref);
    assertThat(router.followUps(Long.parseLong(other.id()))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aFollowUpOfAFollowUpBelongsToTheTicket(TestDatabase kind) throws Exception {
    HikariDataSource pool = kind.shared();
    JdbcTicketRouter router = new JdbcTicketRouter(pool);
    TicketRef ref = router.route(ticket("1", "a", ""));
    router.route(ticket("2", "b", "").followUp(ref));
    String row =
        Sql.value(
            pool,
            "select ticket_id from nylas_webhook_ticket where idempotency_key = ?",
            Ticket.idempotencyKey(grant, "2"));
    assertThat(router.route(ticket("3", "c", "").followUp(TicketRef.of("database", row))))
        .isEqualTo(ref);
    assertThat(router.followUps(Long.parseLong(ref.id())))
        .extracting(StoredTicket::subject)
        .containsExactly("b", "c");
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aFollowUpOfATicketThatIsGoneIsATicket(TestDatabase kind) throws Exception {
    HikariDataSource pool = kind.shared();
    JdbcTicketRouter router = new JdbcTicketRouter(pool);
    TicketRef ref = router.route(ticket("1", "a", ""));
    Sql.run(pool, "delete from nylas_webhook_ticket where ticket_id = ?", Long.parseLong(ref.id()));
    TicketRef next = router.route(ticket("2", "b", "").followUp(ref));
    assertThat(next.id()).isNotEqualTo(ref.id());
    assertThat(router.newest(1).get(0))
        .matches(row -> !row.isFollowUp() && row.subject().equals("b"));
    TicketRef elsewhere = TicketRef.of("jira", "DESK-1");
    assertThat(router.route(ticket("3", "c", "").followUp(elsewhere)).id())
        .isNotIn(ref.id(), next.id());
    assertThat(router.newest(1).get(0)).matches(row -> !row.isFollowUp());
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aFollowUpIsThereOnceWhateverTheCommitsAnswer(TestDatabase kind) throws Exception {
    FlakyDataSource flaky = new FlakyDataSource(kind.shared());
    JdbcTicketRouter sound = new JdbcTicketRouter(kind.shared());
    TicketRef ref = sound.route(ticket("1", "a", ""));
    JdbcTicketRouter router = new JdbcTicketRouter(flaky.dataSource());
    flaky.fail(new Random(1), 0.3);
    int failures = 0;
    for (int i = 0; i < 40; i++) {
      for (boolean routed = false; !routed; ) {
        try {
          assertThat(router.route(ticket("f" + i, "f" + i, "").followUp(ref))).isEqualTo(ref);
          routed = true;
        } catch (RetryLaterException e) {
          failures++;
        }
      }
    }
    assertThat(failures).isPositive();
    assertThat(sound.followUps(Long.parseLong(ref.id()))).hasSize(40);
  }

  @Test
  void aTicketWaitsForADatabaseThatIsOutOfReach() throws Exception {
    String url = TestDatabase.POSTGRESQL.openEmpty();
    try (Relay relay = Relay.before(url);
        HikariDataSource pool = quick(relay.through(url))) {
      JdbcSchema.createSchemaIfMissing(pool);
      JdbcTicketRouter router = new JdbcTicketRouter(pool);
      relay.cut();
      // The first finds connections that have ended, the second gets none.
      assertWaits(router);
      assertWaits(router);
      assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> router.newest(1));
      relay.mend();
      await()
          .ignoreException(RetryLaterException.class)
          .untilAsserted(() -> assertThat(router.route(ticket("1", "", "")).id()).isEqualTo("1"));
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aTicketWaitsWhenThePoolIsClosed(TestDatabase kind) throws Exception {
    HikariDataSource pool = kind.open();
    JdbcTicketRouter router = new JdbcTicketRouter(pool);
    pool.close();
    assertWaits(router);
  }

  @Test
  void whatTheDatabaseRefusesIsAFailureAndSaysNothingOfTheMail() throws Exception {
    try (HikariDataSource pool = TestDatabase.POSTGRESQL.open()) {
      Sql.run(pool, "alter table nylas_webhook_ticket add check (subject <> 'secret')");
      JdbcTicketRouter router = new JdbcTicketRouter(pool);
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(() -> router.route(ticket("1", "secret", "")))
          .withMessageContaining("23514")
          .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
    }
  }

  private void assertWaits(JdbcTicketRouter router) {
    Instant before = Instant.now();
    assertThatExceptionOfType(RetryLaterException.class)
        .isThrownBy(() -> router.route(ticket("1", "", "")))
        .satisfies(
            e -> {
              assertThat(e.countsAsAttempt()).isFalse();
              assertThat(e.when()).isBetween(before.plusSeconds(1), before.plusSeconds(60));
            });
  }

  private static HikariDataSource quick(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(2);
    config.setConnectionTimeout(300);
    return new HikariDataSource(config);
  }

  private Ticket ticket(String message, String subject, String body) {
    return new Ticket(
        message,
        grant,
        "",
        subject,
        new EmailAddress("", "a@example.com"),
        List.of(),
        MessageKind.HUMAN,
        false,
        "general",
        Priority.LOW,
        Set.of(),
        "",
        RECEIVED,
        "",
        "",
        List.of(),
        Ticket.idempotencyKey(grant, message),
        Message.builder(grant, message).body(body).build(),
        TicketRef.NONE,
        false,
        false);
  }

  private static String column(HikariDataSource pool, String column, TicketRef ref)
      throws Exception {
    return Sql.value(
        pool,
        "select " + column + " from nylas_webhook_ticket where ticket_id = ?",
        Long.parseLong(ref.id()));
  }
}
