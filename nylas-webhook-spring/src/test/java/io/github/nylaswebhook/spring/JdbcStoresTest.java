package io.github.nylaswebhook.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.jdbc.JdbcConversationStore;
import io.github.nylaswebhook.jdbc.JdbcDedupStore;
import io.github.nylaswebhook.jdbc.JdbcInbox;
import io.github.nylaswebhook.jdbc.JdbcSchema;
import io.github.nylaswebhook.notification.Notification;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RecordingRouter;
import io.github.nylaswebhook.ticket.ConversationStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.DependsOn;

class JdbcStoresTest {
  private static final List<String> EVENTS = new CopyOnWriteArrayList<>();

  private final FakeNylas nylas = FakeNylas.start();
  private String url;

  @BeforeEach
  void database() throws Exception {
    EVENTS.clear();
    url = TestPostgres.url();
  }

  @AfterEach
  void stop() {
    nylas.close();
  }

  @Configuration(proxyBeanMethods = false)
  static class Desk {
    @Bean
    RecordingRouter router() {
      return new RecordingRouter().appending();
    }
  }

  private String[] properties(String... more) {
    String[] all = new String[more.length + 3];
    all[0] = "nylas.webhook.secrets=" + nylas.webhookSecret();
    all[1] = "nylas.webhook.api-key=" + nylas.apiKey();
    all[2] = "nylas.webhook.api-url=" + nylas.url();
    System.arraycopy(more, 0, all, 3, more.length);
    return TestPostgres.properties(url, all);
  }

  @Test
  void aDataSourceGivesTheInboxTheClaimsAndTheConversations() throws Exception {
    Mail mail = Mail.of("grant-1", "message-1");
    nylas.add(mail);
    try (ConfigurableApplicationContext context = TestApplication.run(Desk.class, properties())) {
      assertThat(context.getBean(Inbox.class)).isInstanceOf(JdbcInbox.class);
      assertThat(context.getBean(DedupStore.class)).isInstanceOf(JdbcDedupStore.class);
      assertThat(context.getBean(WebhookHandler.class).inbox())
          .isSameAs(context.getBean(Inbox.class));
      var destination = nylas.subscribe(TestApplication.uri(context, "/webhooks/nylas").toString());
      NotificationFixture created = NotificationFixture.created(mail);
      assertThat(destination.deliver(created).get().delivered()).isTrue();
      assertThat(destination.deliver(created).get().delivered()).isTrue();
      RecordingRouter router = context.getBean(RecordingRouter.class);
      assertThat(router.await(1, Duration.ofSeconds(20)).get(0).messageId()).isEqualTo("message-1");
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> context.getBean(Inbox.class).statistics().waiting() == 0);
      assertThat(router.tickets()).hasSize(1);
      assertThat(context.getBean(ConversationStore.class))
          .isInstanceOf(JdbcConversationStore.class);
    }
    // Another process knows the conversation.
    Mail further = Mail.of("grant-1", "message-2").thread("thread-message-1");
    nylas.add(further);
    try (ConfigurableApplicationContext context = TestApplication.run(Desk.class, properties())) {
      nylas
          .subscribe(TestApplication.uri(context, "/webhooks/nylas").toString())
          .deliver(NotificationFixture.created(further))
          .get();
      RecordingRouter router = context.getBean(RecordingRouter.class);
      assertThat(router.await(1, Duration.ofSeconds(20)).get(0).parent().id()).isEqualTo("T-1");
    }
  }

  @Test
  void memoryOverridesIt() {
    try (ConfigurableApplicationContext context =
        TestApplication.run(Desk.class, properties("nylas.webhook.inbox=memory"))) {
      assertThat(context.getBeanProvider(Inbox.class).getIfAvailable()).isNull();
      assertThat(context.getBeanProvider(DedupStore.class).getIfAvailable()).isNull();
      assertThat(context.getBeanProvider(ConversationStore.class).getIfAvailable()).isNull();
      assertThat(context.getBean(WebhookHandler.class).inbox()).isInstanceOf(InMemoryInbox.class);
    }
    try (ConfigurableApplicationContext context =
        TestApplication.run(
            Desk.class, properties("nylas.webhook.inbox=memory", "nylas.webhook.dedup=jdbc"))) {
      assertThat(context.getBean(DedupStore.class)).isInstanceOf(JdbcDedupStore.class);
    }
  }

  @Test
  void tablesThatArentMadeAreAskedFor() throws Exception {
    Throwable failure =
        catchThrowable(
            () ->
                TestApplication.run(
                    Desk.class, properties("nylas.webhook.jdbc.create-schema=false")));
    FailureAnalysis said = new NylasWebhookFailureAnalyzer().analyze(failure);
    assertThat(said.getDescription()).contains("nylas_webhook_inbox");
    assertThat(said.getAction())
        .contains("db/nylas-webhook/postgresql", "nylas.webhook.jdbc.create-schema");

    JdbcSchema.createSchemaIfMissing(dataSource(url));
    TestApplication.run(Desk.class, properties("nylas.webhook.jdbc.create-schema=false")).close();
  }

  @Test
  void migrationsOfTheApplicationsComeFirst() {
    String folder = "classpath:db/nylas-webhook/postgresql/";
    String scripts = folder + "V1__nylas_webhook.sql," + folder + "V2__conversations.sql";
    TestApplication.run(
            Desk.class,
            properties(
                "nylas.webhook.jdbc.create-schema=false",
                "spring.sql.init.mode=always",
                "spring.sql.init.schema-locations=" + scripts))
        .close();
  }

  @Configuration(proxyBeanMethods = false)
  static class TwoDatabases {
    @Bean
    DataSource orders() {
      return new PGSimpleDataSource();
    }

    @Bean
    DataSource mails() {
      return new PGSimpleDataSource();
    }
  }

  @Test
  void severalDatabasesAreAnErrorAndNotTheMemory() {
    Throwable failure =
        catchThrowable(
            () ->
                TestApplication.run(new Class<?>[] {Desk.class, TwoDatabases.class}, properties()));
    FailureAnalysis said = new NylasWebhookFailureAnalyzer().analyze(failure);
    assertThat(said.getDescription()).contains("javax.sql.DataSource", "orders", "mails");
    assertThat(said.getAction()).contains("@Primary", "JdbcInbox", "nylas.webhook.inbox to memory");
  }

  /** Told of what waits in the inbox, however late it is made. */
  @Configuration(proxyBeanMethods = false)
  static class Slow {
    @Bean
    Listener listener() {
      return new Listener();
    }

    /** By its name the last of all. */
    @Bean
    @DependsOn("nylasWebhookHandler")
    Object zzz() throws InterruptedException {
      EVENTS.add("making");
      // Longer than the inbox's poll: whoever starts too early is seen.
      Thread.sleep(1500);
      EVENTS.add("made");
      return new Object();
    }

    static class Listener {
      @NylasListener("message.opened")
      void opened(Notification notification) {
        EVENTS.add("told");
      }
    }
  }

  @Test
  void whatWaitedIsProcessedWhenEverythingIsThere() throws Exception {
    JdbcSchema.createSchemaIfMissing(dataSource(url));
    try (JdbcInbox inbox = JdbcInbox.builder(dataSource(url)).build();
        WebhookHandler door =
            WebhookHandler.builder()
                .webhookSecret(nylas.webhookSecret())
                .inbox(inbox)
                .acceptOnly()
                .build()) {
      assertThat(
              door.handle(
                      NotificationFixture.of("message.opened")
                          .sign(nylas.webhookSecret())
                          .toRequest())
                  .status())
          .isEqualTo(200);
    }
    try (ConfigurableApplicationContext context =
        TestApplication.run(new Class<?>[] {Desk.class, Slow.class}, properties())) {
      await().atMost(Duration.ofSeconds(20)).until(() -> EVENTS.contains("told"));
      assertThat(EVENTS).containsExactly("making", "made", "told");
      assertThat(context.getBean(Inbox.class).statistics().deadLetters()).isZero();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Listening {
    @Bean
    OfCreated ofCreated() {
      return new OfCreated();
    }

    static class OfCreated {
      @NylasListener("message.created")
      void created(Notification notification) {
        EVENTS.add("told of it");
      }
    }
  }

  @Test
  void lazyInitializationDoesntPutProcessingOff() throws Exception {
    Mail mail = Mail.of("grant-1", "message-1");
    nylas.add(mail);
    JdbcSchema.createSchemaIfMissing(dataSource(url));
    try (JdbcInbox inbox = JdbcInbox.builder(dataSource(url)).build();
        WebhookHandler door =
            WebhookHandler.builder()
                .webhookSecret(nylas.webhookSecret())
                .inbox(inbox)
                .acceptOnly()
                .build()) {
      door.handle(NotificationFixture.created(mail).sign(nylas.webhookSecret()).toRequest());
    }
    try (ConfigurableApplicationContext context =
        TestApplication.run(
            new Class<?>[] {Desk.class, Listening.class},
            properties("spring.main.lazy-initialization=true"))) {
      context.getBean(RecordingRouter.class).await(1, Duration.ofSeconds(20));
      await().atMost(Duration.ofSeconds(20)).until(() -> EVENTS.contains("told of it"));
    }
  }

  static DataSource dataSource(String url) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(url);
    source.setUser("postgres");
    return source;
  }
}
