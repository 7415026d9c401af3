package io.github.nylaswebhook.test;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.message.MessageRef;
import io.github.nylaswebhook.notification.TriggerFlag;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.pipeline.PipelineObserver;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** From Nylas' POST to the destination, over real sockets; only the clock is the test's. */
class EndToEndTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final SettableClock clock = new SettableClock(Instant.now());
  private final FakeNylas nylas =
      FakeNylas.builder().retryDelays(Duration.ofMillis(50), Duration.ofMillis(200)).start();
  private final NylasClient client =
      NylasClient.builder(nylas.apiKey()).baseUrl(nylas.url()).clock(clock).build();
  private final RecordingRouter router = new RecordingRouter();
  private final AtomicInteger settled = new AtomicInteger();
  private final AtomicInteger gone = new AtomicInteger();
  private final PipelineObserver counting =
      new PipelineObserver() {
        @Override
        public void done(Delivery delivery, Outcome.Done outcome, Duration took) {
          settled.incrementAndGet();
        }

        @Override
        public void gone(MessageRef ref) {
          gone.incrementAndGet();
        }
      };

  @AfterEach
  void close() {
    client.close();
    nylas.close();
  }

  @Test
  void everyMailBecomesOneTicketWhateverHappensOnTheWay() throws Exception {
    InMemoryInbox inbox = inbox().capacity(60).build();
    try (WebhookHandler handler = handler().inbox(inbox).build();
        TestServer endpoint = TestServer.endpoint(handler)) {
      Destination destination = nylas.subscribe(endpoint.url());
      Set<String> expected = new HashSet<>();
      List<NotificationFixture> notifications = new ArrayList<>();
      for (int g = 0; g < 4; g++) {
        // A sign of life from before, so that its mails are known not to be older than the grant.
        notifications.add(
            NotificationFixture.of("grant.updated")
                .data("grant_id", "grant-" + g)
                .time(clock.instant().minusSeconds(120)));
      }
      deliverAll(destination, notifications, 0);
      notifications.clear();
      for (int i = 0; i < 200; i++) {
        Mail mail =
            Mail.of("grant-" + i % 4, "<mail+" + i + "@example.com>")
                .subject("Mail " + i)
                .body("<p>" + "text ".repeat(i * 3) + "</p>");
        nylas.add(mail);
        expected.add(Ticket.idempotencyKey(mail.grantId(), mail.id()));
        NotificationFixture created =
            switch (i % 4) {
              case 0 -> NotificationFixture.created(mail);
              case 1 -> NotificationFixture.created(mail, TriggerFlag.TRUNCATED);
              case 2 -> NotificationFixture.updated(mail);
              default -> NotificationFixture.created(mail).gzip();
            };
        notifications.add(created);
        if (i % 5 == 0) {
          // The provider's upsert: another notification of the same mail.
          notifications.add(NotificationFixture.updated(mail).gzip());
        }
        if (i % 9 == 0) {
          nylas.failNext(mail, Fault.tooManyRequests(2)).failNext(mail, new Fault.HangUp());
        }
        if (i % 11 == 0) {
          nylas
              .failNext(mail, Fault.status(504, "provider_error"))
              .failNext(mail, new Fault.Garbage());
        }
        if (i % 13 == 0) {
          nylas.failNext(mail, Fault.status(404, "not_found_error"));
        }
      }
      Mail vanished = Mail.of("grant-0", "vanished");
      notifications.add(NotificationFixture.created(vanished));

      List<DeliveryReport> lost = deliverAll(destination, notifications, 40);
      // The inbox is small, so some were turned away thrice: Nylas gives those up.
      while (!lost.isEmpty()) {
        Set<String> ids = new HashSet<>(lost.stream().map(DeliveryReport::notificationId).toList());
        assertThat(lost).allSatisfy(r -> assertThat(last(r)).isEqualTo(503));
        lost =
            deliverAll(
                destination, notifications.stream().filter(n -> ids.contains(n.id())).toList(), 0);
      }
      awaitWhileTimePasses(() -> settled.get() >= notifications.size() + 4);

      assertThat(router.countsByKey().keySet()).isEqualTo(expected);
      assertThat(router.countsByKey()).allSatisfy((key, count) -> assertThat(count).isOne());
      assertThat(router.tickets())
          .allSatisfy(ticket -> assertThat(ticket.message().headersKnown()).isTrue());
      assertThat(gone).hasValue(1);
      assertThat(inbox.deadLetters().list("", 10).letters()).isEmpty();
      assertThat(handler.health().isUp()).isTrue();
    }
    inbox.close();
  }

  @Test
  void aRefusedKeyHoldsMailsBackAndLosesNone() throws Exception {
    InMemoryInbox inbox = inbox().build();
    try (WebhookHandler handler = handler().inbox(inbox).build();
        TestServer endpoint = TestServer.endpoint(handler)) {
      Destination destination = nylas.subscribe(endpoint.url());
      nylas.refuseKey();
      List<NotificationFixture> notifications = mails("g", 40);

      assertThat(deliverAll(destination, notifications, 0)).isEmpty();
      await().atMost(PATIENCE).until(() -> !handler.health().isUp());
      assertThat(handler.health().accepting()).isTrue();
      assertThat(handler.health().problems()).singleElement().asString().contains("API key");
      // Hours of it: far more tries than a failing delivery has.
      for (int i = 0; i < 60; i++) {
        // Before the clock goes on: the one call that this brings may come at once.
        long calls = nylas.callCount();
        clock.advance(Duration.ofMinutes(6));
        await().atMost(PATIENCE).until(() -> nylas.callCount() > calls);
      }
      assertThat(router.tickets()).isEmpty();
      assertThat(inbox.deadLetters().list("", 10).letters()).isEmpty();

      nylas.recover();
      awaitWhileTimePasses(() -> settled.get() >= 40);

      assertThat(handler.health().isUp()).isTrue();
      assertThat(router.countsByKey())
          .hasSize(40)
          .allSatisfy((key, count) -> assertThat(count).isOne());
      assertThat(inbox.deadLetters().list("", 10).letters()).isEmpty();
    }
    inbox.close();
  }

  @Test
  void aFullInboxAnswers503AndWhatComesAgainIsTaken() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    InMemoryInbox inbox = inbox().capacity(1).build();
    try (FakeNylas patient =
            FakeNylas.builder().retryDelays(Duration.ofMillis(20), Duration.ofSeconds(4)).start();
        WebhookHandler handler =
            WebhookHandler.builder()
                .webhookSecret(patient.webhookSecret())
                .messageFetcher(client.asFetcher())
                .ticketRouter(
                    ticket -> {
                      release.await();
                      return router.route(ticket);
                    })
                .observer(counting)
                .inbox(inbox)
                .build();
        TestServer endpoint = TestServer.endpoint(handler)) {
      Destination destination = patient.subscribe(endpoint.url());
      List<NotificationFixture> two = mails("g", 2);
      assertThat(destination.deliver(two.get(0)).get(30, SECONDS).delivered()).isTrue();

      CompletableFuture<DeliveryReport> second = destination.deliver(two.get(1));
      await().atMost(PATIENCE).until(() -> nylas.callCount() > 0);
      assertThat(destination.post(two.get(1).sign(destination.secret())).status()).isEqualTo(503);
      release.countDown();

      DeliveryReport report = second.get(60, SECONDS);
      assertThat(report.delivered()).isTrue();
      assertThat(report.attempts().get(0).status()).isEqualTo(503);
      assertThat(report.attempts().get(0).retryAfterSeconds()).isPositive();
      await().atMost(PATIENCE).until(() -> settled.get() == 2);
      assertThat(router.countsByKey())
          .hasSize(2)
          .allSatisfy((key, count) -> assertThat(count).isOne());
    }
    inbox.close();
  }

  @Test
  void closingRefusesWhatComesAndFinishesWhatIsUnderWay() throws Exception {
    CountDownLatch routing = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    WebhookHandler handler =
        WebhookHandler.builder()
            .webhookSecret(nylas.webhookSecret())
            .nylas(client)
            .ticketRouter(
                ticket -> {
                  routing.countDown();
                  release.await();
                  return router.route(ticket);
                })
            .build();
    try (TestServer endpoint = TestServer.endpoint(handler)) {
      Destination destination = nylas.subscribe(endpoint.url());
      List<NotificationFixture> two = mails("g", 2);
      assertThat(destination.deliver(two.get(0)).get(30, SECONDS).delivered()).isTrue();
      assertThat(routing.await(30, SECONDS)).isTrue();

      CompletableFuture<Void> closing = CompletableFuture.runAsync(handler::close);
      await().atMost(PATIENCE).until(() -> !handler.health().accepting());
      DeliveryReport.Attempt refused = destination.post(two.get(1).sign(destination.secret()));
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.retryAfterSeconds()).isPositive();
      assertThat(closing).isNotDone();
      release.countDown();

      closing.get(30, SECONDS);
      assertThat(router.tickets()).hasSize(1);
      assertThat(destination.post(two.get(1).sign(destination.secret())).status()).isEqualTo(503);
    }
  }

  @Test
  void aDestinationThatFailsOrCannotSayGetsEachTicketOnce() throws Exception {
    InMemoryInbox inbox = inbox().build();
    RecordingRouter unsteady = new RecordingRouter("unsteady");
    for (int i = 0; i < 30; i++) {
      unsteady.failNext(new IOException("the destination is away"));
    }
    try (WebhookHandler handler =
            handler().inbox(inbox).ticketRouter(TicketRouter.allOf(router, unsteady)).build();
        TestServer endpoint = TestServer.endpoint(handler)) {
      assertThat(deliverAll(nylas.subscribe(endpoint.url()), mails("g", 20), 10)).isEmpty();
      awaitWhileTimePasses(() -> settled.get() >= 20);

      assertThat(router.countsByKey()).hasSize(20).allSatisfy((k, n) -> assertThat(n).isOne());
      assertThat(unsteady.countsByKey()).hasSize(20).allSatisfy((k, n) -> assertThat(n).isOne());
    }
    inbox.close();
  }

  private InMemoryInbox.Builder inbox() {
    return InMemoryInbox.builder().clock(clock).pollInterval(Duration.ofMillis(5));
  }

  private WebhookHandler.Builder handler() {
    return WebhookHandler.builder()
        .webhookSecret(nylas.webhookSecret())
        .nylas(client)
        .ticketRouter(router)
        .goneLookups(List.of(Duration.ofSeconds(1), Duration.ofSeconds(2)))
        // The test's time runs twenty times as fast: six seconds of ours.
        .claimLease(Duration.ofMinutes(2))
        .observer(counting)
        .clock(clock);
  }

  private List<NotificationFixture> mails(String grant, int count) {
    List<NotificationFixture> notifications = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Mail mail = Mail.of(grant, "mail-" + i);
      nylas.add(mail);
      notifications.add(NotificationFixture.created(mail));
    }
    return notifications;
  }

  /** Delivers all of them while time passes, and gives back what Nylas gave up. */
  private List<DeliveryReport> deliverAll(
      Destination destination, List<NotificationFixture> notifications, int duplicates) {
    List<CompletableFuture<DeliveryReport>> reports =
        destination.deliverShuffled(notifications, duplicates, new Random(11));
    awaitWhileTimePasses(() -> reports.stream().allMatch(CompletableFuture::isDone));
    Set<String> delivered = new HashSet<>();
    reports.stream()
        .map(CompletableFuture::join)
        .filter(DeliveryReport::delivered)
        .forEach(report -> delivered.add(report.notificationId()));
    return reports.stream()
        .map(CompletableFuture::join)
        .filter(report -> !delivered.contains(report.notificationId()))
        .toList();
  }

  private void awaitWhileTimePasses(Callable<Boolean> condition) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> {
              clock.advance(Duration.ofMillis(200));
              return condition.call();
            });
  }

  private static int last(DeliveryReport report) {
    return report.attempts().get(report.attempts().size() - 1).status();
  }
}
