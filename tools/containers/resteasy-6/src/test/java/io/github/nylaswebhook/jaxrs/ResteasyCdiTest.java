package io.github.nylaswebhook.jaxrs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RawHttp;
import io.github.nylaswebhook.test.RawHttp.Answer;
import io.github.nylaswebhook.test.RecordingRouter;
import io.github.nylaswebhook.test.SignedDelivery;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import io.undertow.Undertow;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.enterprise.inject.se.SeContainer;
import jakarta.enterprise.inject.se.SeContainerInitializer;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Application;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jboss.resteasy.cdi.CdiInjectorFactory;
import org.jboss.resteasy.cdi.ResteasyCdiExtension;
import org.jboss.resteasy.core.ResteasyDeploymentImpl;
import org.jboss.resteasy.plugins.server.undertow.UndertowJaxrsServer;
import org.jboss.resteasy.spi.ResteasyDeployment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The resource as CDI makes it, of the application's beans. */
class ResteasyCdiTest {
  private static final Mail MAIL = Mail.of("grant-1", "message-1").subject("Printer on fire");

  private static FakeNylas nylas = FakeNylas.start();

  @BeforeEach
  void startNylas() {
    nylas.close();
    nylas = FakeNylas.start().add(MAIL);
  }

  @AfterEach
  void stopNylas() {
    nylas.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/webhooks/nylas", "/hooks/acme"})
  void aDeliveryBecomesATicketAtTheApplicationsRouter(String path) throws Exception {
    WebhookHandler handler;
    try (Running application = new Running(Nylas.class, Desk.class, Hook.class)) {
      nylas
          .subscribe(application.uri(path).toString())
          .deliver(NotificationFixture.created(MAIL))
          .join();

      Desk desk = application.beans.select(Desk.class).get();
      assertThat(desk.tickets().await(1, Duration.ofSeconds(20)))
          .extracting(Ticket::subject)
          .containsExactly("Printer on fire");
      handler = application.beans.select(NylasWebhookBeans.class).get().handler();
      assertThat(handler.health().isUp()).isTrue();
    }
    assertThat(handler.health().isUp()).isFalse();
  }

  @Test
  void withoutBeansOnlyWhatHasAHandlerTakesDeliveries() throws Exception {
    RecordingRouter router = new RecordingRouter();
    SignedDelivery delivery = NotificationFixture.created(MAIL).sign(nylas.webhookSecret());
    try (WebhookHandler handler = Nylas.handler(router);
        Running application = new Running(new NylasWebhookResource(handler))) {
      Answer answer = post(application.uri("/webhooks/nylas"), delivery);

      assertThat(answer.status()).isEqualTo(200);
      assertThat(router.await(1, Duration.ofSeconds(20))).hasSize(1);
    }
    try (Running application = new Running(Hook.class)) {
      Answer answer = post(application.uri("/hooks/acme"), delivery);

      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.headers()).containsEntry("retry-after", "30");
    }
  }

  private static Answer post(URI uri, SignedDelivery delivery) throws IOException {
    return RawHttp.exchange(uri, RawHttp.head(uri, delivery, Map.of()), delivery.body());
  }

  /** An application with CDI, started. */
  private static final class Running extends UndertowJaxrsServer implements AutoCloseable {
    final SeContainer beans;

    Running(Class<?>... own) {
      this(Set.of(), own);
    }

    Running(NylasWebhookResource registered) {
      this(Set.of(registered));
    }

    private Running(Set<Object> registered, Class<?>... own) {
      beans =
          SeContainerInitializer.newInstance()
              .disableDiscovery()
              .addExtensions(new ResteasyCdiExtension())
              .addBeanClasses(
                  NylasWebhookBeans.class, NylasWebhookLifecycle.class, NylasWebhookResource.class)
              .addBeanClasses(own)
              .initialize();
      ResteasyDeployment deployment = new ResteasyDeploymentImpl();
      deployment.setInjectorFactoryClass(CdiInjectorFactory.class.getName());
      deployment.setApplication(
          new Application() {
            @Override
            public Set<Class<?>> getClasses() {
              return registered.isEmpty()
                  ? Set.of(NylasWebhookResource.class, Hook.class)
                  : Set.of();
            }

            @Override
            @SuppressWarnings("deprecation")
            public Set<Object> getSingletons() {
              return registered;
            }
          });
      deploy(deployment);
      start(Undertow.builder().addHttpListener(0, "127.0.0.1"));
    }

    URI uri(String path) {
      int port = ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
      return URI.create("http://127.0.0.1:" + port + path);
    }

    @Override
    public void close() {
      stop();
      beans.close();
    }
  }

  @Dependent
  static class Nylas {
    @Produces
    WebhookHandler.Builder builder() {
      return WebhookHandler.builder().webhookSecret(nylas.webhookSecret());
    }

    @Produces
    @Singleton
    NylasClient client() {
      return NylasClient.builder(nylas.apiKey()).baseUrl(nylas.url()).build();
    }

    static WebhookHandler handler(TicketRouter router) {
      Nylas parts = new Nylas();
      return parts.builder().nylas(parts.client()).ticketRouter(router).build();
    }
  }

  @ApplicationScoped
  static class Desk implements TicketRouter {
    private final RecordingRouter tickets = new RecordingRouter();

    @Override
    public TicketRef route(Ticket ticket) throws Exception {
      return tickets.route(ticket);
    }

    RecordingRouter tickets() {
      return tickets;
    }
  }

  /** The endpoint elsewhere. */
  @Path("/hooks/{tenant}")
  public static class Hook extends NylasWebhookResource {
    public Hook() {}

    @Inject
    public Hook(NylasWebhookBeans beans) {
      super(beans);
    }
  }
}
