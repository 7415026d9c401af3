package io.github.nylaswebhook.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.jdbc.JdbcInbox;
import io.github.nylaswebhook.jdbc.JdbcSchema;
import io.github.nylaswebhook.signature.SecretSource;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RawHttp;
import io.github.nylaswebhook.test.SignedDelivery;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** First the web server, then the handler and its inbox, then what they need. */
class ShutdownTest {
  private static final String SECRET = "whs";
  private static final AtomicInteger ROUTED = new AtomicInteger();
  private static CountDownLatch routing;
  private static CountDownLatch verifying;
  private static CountDownLatch failing;
  private static CountDownLatch go;
  private static volatile boolean running;

  private final FakeNylas nylas = FakeNylas.start();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @BeforeEach
  void reset() {
    ROUTED.set(0);
    routing = new CountDownLatch(1);
    verifying = new CountDownLatch(1);
    failing = new CountDownLatch(1);
    go = new CountDownLatch(1);
  }

  @AfterEach
  void stop() {
    go.countDown();
    threads.shutdownNow();
    nylas.close();
  }

  /** Takes its time, and needs the database then. */
  @Configuration(proxyBeanMethods = false)
  static class SlowDesk {
    @Bean
    SecretSource secrets() {
      return () -> List.of(SECRET);
    }

    @Bean
    TicketRouter router(DataSource database) {
      return ticket -> {
        routing.countDown();
        go.await(30, TimeUnit.SECONDS);
        try (Connection connection = database.getConnection();
            Statement statement = connection.createStatement();
            ResultSet one = statement.executeQuery("select 1")) {
          one.next();
        }
        if (running) {
          ROUTED.incrementAndGet();
        }
        return TicketRef.of("desk", ticket.messageId());
      };
    }
  }

  /** Holds deliveries back between their reading and their verifying. */
  @Configuration(proxyBeanMethods = false)
  static class SlowDoor {
    @Bean
    TicketRouter router() {
      return ticket -> {
        ROUTED.incrementAndGet();
        return TicketRef.of("desk", ticket.messageId());
      };
    }

    @Bean
    SecretSource secrets() {
      return () -> {
        verifying.countDown();
        try {
          go.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        return List.of(SECRET);
      };
    }
  }

  /** Any bean that starts and stops in Spring's usual way, as Redis' connections do. */
  @Configuration(proxyBeanMethods = false)
  static class Neighbour {
    @Bean
    SmartLifecycle neighbour() {
      return new SmartLifecycle() {
        @Override
        public void start() {
          running = true;
        }

        @Override
        public void stop() {
          running = false;
        }

        @Override
        public boolean isRunning() {
          return running;
        }

        @Override
        public int getPhase() {
          return 0;
        }
      };
    }
  }

  /** Fails to start after processing has begun, as a web server does whose port is taken. */
  @Configuration(proxyBeanMethods = false)
  static class Failing {
    @Bean
    SmartLifecycle failing() {
      return new SmartLifecycle() {
        @Override
        public void start() {
          try {
            routing.await(30, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          failing.countDown();
          throw new IllegalStateException("the port is taken");
        }

        @Override
        public void stop() {}

        @Override
        public boolean isRunning() {
          return false;
        }
      };
    }
  }

  private ConfigurableApplicationContext start(String url, Class<?>... desk) {
    Class<?>[] sources = Arrays.copyOf(desk, desk.length + 1);
    sources[desk.length] = Neighbour.class;
    return TestApplication.run(
        sources,
        TestPostgres.properties(
            url,
            "nylas.webhook.api-key=" + nylas.apiKey(),
            "nylas.webhook.api-url=" + nylas.url()));
  }

  private RawHttp.Answer send(URI uri, Mail mail) throws Exception {
    SignedDelivery delivery = NotificationFixture.created(mail).sign(SECRET);
    return RawHttp.exchange(uri, RawHttp.head(uri, delivery, Map.of()), delivery.body());
  }

  private static boolean listens(URI uri) {
    try {
      new RawHttp(uri).close();
      return true;
    } catch (java.io.IOException e) {
      return false;
    }
  }

  @Test
  void whatIsBeingRoutedIsFinishedWhileItsDatabaseIsThere() throws Exception {
    String url = TestPostgres.url();
    ConfigurableApplicationContext context = start(url, SlowDesk.class);
    URI uri = TestApplication.uri(context, "/webhooks/nylas");
    Mail mail = Mail.of("grant-1", "message-1");
    nylas.add(mail);
    assertThat(send(uri, mail).status()).isEqualTo(200);
    assertThat(routing.await(20, TimeUnit.SECONDS)).isTrue();

    Future<?> closed = threads.submit(context::close);

    // The web server is gone, and the handler still waits for the router.
    await().atMost(Duration.ofSeconds(20)).until(() -> !listens(uri));
    assertThat(closed.isDone()).isFalse();
    go.countDown();
    closed.get(30, TimeUnit.SECONDS);
    assertThat(ROUTED).hasValue(1);
    try (JdbcInbox inbox = JdbcInbox.builder(JdbcStoresTest.dataSource(url)).build()) {
      assertThat(inbox.statistics().waiting()).isZero();
      assertThat(inbox.statistics().deadLetters()).isZero();
    }
  }

  @Test
  void whatIsBeingReceivedIsAnsweredAndRoutedOrKept() throws Exception {
    String url = TestPostgres.url();
    ConfigurableApplicationContext context = start(url, SlowDoor.class);
    URI uri = TestApplication.uri(context, "/webhooks/nylas");
    Mail mail = Mail.of("grant-1", "message-1");
    nylas.add(mail);
    Future<RawHttp.Answer> answer = threads.submit(() -> send(uri, mail));
    assertThat(verifying.await(20, TimeUnit.SECONDS)).isTrue();

    Future<?> closed = threads.submit(context::close);

    await().atMost(Duration.ofSeconds(20)).until(() -> !listens(uri));
    assertThat(closed.isDone()).isFalse();
    go.countDown();
    assertThat(answer.get(20, TimeUnit.SECONDS).status()).isEqualTo(200);
    closed.get(30, TimeUnit.SECONDS);
    try (JdbcInbox inbox = JdbcInbox.builder(JdbcStoresTest.dataSource(url)).build()) {
      assertThat(inbox.statistics().waiting() + ROUTED.get()).isEqualTo(1);
      assertThat(inbox.statistics().deadLetters()).isZero();
    }
  }

  @Test
  void aContextThatIsOnlyStoppedGoesOnWhenItIsStartedAgain() throws Exception {
    go.countDown();
    try (ConfigurableApplicationContext context = start(TestPostgres.url(), SlowDesk.class)) {
      context.stop();
      context.start();
      Mail mail = Mail.of("grant-1", "message-1");
      nylas.add(mail);
      URI uri = TestApplication.uri(context, "/webhooks/nylas");
      assertThat(send(uri, mail).status()).isEqualTo(200);
      await().atMost(Duration.ofSeconds(20)).until(() -> ROUTED.get() == 1);
    }
  }

  @Test
  void aStartThatFailsHasFinishedWhatItBegan() throws Exception {
    String url = TestPostgres.url();
    Mail mail = Mail.of("grant-1", "message-1");
    nylas.add(mail);
    JdbcSchema.createSchemaIfMissing(JdbcStoresTest.dataSource(url));
    try (JdbcInbox inbox = JdbcInbox.builder(JdbcStoresTest.dataSource(url)).build();
        WebhookHandler door =
            WebhookHandler.builder().webhookSecret(SECRET).inbox(inbox).acceptOnly().build()) {
      door.handle(NotificationFixture.created(mail).sign(SECRET).toRequest());
    }

    Future<?> started = threads.submit(() -> start(url, SlowDesk.class, Failing.class));
    assertThat(failing.await(60, TimeUnit.SECONDS)).isTrue();

    // What starts before the handler stops after it.
    await().during(Duration.ofSeconds(1)).atMost(Duration.ofSeconds(5)).until(() -> running);
    go.countDown();
    assertThatThrownBy(() -> started.get(30, TimeUnit.SECONDS))
        .hasRootCauseMessage("the port is taken");
    assertThat(ROUTED).hasValue(1);
    try (JdbcInbox inbox = JdbcInbox.builder(JdbcStoresTest.dataSource(url)).build()) {
      assertThat(inbox.statistics().waiting()).isZero();
    }
  }
}
