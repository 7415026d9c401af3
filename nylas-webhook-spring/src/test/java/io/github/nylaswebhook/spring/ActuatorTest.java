package io.github.nylaswebhook.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.inbox.DeadLetters;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.DeliveryProcessor;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.inbox.InboxStatistics;
import io.github.nylaswebhook.inbox.InboxUnavailableException;
import io.github.nylaswebhook.inbox.Receipt;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RecordingRouter;
import io.github.nylaswebhook.test.SignedDelivery;
import io.github.nylaswebhook.ticket.TicketRouter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class ActuatorTest {
  private final FakeNylas nylas = FakeNylas.start();
  private final HttpClient http = HttpClient.newHttpClient();

  @Configuration(proxyBeanMethods = false)
  static class Desk {
    @Bean
    TicketRouter router() {
      return new RecordingRouter();
    }

    @Bean
    MeterRegistry registry() {
      return new SimpleMeterRegistry();
    }
  }

  @AfterEach
  void stop() {
    nylas.close();
  }

  private ConfigurableApplicationContext start(String... more) {
    List<String> properties = new ArrayList<>(List.of(more));
    Collections.addAll(
        properties,
        "nylas.webhook.secrets=" + nylas.webhookSecret(),
        "nylas.webhook.api-key=" + nylas.apiKey(),
        "nylas.webhook.api-url=" + nylas.url(),
        "nylas.webhook.support-addresses=support@acme.example",
        "management.endpoint.health.show-details=always");
    return TestApplication.run(Desk.class, properties.toArray(String[]::new));
  }

  private HttpResponse<String> health(ConfigurableApplicationContext context) throws Exception {
    return http.send(
        HttpRequest.newBuilder(TestApplication.uri(context, "/actuator/health")).build(),
        BodyHandlers.ofString(UTF_8));
  }

  private static double meter(MeterRegistry registry, String outcome, String kind) {
    return registry
        .get("nylas.webhook.messages")
        .tag("outcome", outcome)
        .tag("kind", kind)
        .functionCounter()
        .count();
  }

  @Test
  void metersTellWhatBecameOfMessagesAndHowLongAnswersTook() throws Exception {
    try (ConfigurableApplicationContext context = start()) {
      Mail mail = Mail.of("grant-1", "message-1").from("Ann", "ann@example.com");
      Mail own = Mail.of("grant-1", "message-2").from("Us", "support@acme.example");
      nylas.add(mail).add(own);
      var destination = nylas.subscribe(TestApplication.uri(context, "/webhooks/nylas").toString());
      NotificationFixture created = NotificationFixture.created(mail);
      destination.deliver(created).get();
      destination.deliver(created).get();
      destination.deliver(NotificationFixture.created(own)).get();
      SignedDelivery broken =
          SignedDelivery.of("no JSON".getBytes(UTF_8), false, nylas.webhookSecret());
      assertThat(context.getBean(WebhookHandler.class).handle(broken.toRequest()).status())
          .isEqualTo(200);
      SignedDelivery forged = SignedDelivery.of("{}".getBytes(UTF_8), false, "another");
      assertThat(context.getBean(WebhookHandler.class).handle(forged.toRequest()).status())
          .isEqualTo(401);

      MeterRegistry registry = context.getBean(MeterRegistry.class);
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> {
                assertThat(meter(registry, "routed", "none")).isEqualTo(1);
                assertThat(meter(registry, "skipped", "own")).isEqualTo(1);
                assertThat(meter(registry, "dead", "none")).isEqualTo(1);
                assertThat(registry.get("nylas.webhook.inbox.dead.letters").gauge().value())
                    .isEqualTo(1);
                assertThat(registry.get("nylas.webhook.inbox.waiting").gauge().value()).isZero();
                assertThat(registry.get("nylas.webhook.inbox.oldest").gauge().value()).isZero();
              });
      assertThat(meter(registry, "duplicate", "none")).isZero();
      assertThat(timer(registry, "accepted", "200")).isEqualTo(3);
      assertThat(timer(registry, "duplicate", "200")).isEqualTo(1);
      assertThat(timer(registry, "refused", "401")).isEqualTo(1);
    }
  }

  private static long timer(MeterRegistry registry, String outcome, String status) {
    return registry
        .get("nylas.webhook.acknowledgement")
        .tag("outcome", outcome)
        .tag("status", status)
        .timer()
        .count();
  }

  @Test
  void aRefusedApiKeyIsToldAndTakesNoNodeAway() throws Exception {
    try (ConfigurableApplicationContext context = start()) {
      HttpResponse<String> well = health(context);
      assertThat(well.statusCode()).isEqualTo(200);
      assertThat(well.body())
          .contains("\"nylasWebhook\":{", "\"waiting\":0", "\"deadLetters\":0", "\"problems\":[]");

      nylas.refuseKey();
      Mail mail = Mail.of("grant-1", "message-1");
      nylas.add(mail);
      nylas
          .subscribe(TestApplication.uri(context, "/webhooks/nylas").toString())
          .deliver(NotificationFixture.created(mail))
          .get();

      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> {
                HttpResponse<String> refused = health(context);
                assertThat(refused.statusCode()).isEqualTo(200);
                assertThat(refused.body())
                    .contains("\"waiting\":1", "\"oldest\":\"")
                    .doesNotContain("\"problems\":[]")
                    .doesNotContain(nylas.apiKey());
              });
      MeterRegistry registry = context.getBean(MeterRegistry.class);
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> {
                assertThat(registry.get("nylas.webhook.inbox.waiting").gauge().value())
                    .isEqualTo(1);
                assertThat(registry.get("nylas.webhook.inbox.oldest").gauge().value()).isPositive();
              });
    }
  }

  @Test
  void aPortOfItsOwnHasNoWebhookAndTellsNoSecret() throws Exception {
    try (ConfigurableApplicationContext context =
        start("management.server.port=0", "management.endpoints.web.exposure.include=*")) {
      String port = context.getEnvironment().getRequiredProperty("local.management.port");
      String management = "http://localhost:" + port;
      assertThat(get(management + "/webhooks/nylas?challenge=x").statusCode()).isEqualTo(404);
      assertThat(get(management + "/actuator/health").body()).contains("\"nylasWebhook\":{");
      for (String endpoint : List.of("configprops", "env", "conditions", "beans")) {
        HttpResponse<String> answer = get(management + "/actuator/" + endpoint);
        assertThat(answer.statusCode()).as(endpoint).isEqualTo(200);
        assertThat(answer.body())
            .as(endpoint)
            .contains("nylas")
            .doesNotContain(nylas.webhookSecret(), nylas.apiKey());
      }
      assertThat(
              get(TestApplication.uri(context, "/webhooks/nylas?challenge=x").toString())
                  .statusCode())
          .isEqualTo(200);
    }
  }

  private HttpResponse<String> get(String url) throws Exception {
    return http.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString(UTF_8));
  }

  @Test
  void anInboxOutOfReachIsDownAndAClosedHandlerOutOfService() {
    Inbox lost = new Lost();
    WebhookHandler handler =
        WebhookHandler.builder().webhookSecret("whs").inbox(lost).acceptOnly().build();
    WebhookHealth down = WebhookHealth.of(handler);
    assertThat(down.status()).isEqualTo("DOWN");
    assertThat(down.details().get("problems").toString()).contains("out of reach");
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    new NylasWebhookMetrics(() -> handler).bindTo(registry);
    assertThat(registry.get("nylas.webhook.inbox.waiting").gauge().value()).isNaN();

    WebhookHandler closed =
        WebhookHandler.builder()
            .webhookSecret("whs")
            .inbox(InMemoryInbox.builder().build())
            .acceptOnly()
            .build();
    assertThat(WebhookHealth.of(closed).status()).isEqualTo("UP");
    closed.close();
    assertThat(WebhookHealth.of(closed).status()).isEqualTo("OUT_OF_SERVICE");
  }

  /** An inbox whose storage is away. */
  private static final class Lost implements Inbox {
    @Override
    public Receipt accept(Delivery delivery) throws InboxUnavailableException {
      throw new InboxUnavailableException("away");
    }

    @Override
    public void start(DeliveryProcessor processor) {}

    @Override
    public DeadLetters deadLetters() {
      throw new UnsupportedOperationException();
    }

    @Override
    public InboxStatistics statistics() throws StoreUnavailableException {
      throw new StoreUnavailableException("away", new IOException("away"));
    }

    @Override
    public void close() {}
  }
}
