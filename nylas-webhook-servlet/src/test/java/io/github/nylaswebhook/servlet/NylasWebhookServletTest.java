package io.github.nylaswebhook.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RecordingRouter;
import io.github.nylaswebhook.test.SignedDelivery;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class NylasWebhookServletTest {
  private static final String SECRET = "whs-test";
  private static final int MAX_BODY = 10_000;

  private final RecordingRouter router = new RecordingRouter();
  private final WebhookHandler handler =
      WebhookHandler.builder()
          .webhookSecret(SECRET)
          .messageFetcher(ref -> Message.builder(ref.grantId(), ref.messageId()).build())
          .ticketRouter(router)
          .maxBodyBytes(MAX_BODY)
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

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "bc609b38-c81f-47fb-a275-1d9bd61a968b bc609b38-c81f-47fb-a275-1d9bd61a968b",
        "a+b a_b",
        "a%2Bb a+b",
        "a%20b a_b",
        "%C3%A4%C3%B6%C3%BC%F0%9F%98%80 äöü😀",
        "%3Cscript%3E%26amp; <script>&amp;",
      })
  void answersTheChallengeWithItsVeryBytesAndTheirNumber(String sent, String expected)
      throws IOException {
    String value = expected.replace('_', ' ');

    RawHttp.Answer answer = get("/hook?a=b&challenge=" + sent + "&c=d");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(value);
    assertThat(answer.headers())
        .containsEntry("content-length", Integer.toString(value.getBytes(UTF_8).length))
        .containsEntry("x-content-type-options", "nosniff")
        .doesNotContainKey("transfer-encoding");
    assertThat(answer.headers().get("content-type"))
        .isEqualToIgnoringWhitespace("text/plain;charset=utf-8");
  }

  @Test
  void passesTheChallengeOfNylas() throws Exception {
    try (FakeNylas nylas = FakeNylas.start()) {
      nylas.subscribe("http://127.0.0.1:" + port() + "/hook");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/hook", "/hook?challenge=", "/hook?challenge=%zz", "/hook?challenge=a%0Ab"})
  void aGetWithoutAChallengeThatCanBeEchoedIs400(String path) throws IOException {
    assertThat(get(path).status()).isEqualTo(400);
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

  @Test
  void storesADeliveryInChunks() throws IOException {
    SignedDelivery delivery = delivery("m-3").sign(SECRET);

    RawHttp.Answer answer = RawHttp.exchange(port(), head(delivery, chunked()), chunks(delivery));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(router.await(1, Duration.ofSeconds(20)).get(0).messageId()).isEqualTo("m-3");
  }

  @Test
  void findsTheSignatureHoweverItsNameIsWritten() throws IOException {
    for (String name : List.of("x-nylas-signature", "X-NYLAS-SIGNATURE", "x-NyLaS-sIgNaTuRe")) {
      SignedDelivery delivery = delivery("m-" + name).sign(SECRET);
      String head =
          "POST /hook HTTP/1.1\nHost: x\ncontent-LENGTH: "
              + delivery.body().length
              + "\n"
              + name
              + ": "
              + delivery.signature()
              + "\n\n";

      assertThat(RawHttp.exchange(port(), head, delivery.body()).status()).isEqualTo(200);
    }
    assertThat(router.await(3, Duration.ofSeconds(20))).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=UTF-16",
        "multipart/form-data; boundary=x",
        "text/plain; charset=utf-16",
        "nonsense"
      })
  void readsTheBytesWhateverTheContentTypeSays(String type) throws IOException {
    SignedDelivery delivery = delivery("m-type").sign(SECRET);
    Map<String, String> headers = headers(delivery);
    headers.put("Content-Type", type);

    assertThat(RawHttp.exchange(port(), head(headers), delivery.body()).status()).isEqualTo(200);
    assertThat(router.await(1, Duration.ofSeconds(20)).get(0).messageId()).isEqualTo("m-type");
  }

  @Test
  void refusesAForgedDeliveryWithoutDetail() throws Exception {
    RawHttp.Answer answer = post(delivery("m-4").sign("another secret"));

    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.body()).isEqualTo("Unauthorized");
    assertThat(answer.headers()).containsEntry("content-length", "12");
    assertThat(handler.inbox().deadLetters().list("", 10).letters()).isEmpty();
  }

  @Test
  void refusesADeliveryWithoutASignature() throws IOException {
    assertThat(
            RawHttp.exchange(
                    port(),
                    "POST /hook HTTP/1.1\nHost: x\nContent-Length: 2\n\n",
                    "{}".getBytes(UTF_8))
                .status())
        .isEqualTo(401);
  }

  @Test
  void refusesABodyThatAnnouncesTooMuchWithoutWaitingForIt() throws IOException {
    try (RawHttp http = new RawHttp(port())) {
      http.send("POST /hook HTTP/1.1\nHost: x\nContent-Length: " + (MAX_BODY + 1) + "\n\n");

      assertThat(http.answer(true).status()).isEqualTo(413);
    }
  }

  @Test
  void refusesABodyThatTurnsOutTooLongWithoutWaitingForItsEnd() throws IOException {
    try (RawHttp http = new RawHttp(port())) {
      http.send(
          "POST /hook HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n"
              + Integer.toHexString(MAX_BODY + 1)
              + "\n"
              + "x".repeat(MAX_BODY + 1)
              + "\n");

      assertThat(http.answer(true).status()).isEqualTo(413);
    }
  }

  @Test
  void takesABodyOfExactlyTheBound() throws IOException {
    SignedDelivery delivery = SignedDelivery.of(new byte[MAX_BODY], false, SECRET);

    assertThat(post(delivery).status()).isEqualTo(200);
    assertThat(RawHttp.exchange(port(), head(delivery, chunked()), chunks(delivery)).status())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"})
  void answersOtherMethods405WithThoseItAllows(String method) throws IOException {
    RawHttp.Answer answer =
        RawHttp.exchange(port(), method + " /hook?challenge=x HTTP/1.1\nHost: x\n\n");

    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.headers()).containsEntry("allow", "GET, POST");
  }

  @Test
  void aBodyThatEndsTooEarlyIsNotStoredAndCanComeAgain() throws IOException {
    SignedDelivery delivery = delivery("m-5").sign(SECRET);
    try (RawHttp http = new RawHttp(port())) {
      byte[] body = delivery.body();
      http.send(head(delivery, Map.of()), Arrays.copyOf(body, body.length / 2));
    }
    assertThat(post(delivery).status()).isEqualTo(200);
    assertThat(router.await(1, Duration.ofSeconds(20))).hasSize(1);
  }

  @Test
  void saysThatAFilterHasReadTheBodyForItsParameters() throws IOException {
    filter(
        (request, response, chain) -> {
          assertThat(request.getParameter("tenant")).isNull();
          chain.doFilter(request, response);
        });
    SignedDelivery delivery = delivery("m-6").sign(SECRET);
    Map<String, String> headers = headers(delivery);
    headers.put("Content-Type", "application/x-www-form-urlencoded");

    RawHttp.Answer answer = RawHttp.exchange(port(), head(headers), delivery.body());

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

  @Test
  void stores64DeliveriesThatComeAtOnceEachOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(64);
    List<Future<Integer>> answers = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      NotificationFixture delivery = delivery("m-" + i);
      SignedDelivery signed = (i % 2 == 0 ? delivery : delivery.gzip()).sign(SECRET);
      answers.add(threads.submit(() -> post(signed).status()));
    }
    for (Future<Integer> answer : answers) {
      assertThat(answer.get()).isEqualTo(200);
    }
    threads.shutdown();

    router.await(64, Duration.ofSeconds(20));
    assertThat(router.countsByKey()).hasSize(64).allSatisfy((k, n) -> assertThat(n).isOne());
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

  private int port() {
    return connector.getLocalPort();
  }

  private RawHttp.Answer get(String path) throws IOException {
    return RawHttp.exchange(port(), "GET " + path + " HTTP/1.1\nHost: x\n\n");
  }

  private RawHttp.Answer post(SignedDelivery delivery) throws IOException {
    return RawHttp.exchange(port(), head(delivery, Map.of()), delivery.body());
  }

  private static Map<String, String> headers(SignedDelivery delivery) {
    Map<String, String> headers = new LinkedHashMap<>(delivery.headers());
    headers.put("Host", "x");
    headers.put("Content-Length", Integer.toString(delivery.body().length));
    return headers;
  }

  private static String head(SignedDelivery delivery, Map<String, String> more) {
    Map<String, String> headers = headers(delivery);
    headers.putAll(more);
    if (headers.containsKey("Transfer-Encoding")) {
      headers.remove("Content-Length");
    }
    return head(headers);
  }

  private static String head(Map<String, String> headers) {
    StringBuilder head = new StringBuilder("POST /hook HTTP/1.1\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append('\n'));
    return head.append('\n').toString();
  }

  private static Map<String, String> chunked() {
    return Map.of("Transfer-Encoding", "chunked");
  }

  /** In chunks of odd sizes, as proxies cut. */
  private static byte[] chunks(SignedDelivery delivery) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] body = delivery.body();
    for (int at = 0, size = 1; at < body.length; size = size * 3 + 1) {
      int length = Math.min(size, body.length - at);
      out.writeBytes((Integer.toHexString(length) + "\r\n").getBytes(UTF_8));
      out.write(body, at, length);
      out.writeBytes("\r\n".getBytes(UTF_8));
      at += length;
    }
    out.writeBytes("0\r\n\r\n".getBytes(UTF_8));
    return out.toByteArray();
  }
}
