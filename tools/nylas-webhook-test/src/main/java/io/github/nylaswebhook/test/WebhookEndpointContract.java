package io.github.nylaswebhook.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.inbox.Receipt;
import io.github.nylaswebhook.pipeline.PipelineObserver;
import io.github.nylaswebhook.test.RawHttp.Answer;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What every endpoint has to do, whatever framework and container it lives in: hand everything to
 * the handler as it came, and the handler's answer to the caller as it is. Extend it, and start the
 * container with the endpoint; most cases share one server, over plain sockets.
 *
 * <p>What came of each case goes to {@code target/endpoint-contract}, under the class's name.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class WebhookEndpointContract {
  private static final String SECRET = "whs-contract";
  private static final int MAX_BODY = WebhookHandler.MAX_BODY_BYTES;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @RegisterExtension private final EndpointReport report = new EndpointReport();
  private final EndpointInbox door = new EndpointInbox();
  private final WebhookHandler handler = handler(door);
  private volatile String refused = "";
  private @Nullable Endpoint endpoint;

  protected WebhookEndpointContract() {}

  /**
   * A running server with the webhook.
   *
   * @param uri where the webhook is, with scheme, host, port and path
   * @param stop stops the server as an application that ends does: gracefully, where it can
   */
  public record Endpoint(URI uri, Stop stop) {
    /** How a server is stopped. */
    @FunctionalInterface
    public interface Stop {
      /** Returns when the server has stopped. */
      void stop() throws Exception;
    }
  }

  /** The container's name and version, best as it says them itself; for the report. */
  protected abstract String container();

  /**
   * Starts one more server, on a free port, with this handler's endpoint at a path below a context
   * path, and whatever an application would have beside it.
   */
  protected abstract Endpoint start(WebhookHandler handler) throws Exception;

  /**
   * The same in a container that is told to inflate compressed requests; null, unless overridden,
   * where there is no such setting.
   */
  protected @Nullable Endpoint startInflating(WebhookHandler handler) throws Exception {
    return null;
  }

  @BeforeAll
  void startServer() throws Exception {
    endpoint = start(handler);
  }

  @AfterAll
  void stopServer() throws Exception {
    if (endpoint != null) {
      endpoint.stop().stop();
    }
    handler.close();
  }

  @BeforeEach
  void open() {
    door.reset();
  }

  // ---- the challenge

  @Test
  @Tag("challenge")
  void theChallengeIsAnsweredByItsVeryCharacters() {
    Map<String, String> challenges = new LinkedHashMap<>();
    challenges.put("bc609b38-c81f-47fb-a275-1d9bd61a968b", "bc609b38-c81f-47fb-a275-1d9bd61a968b");
    challenges.put("a+b", "a b");
    challenges.put("a%2Bb", "a+b");
    challenges.put("a%20b", "a b");
    challenges.put("%20a%20", " a ");
    challenges.put("%C3%A4%C3%B6%C3%BC%F0%9F%98%80", "äöü😀");
    challenges.put("%3Cscript%3E%26amp;", "<script>&amp;");
    challenges.put("a=b", "a=b");
    challenges.put("%25C3%25A4", "%C3%A4");
    assertAll(
        challenges.entrySet().stream()
            .map(
                challenge ->
                    () ->
                        assertEchoed(
                            challenge.getValue(),
                            get("?a=b&challenge=" + challenge.getKey() + "&c=d"))));
  }

  @Test
  @Tag("challenge")
  void theChallengeIsPlainWhateverTheCallerWouldAccept() throws IOException {
    Answer answer =
        exchange(
            "GET "
                + path()
                + "?challenge=abc HTTP/1.1\nHost: x\nAccept: application/json\nAccept-Encoding: gzip"
                + "\nAccept-Language: de\nConnection: close\n\n");

    assertEchoed("abc", answer);
    assertNull(answer.headers().get("content-encoding"));
  }

  @Test
  @Tag("challenge")
  void ofSeveralChallengesTheFirstCounts() throws IOException {
    assertEchoed("first", get("?challenge=first&challenge=second"));
  }

  @Test
  @Tag("challenge")
  void aGetWithoutAChallengeIsRefused() throws IOException {
    for (String query : List.of("", "?", "?challenge", "?challenge=", "?other=x", "?Challenge=x")) {
      assertEquals(400, get(query).status(), query);
    }
  }

  @Test
  @Tag("challenge")
  void aChallengeThatCantBeDecodedIsRefused() throws IOException {
    for (String query : List.of("?challenge=%zz", "?challenge=a%2")) {
      assertEquals(400, get(query).status(), query);
    }
  }

  @Test
  @Tag("challenge")
  void aChallengeMayHave1024Characters() throws IOException {
    assertEchoed("x".repeat(1024), get("?challenge=" + "x".repeat(1024)));
    assertEquals(400, get("?challenge=" + "x".repeat(1025)).status());
  }

  @Test
  @Tag("challenge")
  void aChallengeWithControlCharactersIsRefused() throws IOException {
    for (String code : List.of("%0A", "%0D%0A", "%00", "%1B", "%7F", "%C2%85")) {
      assertEquals(400, get("?challenge=a" + code + "b").status(), code);
    }
  }

  // ---- the body

  @Test
  @Tag("body")
  void aDeliveryIsStoredAndAnsweredWithNothing() throws IOException {
    SignedDelivery delivery = signed(NotificationFixture.created(mail("Überfällig €")).json());

    Answer answer = post(delivery);

    assertStored(delivery, answer);
    assertEquals("", answer.body());
    assertEquals("0", answer.headers().get("content-length"));
  }

  @Test
  @Tag("body")
  void linesAndEdgesStayAsTheyCame() throws IOException {
    for (String edge : List.of("\r\n", "\n", "\n\n", "\r", " ", "\t", "\0", "\u001a")) {
      SignedDelivery delivery = signed("{\r\n\"a\":\n\"ä\"\r}" + edge);
      assertStored(delivery, post(delivery));
    }
    SignedDelivery marked = signed("\ufeff{}");
    assertStored(marked, post(marked));
  }

  @Test
  @Tag("body")
  void bytesThatArentUtf8StayAsTheyCame() throws IOException {
    byte[] bytes = new byte[4096];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    assertStored(signed(bytes), post(signed(bytes)));
  }

  @Test
  @Tag("body")
  void anEmptyBodyIsStoredIfItIsSigned() throws IOException {
    SignedDelivery delivery = signed("");
    assertStored(delivery, post(delivery));
    assertEquals(
        401, exchange("POST " + path() + " HTTP/1.1\nHost: x\nContent-Length: 0\n\n").status());
  }

  @Test
  @Tag("body")
  void chunksArePutTogether() throws IOException {
    SignedDelivery delivery = signed(random(70_000));
    assertStored(delivery, postChunked(delivery));
  }

  @Test
  @Tag("body")
  void chunksMayHaveExtensionsAndTrailers() throws IOException {
    SignedDelivery delivery = signed("{}");

    Answer answer =
        exchange(
            head(delivery, Map.of("Transfer-Encoding", "chunked")),
            "1;a=b\r\n{\r\n1\r\n}\r\n0\r\nX-Checksum: 1\r\n\r\n".getBytes(ISO_8859_1));

    assertStored(delivery, answer);
  }

  @Test
  @Tag("body")
  void whoExpectsToBeToldToContinueIs() throws IOException {
    SignedDelivery delivery = signed(random(10_000));
    try (RawHttp http = connect()) {
      http.send(head(delivery, Map.of("Expect", "100-continue")));
      assertEquals(100, http.answer(true).status());
      http.send(delivery.body());
      assertStored(delivery, http.answer(true));
    }
  }

  @Test
  @Tag("body")
  void whatIsCompressedStaysCompressed() throws IOException {
    SignedDelivery delivery = NotificationFixture.created(mail("compressed")).gzip().sign(SECRET);
    assertStored(delivery, post(delivery));
    assertStored(delivery, postChunked(delivery), Receipt.DUPLICATE);
  }

  @Test
  @Tag("body")
  void whatTheContainerInflatesIsRefusedOrStoredAsItCame() throws Exception {
    Endpoint inflating = startInflating(handler);
    if (inflating == null) {
      Assumptions.abort("no setting there inflates requests");
      return;
    }
    try {
      SignedDelivery delivery = NotificationFixture.created(mail("inflated")).gzip().sign(SECRET);

      Answer answer =
          RawHttp.exchange(
              inflating.uri(), RawHttp.head(inflating.uri(), delivery, Map.of()), delivery.body());

      if (answer.status() == 200) {
        assertStored(delivery, answer);
      } else {
        assertTrue(List.of(401, 503).contains(answer.status()), answer.toString());
        assertEquals(0, door.stored());
        assertTrue(refused.contains("inflated"), "what the log says: " + refused);
      }
    } finally {
      inflating.stop().stop();
    }
  }

  @Test
  @Tag("body")
  void whatCameBeforeIsAcknowledgedOnceMoreAndStoredOnce() throws IOException {
    SignedDelivery delivery = signed(NotificationFixture.created(mail("again")).json());
    assertStored(delivery, post(delivery));
    assertStored(delivery, post(delivery), Receipt.DUPLICATE);
  }

  // ---- its size

  @Test
  @Tag("size")
  void aBodyOfTwoMebibytesIsStored() throws IOException {
    SignedDelivery delivery = signed(random(MAX_BODY));
    assertStored(delivery, post(delivery));
  }

  @Test
  @Tag("size")
  void aBodyOfTwoMebibytesInChunksIsStored() throws IOException {
    SignedDelivery delivery = signed(random(MAX_BODY));
    assertStored(delivery, postChunked(delivery));
  }

  @Test
  @Tag("size")
  void oneByteMoreIsRefusedBeforeItComes() throws IOException {
    try (RawHttp http = connect()) {
      http.send(
          "POST " + path() + " HTTP/1.1\nHost: x\nContent-Length: " + (MAX_BODY + 1) + "\n\n");
      assertEquals(413, http.answer(true).status());
    }
  }

  @Test
  @Tag("size")
  void anAnnouncementBeyondAllMeasureIsRefused() throws IOException {
    assertEquals(413, announced("2147483648"));
    assertEquals(413, announced("1000000000000"));
    // Some containers take it for no number at all.
    int status = announced("9223372036854775807");
    assertTrue(List.of(400, 413).contains(status), "answered " + status);
  }

  private int announced(String length) throws IOException {
    try (RawHttp http = connect()) {
      http.send("POST " + path() + " HTTP/1.1\nHost: x\nContent-Length: " + length + "\n\n");
      return http.answer(true).status();
    }
  }

  @Test
  @Tag("size")
  void oneByteMoreInChunksIsRefusedBeforeItsEnd() throws IOException {
    try (RawHttp http = connect()) {
      http.send(
          "POST "
              + path()
              + " HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n"
              + Integer.toHexString(MAX_BODY + 1)
              + "\n");
      http.send(new byte[MAX_BODY + 1]);
      http.send("\r\n".getBytes(ISO_8859_1));
      assertEquals(413, http.answer(true).status());
    }
  }

  @Test
  @Tag("size")
  void whoAsksBeforeSendingTooMuchIsRefused() throws IOException {
    try (RawHttp http = connect()) {
      http.send(
          "POST "
              + path()
              + " HTTP/1.1\nHost: x\nExpect: 100-continue\nContent-Length: "
              + (MAX_BODY + 1)
              + "\n\n");
      Answer answer = http.answer(true);
      if (answer.status() == 100) {
        answer = http.answer(true);
      }
      assertEquals(413, answer.status());
    }
  }

  // ---- its headers

  @Test
  @Tag("headers")
  void theSignaturesNameHasNoCase() throws IOException {
    for (String name : List.of("x-nylas-signature", "X-NYLAS-SIGNATURE", "x-NyLaS-sIgNaTuRe")) {
      SignedDelivery delivery = signed("{\"name\":\"" + name + "\"}");
      String head =
          "POST "
              + path()
              + " HTTP/1.1\nHost: x\ncontent-LENGTH: "
              + delivery.body().length
              + "\n"
              + name
              + ":"
              + delivery.signature()
              + " \n\n";
      assertStored(delivery, exchange(head, delivery.body()));
    }
  }

  @Test
  @Tag("headers")
  void theSameSignatureTwiceIsOneAndTwoAreNone() throws IOException {
    SignedDelivery delivery = signed("{\"twice\":true}");
    String twice =
        head(delivery, Map.of())
            .replaceFirst("\n\n$", "\nx-nylas-signature: " + delivery.signature() + "\n\n");
    assertStored(delivery, exchange(twice, delivery.body()));

    SignedDelivery other = signed("{\"other\":true}");
    String two =
        head(other, Map.of())
            .replaceFirst("\n\n$", "\nX-Nylas-Signature: " + delivery.signature() + "\n\n");
    assertRefused(exchange(two, other.body()));
  }

  @Test
  @Tag("headers")
  void withoutASignatureNothingIsStored() throws IOException {
    assertRefused(
        exchange(
            "POST " + path() + " HTTP/1.1\nHost: x\nContent-Length: 2\n\n", "{}".getBytes(UTF_8)));
  }

  @Test
  @Tag("headers")
  void whatIsForgedIsRefusedWithoutDetail() throws IOException {
    SignedDelivery forged = SignedDelivery.of("{}".getBytes(UTF_8), false, "another secret");
    assertRefused(post(forged));
    SignedDelivery changed = signed("{\"a\":1}");
    assertRefused(exchange(head(changed, Map.of()), "{\"a\":2}".getBytes(UTF_8)));
  }

  @Test
  @Tag("headers")
  void junkInsteadOfASignatureIsRefused() throws IOException {
    SignedDelivery delivery = signed("{}");
    String real = delivery.signature();
    for (String junk :
        List.of(
            "",
            "x",
            "sha256=" + real,
            real + "00",
            real.substring(2),
            "g".repeat(64),
            "\"" + real + "\"",
            real + "," + real,
            "ä".repeat(32),
            "x".repeat(4000))) {
      assertRefused(exchange(head(delivery, Map.of("X-Nylas-Signature", junk)), delivery.body()));
    }
  }

  @Test
  @Tag("headers")
  void theContentTypeDoesntMatter() throws IOException {
    for (String type :
        List.of(
            "application/json; charset=utf-8",
            "application/json; charset=utf-16",
            "text/plain; charset=utf-16",
            "text/xml",
            "application/octet-stream",
            "multipart/form-data; boundary=x",
            "application/json; charset=nonsense")) {
      SignedDelivery delivery = signed("{\"type\":\"" + type + "\",\"ä\":\"%41+&=\"}");
      assertStored(
          delivery, exchange(head(delivery, Map.of("Content-Type", type)), delivery.body()));
    }
  }

  @Test
  @Tag("headers")
  void aBodyWithoutAContentTypeIsStored() throws IOException {
    SignedDelivery delivery = signed("{\"type\":null}");
    String head = head(delivery, Map.of()).replaceFirst("(?m)^Content-Type: .*\n", "");
    assertFalse(head.toLowerCase(Locale.ROOT).contains("content-type"));
    assertStored(delivery, exchange(head, delivery.body()));
  }

  @Test
  @Tag("headers")
  void aContentTypeThatIsNoneStoresNothingItDidntSign() throws IOException {
    SignedDelivery delivery = signed("{\"type\":\"nonsense\"}");
    Answer answer = exchange(head(delivery, Map.of("Content-Type", "nonsense")), delivery.body());
    assertStored(delivery, answer);
  }

  @Test
  @Tag("headers")
  void aFormIsNotEaten() throws IOException {
    for (String type :
        List.of(
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=UTF-16")) {
      SignedDelivery delivery = signed("a=1&b=%41+c&_method=delete&type=" + type);
      assertStored(
          delivery, exchange(head(delivery, Map.of("Content-Type", type)), delivery.body()));
      SignedDelivery withQuery = signed("d=1&type=" + type);
      assertStored(
          withQuery,
          exchange(
              head(withQuery, Map.of("Content-Type", type))
                  .replaceFirst(" HTTP/1.1\n", "?a=%41+b&_method=put HTTP/1.1\n"),
              withQuery.body()));
    }
  }

  // ---- its way

  @Test
  @Tag("way")
  void itIsBelowAContextPathAndNowhereElse() throws IOException {
    assertTrue(path().lastIndexOf('/') > 0, path() + " is below a context path");
    SignedDelivery delivery = signed("{\"elsewhere\":true}");
    URI elsewhere = uri().resolve(path().substring(path().indexOf('/', 1)));

    Answer answer = exchange(RawHttp.head(elsewhere, delivery, Map.of()), delivery.body());

    assertEquals(404, answer.status());
    assertEquals(0, door.stored());
    assertStored(delivery, post(delivery));
  }

  @Test
  @Tag("way")
  void whatProxiesAddChangesNothing() throws IOException {
    Map<String, String> forwarded = new LinkedHashMap<>();
    forwarded.put("X-Forwarded-For", "203.0.113.7, 10.0.0.1");
    forwarded.put("X-Forwarded-Proto", "https");
    forwarded.put("X-Forwarded-Host", "hooks.example.com");
    forwarded.put("X-Forwarded-Port", "443");
    forwarded.put("X-Forwarded-Prefix", "/prefix");
    forwarded.put("Forwarded", "for=203.0.113.7;proto=https;host=hooks.example.com");
    forwarded.put("Via", "1.1 proxy");
    SignedDelivery delivery = signed("{\"forwarded\":true}");
    assertStored(delivery, exchange(head(delivery, forwarded), delivery.body()));

    StringBuilder head =
        new StringBuilder("GET " + path() + "?challenge=a%2Bb HTTP/1.1\nHost: x\n");
    forwarded.forEach((name, value) -> head.append(name).append(": ").append(value).append('\n'));
    assertEchoed("a+b", exchange(head.append('\n').toString()));
  }

  @Test
  @Tag("way")
  void headIsNotAllowed() throws IOException {
    Answer answer = exchange("HEAD " + path() + "?challenge=x HTTP/1.1\nHost: x\n\n");
    assertNotAllowed(answer);
  }

  @Test
  @Tag("way")
  void putDeleteAndPatchAreNotAllowed() throws IOException {
    SignedDelivery delivery = signed("{\"put\":true}");
    for (String method : List.of("PUT", "DELETE", "PATCH")) {
      assertNotAllowed(
          exchange(head(delivery, Map.of()).replaceFirst("^POST", method), delivery.body()));
    }
    assertEquals(0, door.stored());
  }

  @Test
  @Tag("way")
  void optionsAreNotAllowed() throws IOException {
    assertNotAllowed(exchange("OPTIONS " + path() + " HTTP/1.1\nHost: x\n\n"));
  }

  @Test
  @Tag("way")
  void postStaysPostWhateverAHeaderSays() throws IOException {
    SignedDelivery delivery = signed("{\"override\":true}");
    assertStored(
        delivery,
        exchange(head(delivery, Map.of("X-HTTP-Method-Override", "DELETE")), delivery.body()));
  }

  // ---- the connection

  @Test
  @Tag("connection")
  void aSlowSenderIsWaitedFor() throws Exception {
    SignedDelivery delivery = signed(random(20_000));
    try (RawHttp http = connect()) {
      http.send(head(delivery, Map.of()));
      byte[] body = delivery.body();
      for (int piece = 0; piece < 20; piece++) {
        http.send(Arrays.copyOfRange(body, piece * 1000, (piece + 1) * 1000));
        TimeUnit.MILLISECONDS.sleep(50);
      }
      assertStored(delivery, http.answer(true));
    }
  }

  @Test
  @Tag("connection")
  void whatIsCutIsNotStoredAndCanComeAgain() throws IOException {
    SignedDelivery delivery = signed(random(50_000));
    byte[] half = Arrays.copyOf(delivery.body(), 25_000);
    try (RawHttp http = connect()) {
      http.send(head(delivery, Map.of()), half);
    }
    try (RawHttp http = connect()) {
      http.send(head(delivery, Map.of("Transfer-Encoding", "chunked")));
      http.send(Arrays.copyOf(RawHttp.chunked(delivery.body()), 25_000));
    }
    assertStored(delivery, post(delivery));
    assertEquals(1, door.stored());
  }

  @Test
  @Tag("connection")
  void aConnectionServesManyDeliveries() throws IOException {
    try (RawHttp http = connect()) {
      for (int i = 0; i < 20; i++) {
        SignedDelivery delivery = signed(random(100 + i * 700));
        boolean chunked = i % 2 == 1;
        http.send(
            head(delivery, chunked ? Map.of("Transfer-Encoding", "chunked") : Map.of()),
            chunked ? RawHttp.chunked(delivery.body()) : delivery.body());
        assertStored(delivery, http.answer(true));
      }
    }
  }

  @Test
  @Tag("connection")
  void aConnectionSurvivesWhatIsRefusedOrEnds() throws IOException {
    SignedDelivery forged = SignedDelivery.of(random(60_000), false, "another secret");
    SignedDelivery large = signed(random(MAX_BODY + 1));
    Map<String, Integer> refused = new LinkedHashMap<>();
    refused.put(head(forged, Map.of()), 401);
    refused.put(head(forged, Map.of()).replaceFirst("^POST", "PUT"), 405);
    refused.put(head(large, Map.of()), 413);
    for (Map.Entry<String, Integer> request : refused.entrySet()) {
      byte[] body = request.getValue() == 413 ? large.body() : forged.body();
      SignedDelivery delivery = signed("{\"after\":" + request.getValue() + "}");
      Optional<Answer> next = Optional.empty();
      try (RawHttp http = connect()) {
        try {
          http.send(request.getKey(), body);
        } catch (IOException e) {
          // It didn't want to read it all; that is its right.
        }
        try {
          assertEquals(request.getValue(), http.answer(true).status());
          http.send(head(delivery, Map.of()), delivery.body());
          next = Optional.of(http.answer(true));
        } catch (IOException e) {
          // The connection ended, which leaves nothing to misread.
        }
      }
      if (next.isPresent()) {
        assertStored(delivery, next.get());
      } else {
        assertStored(delivery, post(delivery));
      }
    }
  }

  @Test
  @Tag("connection")
  void sixtyFourAtOnceAreEachStoredOnce() throws Exception {
    ExecutorService senders = Executors.newFixedThreadPool(64);
    CountDownLatch ready = new CountDownLatch(64);
    try {
      List<SignedDelivery> deliveries = new ArrayList<>();
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        SignedDelivery delivery = SignedDelivery.of(random(1000 + i * 1000), i % 4 == 3, SECRET);
        deliveries.add(delivery);
        boolean chunked = i % 2 == 1;
        answers.add(
            senders.submit(
                () -> {
                  ready.countDown();
                  ready.await();
                  return chunked ? postChunked(delivery) : post(delivery);
                }));
      }
      for (int i = 0; i < 64; i++) {
        assertStored(deliveries.get(i), answers.get(i).get(60, TimeUnit.SECONDS));
      }
      assertEquals(64, door.stored());
    } finally {
      senders.shutdownNow();
    }
  }

  @Test
  @Tag("connection")
  void aFullInboxHasItDeliveredLater() throws IOException {
    SignedDelivery delivery = signed("{\"full\":true}");
    door.full(true);

    Answer answer = post(delivery);

    assertLater(answer);
    door.full(false);
    assertStored(delivery, post(delivery));
  }

  @Test
  @Tag("connection")
  void whatFailsUnexpectedlyHasItDeliveredLater() throws IOException {
    SignedDelivery delivery = signed("{\"broken\":true}");
    door.broken(true);

    Answer answer = post(delivery);

    assertLater(answer);
    door.broken(false);
    assertStored(delivery, post(delivery));
  }

  @Test
  @Tag("connection")
  void whatIsBeingHandledWhenItStopsIsStoredIfItIsAcknowledged() throws Exception {
    EndpointInbox own = new EndpointInbox();
    ExecutorService threads = Executors.newCachedThreadPool();
    try (WebhookHandler ownHandler = handler(own)) {
      Endpoint stopping = start(ownHandler);
      SignedDelivery delivery = signed("{\"stopping\":true}");
      String head = RawHttp.head(stopping.uri(), delivery, Map.of());
      own.hold();
      Future<Answer> answer =
          threads.submit(() -> RawHttp.exchange(stopping.uri(), head, delivery.body()));
      assertTrue(own.entered().await(30, TimeUnit.SECONDS), "it arrived");
      Future<?> stopped =
          threads.submit(
              () -> {
                stopping.stop().stop();
                return null;
              });
      // Until it listens no more, or waits for the one that is under way.
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
      while (System.nanoTime() - end < 0 && !stopped.isDone() && listens(stopping.uri())) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      own.release();
      stopped.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertFalse(listens(stopping.uri()), "it listens no more");
      try {
        int status = answer.get(30, TimeUnit.SECONDS).status();
        assertTrue(status == 200 || status == 503, "answered " + status);
        if (status == 200) {
          assertEquals(
              Receipt.ACCEPTED, own.last(delivery.body()), "it is acknowledged, and not stored");
        }
      } catch (ExecutionException e) {
        assertTrue(e.getCause() instanceof IOException, "the connection ended: " + e.getCause());
      }
    } finally {
      own.release();
      threads.shutdownNow();
    }
  }

  // ---- how

  private WebhookHandler handler(Inbox inbox) {
    PipelineObserver refusals =
        new PipelineObserver() {
          @Override
          public void refused(int status, String reason, Duration took) {
            refused = reason;
          }
        };
    return WebhookHandler.builder()
        .webhookSecret(SECRET)
        .inbox(inbox)
        .acceptOnly()
        .observer(refusals)
        .build();
  }

  private static boolean listens(URI uri) {
    try {
      new RawHttp(uri).close();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private URI uri() {
    if (endpoint == null) {
      throw new IllegalStateException("The server didn't start");
    }
    return endpoint.uri();
  }

  private String path() {
    return uri().getRawPath();
  }

  private RawHttp connect() throws IOException {
    return new RawHttp(uri());
  }

  private Answer exchange(String head, byte... body) throws IOException {
    return RawHttp.exchange(uri(), head, body);
  }

  private Answer get(String query) throws IOException {
    return exchange("GET " + path() + query + " HTTP/1.1\nHost: x\n\n");
  }

  private Answer post(SignedDelivery delivery) throws IOException {
    return exchange(head(delivery, Map.of()), delivery.body());
  }

  private Answer postChunked(SignedDelivery delivery) throws IOException {
    return exchange(
        head(delivery, Map.of("Transfer-Encoding", "chunked")), RawHttp.chunked(delivery.body()));
  }

  private String head(SignedDelivery delivery, Map<String, String> more) {
    return RawHttp.head(uri(), delivery, more);
  }

  private static Mail mail(String subject) {
    return Mail.of("grant-1", "message-1").subject(subject);
  }

  private static SignedDelivery signed(String body) {
    return signed(body.getBytes(UTF_8));
  }

  private static SignedDelivery signed(byte[] body) {
    return SignedDelivery.of(body, false, SECRET);
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static void assertEchoed(String challenge, Answer answer) {
    assertEquals(200, answer.status(), challenge);
    assertEquals(challenge, answer.body());
    assertEquals(
        Integer.toString(challenge.getBytes(UTF_8).length),
        answer.headers().get("content-length"),
        "Content-Length");
    assertNull(answer.headers().get("transfer-encoding"), "Transfer-Encoding");
    assertEquals("nosniff", answer.headers().get("x-content-type-options"));
    assertEquals(
        "text/plain;charset=utf-8",
        String.valueOf(answer.headers().get("content-type"))
            .replace(" ", "")
            .toLowerCase(Locale.ROOT));
  }

  private void assertStored(SignedDelivery delivery, Answer answer) {
    assertStored(delivery, answer, Receipt.ACCEPTED);
  }

  private void assertStored(SignedDelivery delivery, Answer answer, Receipt receipt) {
    assertEquals(200, answer.status(), answer::toString);
    assertEquals(receipt, door.last(delivery.body()), "of these very bytes");
  }

  private void assertRefused(Answer answer) {
    assertEquals(401, answer.status());
    assertEquals("Unauthorized", answer.body());
    assertEquals("12", answer.headers().get("content-length"));
    assertNull(answer.headers().get("www-authenticate"));
  }

  private static void assertNotAllowed(Answer answer) {
    assertEquals(405, answer.status());
    assertEquals("GET, POST", answer.headers().get("allow"));
  }

  private void assertLater(Answer answer) {
    assertEquals(503, answer.status());
    assertEquals("30", answer.headers().get("retry-after"));
    assertEquals(0, door.stored());
  }
}
