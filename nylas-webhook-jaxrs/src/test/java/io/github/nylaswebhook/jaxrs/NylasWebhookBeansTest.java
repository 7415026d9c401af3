package io.github.nylaswebhook.jaxrs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.WebhookRequest;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageFetcher;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RecordingRouter;
import io.github.nylaswebhook.test.SignedDelivery;
import io.github.nylaswebhook.ticket.TicketRouter;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.enterprise.inject.se.SeContainer;
import jakarta.enterprise.inject.se.SeContainerInitializer;
import jakarta.inject.Singleton;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

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

    WebhookHandler handler;
    try (SeContainer container =
        application(Secret.class, Router.class, Storage.class).initialize()) {
      assertThat(router.await(1, Duration.ofSeconds(20)).get(0).messageId()).isEqualTo("waiting");
      handler = container.select(NylasWebhookBeans.class).get().handler();
      assertThat(handler).isSameAs(container.select(NylasWebhookBeans.class).get().handler());
      assertThat(container.select(NylasWebhookResource.class).get()).isNotNull();
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
  void doesntStartWithoutAHandlerOrItsBuilder() {
    assertThatThrownBy(() -> application(Router.class).initialize())
        .hasStackTraceContaining("No WebhookHandler bean")
        .hasStackTraceContaining("produce WebhookHandler.builder().webhookSecret(…)");
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

  @Test
  void doesntStartWithTwoRouters() {
    assertThatThrownBy(
            () -> application(Secret.class, Router.class, SecondRouter.class).initialize())
        .hasStackTraceContaining("Several TicketRouter beans")
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
    SignedDelivery delivery =
        SignedDelivery.of(UUID.randomUUID().toString().getBytes(UTF_8), false, secret);
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
  static class SecondRouter {
    @Produces
    TicketRouter second() {
      return new RecordingRouter("second");
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
}
