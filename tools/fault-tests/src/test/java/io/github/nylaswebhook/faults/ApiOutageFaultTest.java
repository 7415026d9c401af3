package io.github.nylaswebhook.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.jdbc.EmbeddedDatabase;
import io.github.nylaswebhook.jdbc.JdbcDedupStore;
import io.github.nylaswebhook.jdbc.JdbcInbox;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Fault;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RecordingRouter;
import io.github.nylaswebhook.test.SettableClock;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Calendar;
import java.util.List;
import java.util.TimeZone;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Nylas' API fails for half an hour, by a clock that is set. */
class ApiOutageFaultTest {
  private static final int MAILS = 8;
  private static final Duration OUTAGE = Duration.ofMinutes(30);
  private static final Duration STEP = Duration.ofSeconds(30);

  @Test
  void halfAnHourOfItMakesNoDeadLetterAndEverythingIsRoutedAfterwards() throws Exception {
    Path folder = Faults.folder("api-outage");
    SettableClock clock = new SettableClock(Instant.now());
    RecordingRouter router = new RecordingRouter();
    HikariConfig pool = new HikariConfig();
    try (EmbeddedDatabase embedded = EmbeddedDatabase.open(folder.resolve("desk.db"));
        FakeNylas nylas = FakeNylas.start()) {
      pool.setDataSource(embedded.dataSource());
      pool.setMaximumPoolSize(1);
      try (HikariDataSource database = new HikariDataSource(pool);
          JdbcInbox inbox =
              JdbcInbox.builder(database)
                  .clock(clock)
                  .pollInterval(Duration.ofMillis(20))
                  .onlyProcess()
                  .build();
          NylasClient client =
              NylasClient.builder(nylas.apiKey()).baseUrl(nylas.url()).clock(clock).build();
          WebhookHandler handler =
              WebhookHandler.builder()
                  .webhookSecret(nylas.webhookSecret())
                  .nylas(client)
                  .inbox(inbox)
                  .dedupStore(new JdbcDedupStore(database))
                  .ticketRouter(router)
                  .clock(clock)
                  .build()) {
        nylas.failAlways(Fault.status(503, "service_unavailable"));
        List<Mail> mails =
            IntStream.range(0, MAILS).mapToObj(i -> Mail.of("grant-" + i % 4, "m-" + i)).toList();
        for (Mail mail : mails) {
          nylas.add(mail);
          NotificationFixture told = NotificationFixture.created(mail);
          assertThat(handler.handle(told.sign(nylas.webhookSecret()).toRequest()).status())
              .isEqualTo(200);
        }
        for (Duration passed = Duration.ZERO;
            passed.compareTo(OUTAGE) < 0;
            passed = passed.plus(STEP)) {
          awaitNothingDue(database, clock);
          clock.advance(STEP);
          if (passed.equals(OUTAGE.dividedBy(2))) {
            nylas.failAlways(Fault.status(504, "gateway_timeout"));
          }
        }
        awaitNothingDue(database, clock);
        // It would have been given up long ago, if waiting counted as trying.
        assertThat(nylas.callCount() / MAILS)
            .as("calls for each")
            .isGreaterThan(RetryPolicy.MAX_ATTEMPTS);
        assertThat(inbox.statistics().deadLetters()).isZero();
        assertThat(inbox.statistics().waiting()).isEqualTo(MAILS);
        assertThat(router.tickets()).isEmpty();

        nylas.recover();
        clock.advance(RetryPolicy.MAX);
        // The clock goes on meanwhile: a pause that began after that step would never end.
        awaitNothingDue(database, clock);
        assertThat(router.await(MAILS, Faults.PATIENCE))
            .extracting(ticket -> ticket.messageId())
            .containsExactlyInAnyOrderElementsOf(mails.stream().map(Mail::id).toList());
        awaitNothingDue(database, clock);
        assertThat(inbox.statistics().deadLetters()).isZero();
        assertThat(inbox.statistics().waiting()).isZero();
        assertThat(router.tickets()).hasSize(MAILS);
      }
    }
  }

  /** Pauses of db-scheduler's end by that clock, so it mustn't stand still. */
  private static void awaitNothingDue(HikariDataSource database, SettableClock clock) {
    await("what is due at " + clock.instant() + " to be tried")
        .atMost(Faults.PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> due(database, clock.advance(Duration.ofMillis(5))), due -> due == 0);
  }

  private static int due(HikariDataSource database, Instant now) throws SQLException {
    try (Connection connection = database.getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                "select count(*) from nylas_webhook_inbox where delivery_state = 'WAITING'"
                    + " and (picked or execution_time <= ?)")) {
      statement.setTimestamp(
          1, Timestamp.from(now), Calendar.getInstance(TimeZone.getTimeZone("UTC")));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getInt(1);
      }
    }
  }
}
