package io.github.nylaswebhook.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.pipeline.PipelineObserver;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RecordingRouter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Deliveries that come while Redis comes and goes. */
@Timeout(120)
class RedisPipelineTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration TIMEOUT = Duration.ofMillis(500);

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final RecordingRouter router = new RecordingRouter();
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicInteger rescheduled = new AtomicInteger();
  private final AtomicInteger counted = new AtomicInteger();
  private final PipelineObserver counting =
      new PipelineObserver() {
        @Override
        public void done(Delivery delivery, Outcome.Done outcome, Duration took) {
          done.incrementAndGet();
        }

        @Override
        public void rescheduled(Delivery delivery, Outcome.RetryAt outcome) {
          rescheduled.incrementAndGet();
          if (outcome.countsAsAttempt()) {
            counted.incrementAndGet();
          }
        }
      };

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable closeable : opened) {
      closeable.close();
    }
  }

  private <T extends AutoCloseable> T opened(T closeable) {
    opened.add(0, closeable);
    return closeable;
  }

  @Test
  void whileRedisIsAwayNothingIsRoutedAndAfterwardsEverythingOnce() throws Exception {
    TestRedis redis = opened(TestRedis.start());
    FakeNylas nylas = opened(FakeNylas.start());
    RetryPolicy patient =
        new RetryPolicy(Duration.ofMillis(50), Duration.ofMillis(500), 12, RetryPolicy.MAX_WAITING);
    List<WebhookHandler> nodes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      RedisDedupStore store =
          opened(RedisDedupStore.builder(redis.url()).commandTimeout(TIMEOUT).build());
      RedisGrantLimiter limiter =
          opened(RedisGrantLimiter.builder(redis.url()).commandTimeout(TIMEOUT).build());
      nodes.add(
          opened(
              WebhookHandler.builder()
                  .webhookSecret(nylas.webhookSecret())
                  .nylas(
                      opened(
                          NylasClient.builder(nylas.apiKey())
                              .baseUrl(nylas.url())
                              .grantLimiter(limiter)
                              .build()))
                  .dedupStore(store)
                  .claimLease(Duration.ofSeconds(2))
                  .retryPolicy(patient)
                  .inMemoryInbox(InMemoryInbox.builder().pollInterval(Duration.ofMillis(50)))
                  .ticketRouter(router)
                  .observer(counting)
                  .build()));
    }

    deliver(nylas, nodes, 0, 20);
    await().atMost(PATIENCE).until(() -> done.get() == 40);
    assertThat(router.tickets()).hasSize(20);

    redis.stop();
    deliver(nylas, nodes, 20, 50);
    await().atMost(PATIENCE).until(() -> rescheduled.get() >= 180);
    assertThat(router.tickets()).hasSize(20);
    assertThat(counted).hasValue(0);

    redis.restart();
    await().atMost(PATIENCE).until(() -> done.get() == 100);
    assertThat(router.countsByKey()).hasSize(50).allSatisfy((k, n) -> assertThat(n).isEqualTo(1));
    assertThat(counted).hasValue(0);
    for (WebhookHandler node : nodes) {
      assertThat(node.inbox().deadLetters().list("", 10).letters()).isEmpty();
    }
  }

  /** Each mail by two deliveries, one to each node: both can't have it. */
  private static void deliver(FakeNylas nylas, List<WebhookHandler> nodes, int from, int to) {
    for (int i = from; i < to; i++) {
      Mail mail = Mail.of("grant-" + i % 3, "mail-" + i).subject("Mail " + i);
      nylas.add(mail);
      for (WebhookHandler node : nodes) {
        NotificationFixture created = NotificationFixture.created(mail);
        assertThat(node.handle(created.sign(nylas.webhookSecret()).toRequest()).status())
            .isEqualTo(200);
      }
    }
  }
}
