package io.github.nylaswebhook.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.github.nylaswebhook.inbox.Delivery;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** A node whose heartbeats don't arrive, and that lives. */
class LateHeartbeatTest {
  private static final Duration BEAT = Duration.ofMillis(50);

  /** Enough for the node to find what looks dead, again and again. */
  private static final Duration LONG = BEAT.multipliedBy(40);

  @Test
  void whatANodeWorksOnItselfItNeverTakesForDead() throws Exception {
    CountDownLatch routed = new CountDownLatch(1);
    Work work =
        new Work(
            attempt -> {
              try {
                routed.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return Work.DONE;
            });
    try (HikariDataSource pool = TestDatabase.POSTGRESQL.open()) {
      // Whatever is picked looks as if it had been picked an hour ago.
      execute(
          pool,
          "create function late() returns trigger language plpgsql as $$ begin"
              + " new.last_heartbeat = now() - interval '1 hour'; return new; end $$",
          "create trigger late before update on nylas_webhook_inbox for each row"
              + " when (new.picked) execute function late()");
      try (JdbcInbox inbox = JdbcInbox.builder(pool).heartbeatInterval(BEAT).build()) {
        inbox.start(work);
        inbox.accept(new Delivery("1", "", false, Instant.now(), "{}".getBytes(UTF_8)));
        await().until(() -> work.tries().size() == 1);
        await()
            .pollDelay(LONG)
            .atMost(LONG.multipliedBy(10))
            .untilAsserted(() -> assertThat(work.tries()).hasSize(1));
        routed.countDown();
        await().until(() -> work.settled().size() == 1);
        assertThat(work.settled()).containsExactly("1 Done");
        assertThat(inbox.statistics().waiting()).isZero();
      } finally {
        routed.countDown();
      }
    }
  }

  private static void execute(HikariDataSource pool, String... statements) throws Exception {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }
}
