package io.github.nylaswebhook.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RawHttp;
import io.github.nylaswebhook.test.RecordingRouter;
import io.github.nylaswebhook.test.SignedDelivery;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class NylasWebhookServletTest {
  private static final String SECRET = "whs-test";

  private final RecordingRouter router = new RecordingRouter();
  private final WebhookHandler handler =
      WebhookHandler.builder()
          .webhookSecret(SECRET)
          .messageFetcher(ref -> Message.builder(ref.grantId(), ref.messageId()).build())
          .ticketRouter(router)
          .build();
  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server);
  private final ServletContextHandler context = new ServletContextHandler();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(WebhookHandler.class);

  @BeforeEach
  void start() throws Exception {
    log.start();
    logger.addAppender(log);
    context.addServlet(new ServletHolder(new NylasWebhookServlet(handler)), "/hook");
    server.addConnector(connector);
    server.setHandler(context);
    server.start();
  }

  @AfterEach
  void stop() throws Exception {
    server.stop();
    handler.close();
    logger.detachAppender(log);
  }

  @Test
  void passesTheChallengeOfNylas() throws Exception {
    try (FakeNylas nylas = FakeNylas.start()) {
      nylas.subscribe(uri().toString());
    }
  }

  @Test
  void storesASignedDelivery() throws IOException {
    RawHttp.Answer answer = post(delivery("m-1").sign(SECRET));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers()).containsEntry("content-length", "0");
    assertThat(router.await(1, Duration.ofSeconds(20)).get(0).messageId()).isEqualTo("m-1");
  }

  @Test
  void storesACompressedDelivery() throws IOException {
    assertThat(post(delivery("m-2").gzip().sign(SECRET)).status()).isEqualTo(200);
    assertThat(router.await(1, Duration.ofSeconds(20)).get(0).messageId()).isEqualTo("m-2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"})
  void answersOtherMethods405WithThoseItAllows(String method) throws IOException {
    RawHttp.Answer answer =
        RawHttp.exchange(uri(), method + " /hook?challenge=x HTTP/1.1\nHost: x\n\n");

    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.headers()).containsEntry("allow", "GET, POST");
  }

  @Test
  void saysThatAFilterHasReadTheBodyForItsParameters() throws IOException {
    filter(
        (request, response, chain) -> {
          assertThat(request.getParameter("tenant")).isNull();
          chain.doFilter(request, response);
        });

    RawHttp.Answer answer =
        post(
            delivery("m-6").sign(SECRET),
            Map.of("Content-Type", "application/x-www-form-urlencoded"));

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.headers()).containsEntry("retry-after", "30");
    assertThat(warnings()).singleElement().asString().contains("503", "filter", "parameter");
  }

  @Test
  void saysThatAFilterHasReadTheBodyAsText() throws IOException {
    filter(
        (request, response, chain) -> {
          assertThat(request.getReader().lines().toList()).isNotEmpty();
          chain.doFilter(request, response);
        });

    assertThat(post(delivery("m-7").sign(SECRET)).status()).isEqualTo(503);
    assertThat(warnings()).singleElement().asString().contains("503", "filter");
  }

  @Test
  void saysThatAFilterHasTakenTheReader() throws IOException {
    filter(
        (request, response, chain) -> {
          request.getReader();
          chain.doFilter(request, response);
        });

    assertThat(post(delivery("m-8").sign(SECRET)).status()).isEqualTo(503);
    assertThat(warnings()).singleElement().asString().contains("503", "filter");
  }

  @Test
  void aFilterThatAsksForParametersOfTheQueryOnlyDoesNoHarm() throws IOException {
    filter(
        (request, response, chain) -> {
          assertThat(request.getParameter("tenant")).isNull();
          chain.doFilter(request, response);
        });

    assertThat(post(delivery("m-9").sign(SECRET)).status()).isEqualTo(200);
    assertThat(router.await(1, Duration.ofSeconds(20))).hasSize(1);
  }

  /** Tomcat counts a request as finished when the servlet returns, and may stop then. */
  @Test
  void theAnswerIsOnItsWayWhenItReturns() throws IOException {
    AtomicBoolean committed = new AtomicBoolean();
    filter(
        (request, response, chain) -> {
          chain.doFilter(request, response);
          committed.set(response.isCommitted());
        });

    assertThat(post(delivery("m-11").sign(SECRET)).status()).isEqualTo(200);
    await().untilTrue(committed);
  }

  @Test
  void answers503OnceItsHandlerIsClosed() throws IOException {
    handler.close();

    RawHttp.Answer answer = post(delivery("m-10").sign(SECRET));
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.headers()).containsKey("retry-after");
  }

  @Test
  void hasAtMostAHundredLinesOfCode() throws IOException {
    Path source = Path.of("src/main/java/io/github/nylaswebhook/servlet/NylasWebhookServlet.java");

    assertThat(Files.readAllLines(source))
        .filteredOn(line -> !line.isBlank() && !line.strip().matches("(/?\\*|//).*"))
        .hasSizeLessThanOrEqualTo(100);
  }

  private void filter(Filter filter) {
    context.addFilter(new FilterHolder(filter), "/*", EnumSet.of(DispatcherType.REQUEST));
  }

  private List<String> warnings() {
    synchronized (log) {
      return log.list.stream()
          .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
          .map(ILoggingEvent::getFormattedMessage)
          .toList();
    }
  }

  private static NotificationFixture delivery(String messageId) {
    return NotificationFixture.created(Mail.of("grant-1", messageId).subject("Überfällig €"));
  }

  private URI uri() {
    return URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/hook");
  }

  private RawHttp.Answer post(SignedDelivery delivery) throws IOException {
    return post(delivery, Map.of());
  }

  private RawHttp.Answer post(SignedDelivery delivery, Map<String, String> headers)
      throws IOException {
    return RawHttp.exchange(uri(), RawHttp.head(uri(), delivery, headers), delivery.body());
  }
}
