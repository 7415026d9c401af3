package io.github.nylaswebhook.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.message.AttachmentSource;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.nylas.NylasApiException;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.nylas.Region;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import okhttp3.ResponseBody;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NylasClientTest {
  private static final String KEY = "nyk_test";

  private final FakeNylas nylas = FakeNylas.start();
  private final NylasClient client =
      NylasClient.builder(nylas.apiKey()).baseUrl(nylas.url()).build();

  @AfterEach
  void close() {
    client.close();
    nylas.close();
  }

  @Test
  void asksForTheHeadersWithTheKeyAsBearer() throws IOException {
    String message = resource("v3.api.message.get.200.json");
    try (TestServer server = TestServer.answering(200, Map.of(), message);
        NylasClient client = client(server.url())) {
      client.getMessage("grant-1", "message-1");

      TestServer.Request request = server.requests().get(0);
      assertThat(request.method()).isEqualTo("GET");
      assertThat(request.uri())
          .isEqualTo("/v3/grants/grant-1/messages/message-1?fields=include_headers");
      assertThat(request.headers().get("Authorization")).containsExactly("Bearer " + KEY);
      assertThat(request.headers().get("Accept-Encoding")).containsExactly("gzip");
    }
  }

  @Test
  void readsTheDocumentedMessage() throws IOException {
    String message = resource("v3.api.message.get.200.json");
    try (TestServer server = TestServer.answering(200, Map.of(), message);
        NylasClient client = client(server.url())) {
      Message read = client.getMessage("g", "m");

      assertThat(read.id()).isEqualTo("5d3qmne77v32r8l4phyuksl2x");
      assertThat(read.grantId()).isEqualTo("41009df5-bf11-4c97-aa18-b285b5f2e386");
      assertThat(read.subject()).isEqualTo("Hello from Nylas!");
      assertThat(read.date()).isEqualTo(Instant.ofEpochSecond(1635355739));
      assertThat(read.attachments()).hasSize(2);
      assertThat(read.headersKnown()).isTrue();
    }
  }

  @Test
  void givesTheHeadersThatItAskedFor() throws IOException {
    nylas.add(Mail.of("g", "m").header("Auto-Submitted", "auto-replied"));

    Message message = client.getMessage("g", "m");

    assertThat(message.headersKnown()).isTrue();
    assertThat(message.header("auto-submitted")).hasValue("auto-replied");
  }

  @Test
  void downloadsAttachmentsAsTheyAre() throws IOException {
    byte[] image = new byte[300_000];
    new Random(1).nextBytes(image);
    nylas.add(
        Mail.of("g", "<m+1=@x>")
            .attachment("a b/c#1.png", "image/png", image)
            .attachment("empty.txt", "text/plain", new byte[0])
            .attachment("gone.txt", "text/plain", 7));
    Message message = client.getMessage("g", "<m+1=@x>");
    AttachmentSource source = client.asAttachmentSource();

    assertThat(message.attachments()).hasSize(3);
    try (InputStream in = source.open(message, message.attachments().get(0))) {
      assertThat(in.readAllBytes()).isEqualTo(image);
    }
    try (InputStream in = source.open(message, message.attachments().get(1))) {
      assertThat(in.readAllBytes()).isEmpty();
    }
    NylasApiException gone =
        catchThrowableOfType(
            NylasApiException.class, () -> source.open(message, message.attachments().get(2)));
    assertThat(gone.status()).isEqualTo(404);
  }

  @Test
  void namesTheMessageByWhatItAskedForWhereTheAnswerDoesNot() throws IOException {
    try (TestServer server =
            TestServer.answering(200, Map.of(), "{\"data\":{\"subject\":\"selected\"}}");
        NylasClient client = client(server.url())) {
      Message message = client.getMessage("grant-7", "message-7");

      assertThat(message.grantId()).isEqualTo("grant-7");
      assertThat(message.id()).isEqualTo("message-7");
      assertThat(message.subject()).isEqualTo("selected");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      quoteCharacter = '~',
      value = {
        "<CAD+x/y=@mail.example.com> %3CCAD%2Bx%2Fy%3D%40mail.example.com%3E",
        "a&b?c#d%20e a%26b%3Fc%23d%2520e",
        "äöü %C3%A4%C3%B6%C3%BC",
        "a;b,c:d$e!f'g(h)*i a%3Bb%2Cc%3Ad%24e%21f%27g%28h%29%2Ai",
        "-._~ -._~",
        "... ...",
        "😀\\^|{}\"[]` %F0%9F%98%80%5C%5E%7C%7B%7D%22%5B%5D%60",
      })
  void encodesEverythingInAnIdButUnreservedCharacters(String id, String encoded)
      throws IOException {
    nylas.add(Mail.of(id, id).subject("found"));

    assertThat(client.getMessage(id, id).subject()).isEqualTo("found");

    assertThat(nylas.calls())
        .extracting(ApiCall::path)
        .containsExactly("/v3/grants/" + encoded + "/messages/" + encoded);
  }

  @Test
  void encodesBlanksAndControlCharacters() throws IOException {
    nylas.add(Mail.of("g", "a b\tc\u0000").subject("found"));

    assertThat(client.getMessage("g", "a b\tc\u0000").subject()).isEqualTo("found");

    assertThat(nylas.calls())
        .extracting(ApiCall::path)
        .containsExactly("/v3/grants/g/messages/a%20b%09c%00");
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "..", ""})
  void asksNothingForAnIdThatWouldBeAnotherPath(String id) {
    assertThatThrownBy(() -> client.getMessage("g", id)).isInstanceOf(PermanentException.class);
    assertThatThrownBy(() -> client.getMessage(id, "m")).isInstanceOf(PermanentException.class);
    assertThat(nylas.callCount()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"US, https://api.us.nylas.com", "EU, https://api.eu.nylas.com"})
  void callsTheServerOfItsRegion(Region region, String base) throws IOException {
    Queue<String> urls = new ConcurrentLinkedQueue<>();
    OkHttpClient http = answeringWithoutNetwork(urls);
    try (NylasClient client = NylasClient.builder(KEY).http(http).region(region).build()) {
      client.getMessage("g", "m");
    }
    assertThat(urls).containsExactly(base + "/v3/grants/g/messages/m?fields=include_headers");
  }

  @Test
  void callsTheUsUnlessToldOtherwise() throws IOException {
    Queue<String> urls = new ConcurrentLinkedQueue<>();
    try (NylasClient client =
        NylasClient.builder(KEY).http(answeringWithoutNetwork(urls)).build()) {
      client.getMessage("g", "m");
    }
    assertThat(urls.element()).startsWith("https://api.us.nylas.com/v3/");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/proxy/nylas", "/proxy/nylas/"})
  void keepsThePathOfItsBaseUrl(String path) throws IOException {
    try (TestServer server = TestServer.answering(200, Map.of(), "{\"data\":{\"id\":\"m\"}}");
        NylasClient client = client(server.url() + path)) {
      client.getMessage("g", "m");

      assertThat(server.requests().get(0).uri())
          .isEqualTo("/proxy/nylas/v3/grants/g/messages/m?fields=include_headers");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "api.us.nylas.com", "ftp://api.us.nylas.com", "https://", "/v3"})
  void refusesABaseUrlThatIsNoHttpUrl(String url) {
    NylasClient.Builder builder = NylasClient.builder(KEY);

    assertThatThrownBy(() -> builder.baseUrl(url))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .isNotBlank();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "nyk_1\n", "nyk 1", "nyk_\u00e4", "nyk_\u0000"})
  void refusesAKeyThatNoHeaderCarriesWithoutRepeatingIt(String key) {
    assertThatThrownBy(() -> NylasClient.builder(key))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("API key")
        .message()
        .doesNotContain("nyk");
  }

  @Test
  void readsCompressedAnswers() throws IOException {
    String body = "<p>" + "long enough to be compressed ".repeat(5000) + "</p>";
    nylas.add(Mail.of("g", "m").body(body));

    assertThat(client.getMessage("g", "m").body()).isEqualTo(body);
  }

  @ParameterizedTest
  @CsvSource({
    "400.invalid-idempotency-key, 400, api.invalid_idempotency_key, false, 256 characters or fewer",
    "400, 400, invalid_request_error, true, error parsing request body",
    "401, 401, unauthorized, true, Unauthorized",
    "403, 403, insufficient_scopes, false, missing provider scopes required to send email",
    "404, 404, not_found_error, true, requested object not found",
    "409-idempotent, 409, api.invalid_idempotent_request, false, different request payload",
    "429, 429, rate_limit_error, false, 'Too many requests, please try again shortly.'",
  })
  void tellsADocumentedError(
      String sample, int status, String type, boolean byProvider, String message)
      throws IOException {
    String error = resource("v3.api.error." + sample + ".json");
    try (TestServer server = TestServer.answering(status, Map.of(), error)) {
      NylasApiException e = refused(server);

      assertThat(e.status()).isEqualTo(status);
      assertThat(e.type()).isEqualTo(type);
      assertThat(e.byProvider()).isEqualTo(byProvider);
      assertThat(e.requestId()).isEqualTo("5fa64c92-e840-4357-86b9-2aa364d35b88");
      assertThat(e).hasMessageContaining(message).message().doesNotContain(KEY);
      assertThat(e.isUnauthorized()).isEqualTo(status == 401);
      assertThat(e.isTransient()).isEqualTo(status == 429);
      assertThat(e.retryAfter()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"error\":{\"type\":70005,\"message\":\"words\"}} | 70005 | words",
        "{\"error\":{\"type\":\"70005\",\"message\":\"words\"}} | 70005 | words",
        "{\"error\":\"words\"} | ~~ | words",
        "{\"type\":\"api.x\",\"message\":\"words\"} | api.x | words",
        "{\"error\":{\"type\":null,\"message\":[1]}} | ~~ | Bad Request",
        "<html><h1>400</h1></html> | ~~ | Bad Request",
        "[\"error\"] | ~~ | Bad Request",
        "{\"error\":{\"type\":\"cut | ~~ | Bad Request",
        "~~ | ~~ | Bad Request",
      })
  void tellsAnErrorOfAnyShapeByItsStatus(String body, String type, String message)
      throws IOException {
    try (TestServer server = TestServer.answering(400, Map.of(), body)) {
      NylasApiException e = refused(server);

      assertThat(e.status()).isEqualTo(400);
      assertThat(e.type()).isEqualTo(type);
      assertThat(e).hasMessageContaining(": " + message);
      assertThat(e.isUnauthorized()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"token.unauthorized_access", "api.token.unauthorized_access"})
  void takesNylas400ForABadKeyAsUnauthorized(String type) throws IOException {
    String error = "{\"error\":{\"type\":\"" + type + "\",\"message\":\"Invalid API key\"}}";
    try (TestServer server = TestServer.answering(400, Map.of(), error)) {
      assertThat(refused(server).isUnauthorized()).isTrue();
    }
  }

  @Test
  void readsNoMoreOfAnErrorThanItNeeds() throws IOException {
    String page = "x".repeat(1 << 20);
    try (TestServer server = TestServer.answering(502, Map.of(), page)) {
      NylasApiException e = refused(server);

      assertThat(e.status()).isEqualTo(502);
      assertThat(e.isTransient()).isTrue();
      assertThat(e.getMessage()).hasSizeLessThan(200);
    }
  }

  @Test
  void aWrongKeyIsUnauthorized() {
    nylas.add(Mail.of("g", "m"));
    try (NylasClient client = client(nylas.url())) {
      NylasApiException e =
          catchThrowableOfType(NylasApiException.class, () -> client.getMessage("g", "m"));

      assertThat(e.status()).isEqualTo(401);
      assertThat(e.isUnauthorized()).isTrue();
      assertThat(e.byProvider()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void takesTheKeyNowhereElse(int status) throws IOException {
    try (TestServer elsewhere = TestServer.answering(200, Map.of(), "{\"data\":{\"id\":\"m\"}}");
        TestServer server =
            TestServer.answering(status, Map.of("Location", elsewhere.url() + "/v3"), "")) {
      assertThat(refused(server).status()).isEqualTo(status);
      assertThat(elsewhere.requests()).isEmpty();
    }
  }

  @Test
  void takesTheKeyNowhereElseWithAClientThatFollows() throws IOException {
    OkHttpClient following = new OkHttpClient.Builder().followRedirects(true).build();
    try (TestServer elsewhere = TestServer.answering(200, Map.of(), "{\"data\":{\"id\":\"m\"}}");
        TestServer server =
            TestServer.answering(302, Map.of("Location", elsewhere.url() + "/v3"), "");
        NylasClient client =
            NylasClient.builder(KEY).baseUrl(server.url()).http(following).build()) {
      assertThatThrownBy(() -> client.getMessage("g", "m")).isInstanceOf(NylasApiException.class);
      assertThat(elsewhere.requests()).isEmpty();
    }
  }

  @Test
  void givesUpOnAnAnswerThatStaysOut() throws IOException {
    nylas.add(Mail.of("g", "m")).failNext(new Fault.Slow(Duration.ofSeconds(20)));
    try (NylasClient client =
        NylasClient.builder(nylas.apiKey())
            .baseUrl(nylas.url())
            .readTimeout(Duration.ofMillis(200))
            .build()) {
      long start = System.nanoTime();
      assertThatIOException().isThrownBy(() -> client.getMessage("g", "m"));
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }
  }

  @Test
  void givesUpOnAnAnswerThatTricklesIn() throws IOException {
    CountDownLatch over = new CountDownLatch(1);
    try (TestServer server =
            TestServer.start(
                (exchange, request) -> {
                  exchange.sendResponseHeaders(200, 0);
                  OutputStream out = exchange.getResponseBody();
                  out.write("{\"data\":".getBytes(UTF_8));
                  while (over.getCount() > 0) {
                    out.write(' ');
                    out.flush();
                    pause(over, Duration.ofMillis(20));
                  }
                });
        NylasClient client =
            NylasClient.builder(KEY)
                .baseUrl(server.url())
                .readTimeout(Duration.ofSeconds(20))
                .callTimeout(Duration.ofMillis(400))
                .build()) {
      long start = System.nanoTime();
      assertThatIOException().isThrownBy(() -> client.getMessage("g", "m"));
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
      over.countDown();
    }
  }

  @Test
  void aHangUpIsAnIoException() {
    nylas.add(Mail.of("g", "m")).failAlways(new Fault.HangUp());

    assertThatIOException()
        .isThrownBy(() -> client.getMessage("g", "m"))
        .isNotInstanceOf(NylasApiException.class);
  }

  @Test
  void anUnreachableServerIsAnIoException() {
    nylas.close();

    assertThatIOException()
        .isThrownBy(() -> client.getMessage("g", "m"))
        .isNotInstanceOf(NylasApiException.class);
  }

  @Test
  void aGarbledAnswerIsAnIoException() {
    nylas.add(Mail.of("g", "m")).failNext(new Fault.Garbage());

    assertThatIOException()
        .isThrownBy(() -> client.getMessage("g", "m"))
        .isNotInstanceOf(NylasApiException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"data\":null}",
        "{\"data\":[]}",
        "{\"data\":{}}",
        "{\"data\":{\"id\":\"m\"",
        "{\"data\":{\"id\":\"m\"}}{}",
        "{\"data\":{\"id\":\"m\",\"id\":\"n\"}}",
      })
  void anAnswerThatHoldsNoMessageIsAnIoException(String body) throws IOException {
    try (TestServer server = TestServer.answering(200, Map.of(), body);
        NylasClient client = client(server.url())) {
      assertThatIOException()
          .isThrownBy(() -> client.getMessage("g", "m"))
          .isNotInstanceOf(NylasApiException.class);
    }
  }

  @Test
  void anAnswerThatEndsTooEarlyIsAnIoException() throws IOException {
    try (TestServer server =
            TestServer.start(
                (exchange, request) -> {
                  exchange.sendResponseHeaders(200, 1000);
                  exchange.getResponseBody().write("{\"data\":{\"id\":\"m\"}}".getBytes(UTF_8));
                  exchange.getResponseBody().flush();
                });
        NylasClient client = client(server.url())) {
      assertThatIOException().isThrownBy(() -> client.getMessage("g", "m"));
    }
  }

  @Test
  void anAnswerBeyondTheCapIsPermanentHoweverSmallItTravels() throws IOException {
    try (TestServer server =
            TestServer.start(
                (exchange, request) -> {
                  exchange.getResponseHeaders().set("Content-Encoding", "gzip");
                  exchange.sendResponseHeaders(200, 0);
                  try (OutputStream out = new GZIPOutputStream(exchange.getResponseBody())) {
                    out.write("{\"data\":{\"id\":\"m\",\"body\":\"".getBytes(UTF_8));
                    byte[] block = new byte[1 << 20];
                    Arrays.fill(block, (byte) 'x');
                    for (long sent = 0; sent < NylasClient.MAX_ANSWER_BYTES; sent += block.length) {
                      out.write(block);
                    }
                    out.write("\"}}".getBytes(UTF_8));
                  }
                });
        NylasClient client = client(server.url())) {
      assertThatThrownBy(() -> client.getMessage("g", "m"))
          .isInstanceOf(PermanentException.class)
          .hasMessageContaining("cap");
    }
  }

  @Test
  void retryAfterPausesItsGrantAndNoOther() throws IOException {
    Instant now = Instant.parse("2026-11-22T10:00:00Z");
    SettableClock clock = new SettableClock(now);
    nylas.add(Mail.of("busy", "1")).add(Mail.of("busy", "2")).add(Mail.of("idle", "1"));
    nylas.failNext(Fault.tooManyRequests(30));
    try (NylasClient client =
        NylasClient.builder(nylas.apiKey()).baseUrl(nylas.url()).clock(clock).build()) {
      NylasApiException refusal =
          catchThrowableOfType(NylasApiException.class, () -> client.getMessage("busy", "1"));
      assertThat(refusal.status()).isEqualTo(429);
      assertThat(refusal.retryAfter()).hasValue(now.plusSeconds(30));

      RetryLaterException wait =
          catchThrowableOfType(RetryLaterException.class, () -> client.getMessage("busy", "2"));
      assertThat(wait.when()).isAfterOrEqualTo(now.plusSeconds(30));
      assertThat(wait.countsAsAttempt()).isFalse();
      assertThat(client.getMessage("idle", "1").id()).isEqualTo("1");
      assertThat(nylas.callCount()).isEqualTo(2);

      clock.set(wait.when());
      assertThat(client.getMessage("busy", "2").id()).isEqualTo("2");
    }
  }

  @Test
  void retryAfterOfARefusalThatWaitingDoesNotMendPausesNothing() throws IOException {
    nylas.add(Mail.of("g", "m")).failNext(new Fault.Status(403, "insufficient_scopes", "600"));
    assertThatThrownBy(() -> client.getMessage("g", "m")).isInstanceOf(NylasApiException.class);

    assertThat(client.getMessage("g", "m").id()).isEqualTo("m");
  }

  @Test
  void aCallBeyondTheLimitIsNotMade() throws IOException {
    SettableClock clock = new SettableClock(Instant.parse("2026-11-22T10:00:00Z"));
    nylas.add(Mail.of("g", "m"));
    try (NylasClient client =
        NylasClient.builder(nylas.apiKey())
            .baseUrl(nylas.url())
            .clock(clock)
            .limitPerGrant(new RateLimit(10, Duration.ofMinutes(1)))
            .build()) {
      client.getMessage("g", "m");
      RetryLaterException wait =
          catchThrowableOfType(RetryLaterException.class, () -> client.getMessage("g", "m"));

      assertThat(nylas.callCount()).isEqualTo(1);
      clock.set(wait.when());
      client.getMessage("g", "m");
      assertThat(nylas.callCount()).isEqualTo(2);
    }
  }

  @Test
  void refusesToAllowNoCallAtOnce() {
    NylasClient.Builder builder = NylasClient.builder(KEY);

    assertThatThrownBy(() -> builder.concurrentPerGrant(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("concurrentPerGrant");
  }

  @Test
  void leavesAClientThatItWasGivenOpen() throws IOException {
    OkHttpClient http = new OkHttpClient();
    nylas.add(Mail.of("g", "m"));
    NylasClient.builder(nylas.apiKey()).baseUrl(nylas.url()).http(http).build().close();

    assertThat(http.dispatcher().executorService().isShutdown()).isFalse();
  }

  private static NylasClient client(String url) {
    return NylasClient.builder(KEY).baseUrl(url).build();
  }

  private static NylasApiException refused(TestServer server) {
    try (NylasClient client = client(server.url())) {
      NylasApiException e =
          catchThrowableOfType(NylasApiException.class, () -> client.getMessage("g", "m"));
      assertThat(e).isNotNull();
      assertThat(server.requests()).hasSize(1);
      return e;
    }
  }

  private static OkHttpClient answeringWithoutNetwork(Queue<String> urls) {
    return new OkHttpClient.Builder()
        .addInterceptor(
            chain -> {
              urls.add(chain.request().url().toString());
              return new Response.Builder()
                  .request(chain.request())
                  .protocol(Protocol.HTTP_1_1)
                  .code(200)
                  .message("OK")
                  .body(ResponseBody.create("{\"data\":{\"id\":\"m\"}}", null))
                  .build();
            })
        .build();
  }

  private static void pause(CountDownLatch over, Duration duration) {
    try {
      boolean unused = over.await(duration.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      over.countDown();
    }
  }

  static String resource(String name) throws IOException {
    try (InputStream in = NylasClientTest.class.getResourceAsStream("/nylas/" + name)) {
      assertThat(in).as(name).isNotNull();
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
