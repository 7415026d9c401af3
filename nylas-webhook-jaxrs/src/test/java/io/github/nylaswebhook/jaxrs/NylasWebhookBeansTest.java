package io.github.nylaswebhook.jaxrs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.WebhookRequest;
import io.github.nylaswebhook.categorize.Categorizer;
import io.github.nylaswebhook.categorize.Classification;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.filter.MessageFilter;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.filter.Verdict;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.InMemoryDedupStore;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.message.FolderSource;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageFetcher;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.pipeline.PipelineObserver;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RecordingRouter;
import io.github.nylaswebhook.test.SignedDelivery;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.github.nylaswebhook.ticket.InMemoryConversationStore;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.enterprise.inject.se.SeContainer;
import jakarta.enterprise.inject.se.SeContainerInitializer;
import jakarta.enterprise.inject.spi.AfterBeanDiscovery;
import jakarta.enterprise.inject.spi.Extension;
import jakarta.inject.Singleton;
import java.io.ByteArrayInputStream;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NylasWebhookBeansTest {
  private static final String SECRET = "whs-cdi";

  private static RecordingRouter router = new RecordingRouter();
  private static InMemoryInbox inbox = InMemoryInbox.builder().build();
  private static WebhookHandler own = handler();

  @BeforeEach
  void forget() {
    router = new RecordingRouter();
    inbox = InMemoryInbox.builder().build();
    own = handler();
  }

  @Test
  void makesAHandlerOfTheBeansAtTheStartOfTheApplication() throws Exception {
    // What came before the start, which nothing but a started handler processes.
    inbox.accept(
        new Delivery(
            "waiting",
            "message.created",
            false,
            Instant.now(),
            NotificationFixture.created(Mail.of("grant-1", "waiting")).sign(SECRET).body()));

    try (SeContainer container =
        application(Secret.class, Router.class, Storage.class).initialize()) {
      assertThat(router.await(1, Duration.ofSeconds(20)).get(0).messageId()).isEqualTo("waiting");
      WebhookHandler handler = container.select(NylasWebhookBeans.class).get().handler();
      assertThat(handler).isSameAs(container.select(NylasWebhookBeans.class).get().handler());
      assertThat(container.select(NylasWebhookResource.class).get()).isNotNull();
      assertThat(answer(handler, SECRET)).isEqualTo(200);
    }
  }

  @Test
  void closesTheHandlerThatItMade() {
    WebhookHandler handler;
    try (SeContainer container = application(Secret.class, Router.class).initialize()) {
      handler = container.select(NylasWebhookBeans.class).get().handler();
      assertThat(answer(handler, SECRET)).isEqualTo(200);
    }
    assertThat(answer(handler, SECRET)).isEqualTo(503);
  }

  @Test
  void takesTheApplicationsOwnHandlerAndLeavesItOpen() {
    try (SeContainer container = application(Own.class, Router.class).initialize()) {
      assertThat(container.select(NylasWebhookBeans.class).get().handler()).isSameAs(own);
    }
    assertThat(answer(own, "own")).isEqualTo(200);
  }

  @Test
  void fetchesWithTheClientBean() throws Exception {
    Mail mail = Mail.of("grant-1", "message-1").subject("Printer on fire");
    try (FakeNylas fake = FakeNylas.start().add(mail);
        SeContainer container =
            SeContainerInitializer.newInstance()
                .disableDiscovery()
                .addBeanClasses(NylasWebhookBeans.class, NylasWebhookLifecycle.class)
                .addBeanClasses(Client.class, Router.class)
                .addExtensions(new Given(FakeNylas.class, List.of(fake)))
                .initialize()) {
      deliver(container, mail, fake.webhookSecret());

      assertThat(router.await(1, Duration.ofSeconds(20)).get(0).subject())
          .isEqualTo("Printer on fire");
    }
  }

  @Test
  void asksEveryPartThatIsABean() throws Exception {
    Mail mail = Mail.of("grant-1", "message-1");
    router.appending();
    try (SeContainer container = application(Parts.class, Router.class).initialize()) {
      deliver(container, mail, SECRET);

      Ticket ticket = router.await(1, Duration.ofSeconds(20)).get(0);
      assertThat(ticket.category()).isEqualTo("of the bean");
      await()
          .untilAsserted(
              () ->
                  assertThat(Parts.asked)
                      .containsExactlyInAnyOrder(
                          "MessageFetcher",
                          "FolderSource",
                          "MessageFilter",
                          "Categorizer",
                          "DedupStore",
                          "ConversationStore",
                          "Inbox",
                          "PipelineObserver",
                          "another PipelineObserver"));
    }
  }

  @Test
  void startsQuietlyWithoutAHandlerOrItsBuilder() {
    try (SeContainer container = application(Router.class).initialize()) {
      NylasWebhookBeans beans = container.select(NylasWebhookBeans.class).get();

      assertThatThrownBy(beans::handler)
          .hasMessageContaining("No WebhookHandler bean")
          .hasMessageContaining("produce WebhookHandler.builder().webhookSecret(…)");
    }
  }

  @Test
  void doesntStartWithoutASecret() {
    assertThatThrownBy(() -> application(NoSecret.class, Router.class).initialize())
        .hasStackTraceContaining("No webhook secret: give the builder .webhookSecret(…)");
  }

  @Test
  void doesntStartWithoutARouter() {
    assertThatThrownBy(() -> application(Secret.class).initialize())
        .hasStackTraceContaining("No TicketRouter bean: write one");
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        WebhookHandler.class,
        WebhookHandler.Builder.class,
        TicketRouter.class,
        NylasClient.class,
        MessageFetcher.class,
        FolderSource.class,
        MessageFilter.class,
        Categorizer.class,
        DedupStore.class,
        ConversationStore.class,
        Inbox.class
      })
  void doesntStartWithTwoOfAKind(Class<?> type) {
    String name =
        type == WebhookHandler.Builder.class ? "WebhookHandler.Builder" : type.getSimpleName();

    assertThatThrownBy(
            () ->
                application(Secret.class, Router.class)
                    .addExtensions(new Given(type, List.of("one", "two")))
                    .initialize())
        .hasStackTraceContaining("Several " + name + " beans")
        .hasStackTraceContaining("@Alternative");
  }

  private static SeContainerInitializer application(Class<?>... beans) {
    return SeContainerInitializer.newInstance()
        .disableDiscovery()
        .addBeanClasses(
            NylasWebhookBeans.class, NylasWebhookLifecycle.class, NylasWebhookResource.class)
        .addBeanClasses(beans);
  }

  private static WebhookHandler handler() {
    return WebhookHandler.builder()
        .webhookSecret("own")
        .messageFetcher(ref -> Message.builder(ref.grantId(), ref.messageId()).build())
        .ticketRouter(new RecordingRouter())
        .build();
  }

  /** 200 if the handler is open. */
  private static int answer(WebhookHandler handler, String secret) {
    return answer(
        handler, SignedDelivery.of(UUID.randomUUID().toString().getBytes(UTF_8), false, secret));
  }

  private static int answer(WebhookHandler handler, SignedDelivery delivery) {
    return handler
        .handle(
            new WebhookRequest(
                "POST",
                null,
                Map.of("X-Nylas-Signature", List.of(delivery.signature())),
                new ByteArrayInputStream(delivery.body()),
                delivery.body().length))
        .status();
  }

  private static void deliver(SeContainer container, Mail mail, String secret) {
    SignedDelivery delivery = NotificationFixture.created(mail).sign(secret);
    WebhookHandler handler = container.select(NylasWebhookBeans.class).get().handler();
    assertThat(answer(handler, delivery)).isEqualTo(200);
  }

  @Dependent
  static class Secret {
    @Produces
    WebhookHandler.Builder builder() {
      return WebhookHandler.builder().webhookSecret(SECRET);
    }

    @Produces
    MessageFetcher fetcher() {
      return ref -> Message.builder(ref.grantId(), ref.messageId()).build();
    }
  }

  @Dependent
  static class NoSecret {
    @Produces
    WebhookHandler.Builder builder() {
      return WebhookHandler.builder();
    }
  }

  @Dependent
  static class Router {
    @Produces
    TicketRouter router() {
      return router;
    }
  }

  @Dependent
  static class Storage {
    @Produces
    @ApplicationScoped
    Inbox inbox() {
      return inbox;
    }
  }

  @Dependent
  static class Own {
    @Produces
    @Singleton
    WebhookHandler own() {
      return own;
    }
  }

  @Dependent
  static class Client {
    @Produces
    WebhookHandler.Builder builder(FakeNylas fake) {
      return WebhookHandler.builder().webhookSecret(fake.webhookSecret());
    }

    @Produces
    @Singleton
    NylasClient client(FakeNylas fake) {
      return NylasClient.builder(fake.apiKey()).baseUrl(fake.url()).build();
    }
  }

  /** One of each, that says that it was asked. */
  @Dependent
  static class Parts {
    static final Set<String> asked = ConcurrentHashMap.newKeySet();

    @Produces
    WebhookHandler.Builder builder() {
      asked.clear();
      return WebhookHandler.builder().webhookSecret(SECRET);
    }

    @Produces
    MessageFetcher fetcher() {
      return ref -> {
        asked.add("MessageFetcher");
        return Message.builder(ref.grantId(), ref.messageId()).folders(List.of("f-1")).build();
      };
    }

    @Produces
    FolderSource folders() {
      return (application, grant, ids) -> {
        asked.add("FolderSource");
        return List.of();
      };
    }

    @Produces
    MessageFilter filter() {
      return (message, context) -> {
        asked.add("MessageFilter");
        return new Verdict(MessageKind.HUMAN, List.of(), true);
      };
    }

    @Produces
    Categorizer categorizer() {
      return (message, context) -> {
        asked.add("Categorizer");
        return new Classification("of the bean", Priority.MEDIUM, Set.of(), List.of());
      };
    }

    @Produces
    @ApplicationScoped
    DedupStore store() {
      return asked(DedupStore.class, new InMemoryDedupStore());
    }

    @Produces
    @ApplicationScoped
    ConversationStore conversations() {
      return asked(ConversationStore.class, new InMemoryConversationStore());
    }

    @Produces
    @ApplicationScoped
    Inbox inbox() {
      return asked(Inbox.class, inbox);
    }

    @Produces
    PipelineObserver observer() {
      return new PipelineObserver() {
        @Override
        public void accepted(Delivery delivery, Duration took) {
          asked.add("PipelineObserver");
        }
      };
    }

    @Produces
    PipelineObserver another() {
      return new PipelineObserver() {
        @Override
        public void routed(Ticket ticket, TicketRef ref, Duration took) {
          asked.add("another PipelineObserver");
        }
      };
    }

    private static <T> T asked(Class<T> type, T part) {
      return type.cast(
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (proxy, method, arguments) -> {
                asked.add(type.getSimpleName());
                return method.invoke(part, arguments);
              }));
    }
  }

  /** Beans of this type. */
  record Given(Class<?> type, List<Object> beans) implements Extension {
    public void add(@Observes AfterBeanDiscovery event) {
      for (Object bean : beans) {
        event.addBean().id(type + " " + bean).types(type).createWith(context -> bean);
      }
    }
  }
}
