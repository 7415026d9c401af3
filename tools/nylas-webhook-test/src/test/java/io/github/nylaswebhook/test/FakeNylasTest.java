package io.github.nylaswebhook.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.signature.SignatureVerifier;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPInputStream;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FakeNylasTest {
  private static final Duration AT_ONCE = Duration.ofMillis(1);

  private final FakeNylas nylas =
      FakeNylas.builder()
          .retryDelays(AT_ONCE, AT_ONCE)
          .deliveryTimeout(Duration.ofMillis(700))
          .start();
  private final OkHttpClient http = new OkHttpClient();

  @AfterEach
  void close() {
    nylas.close();
    http.connectionPool().evictAll();
  }

  @Test
  void challengesAnEndpointOnceAndTakesItsEcho() throws IOException {
    try (TestServer endpoint = endpoint(200)) {
      nylas.subscribe(endpoint.url() + "/hook?tenant=7");

      assertThat(endpoint.requests()).hasSize(1);
      assertThat(endpoint.requests().get(0).method()).isEqualTo("GET");
      assertThat(endpoint.requests().get(0).uri()).startsWith("/hook?tenant=7&challenge=");
    }
  }

  @Test
  void refusesAnEndpointThatAnswersTheChallengeWithMore() throws IOException {
    try (TestServer endpoint =
        TestServer.start(
            (exchange, request) ->
                TestServer.send(
                    exchange, 200, Map.of(), (challenge(request.uri()) + "\n").getBytes(UTF_8)))) {
      assertThatIOException()
          .isThrownBy(() -> nylas.subscribe(endpoint.url()))
          .withMessageContaining("isn't the challenge");
      assertThat(endpoint.requests()).hasSize(1);
    }
  }

  @Test
  void refusesAnEndpointThatIsNotThere() throws IOException {
    try (TestServer endpoint = TestServer.answering(404, Map.of(), "")) {
      assertThatIOException()
          .isThrownBy(() -> nylas.subscribe(endpoint.url()))
          .withMessage("unable.verify.webhook_url : status is not ok, got 404");
      assertThat(endpoint.requests()).hasSize(1);
    }
  }

  @Test
  void refusesAnEndpointThatAnswersTheChallengeInChunks() throws IOException {
    try (TestServer endpoint =
        TestServer.start(
            (exchange, request) -> {
              exchange.sendResponseHeaders(200, 0);
              exchange.getResponseBody().write(challenge(request.uri()).getBytes(UTF_8));
            })) {
      assertThatIOException()
          .isThrownBy(() -> nylas.subscribe(endpoint.url()))
          .withMessageContaining("chunked");
    }
  }

  @Test
  void refusesAnEndpointThatDoesNotAnswerInTime() throws IOException {
    try (SilentServer endpoint = new SilentServer()) {
      assertThatIOException().isThrownBy(() -> nylas.subscribe(endpoint.url()));
    }
  }

  @Test
  void isContentWithThe200OfTheFirstAttempt() throws Exception {
    try (TestServer endpoint = endpoint(200)) {
      DeliveryReport report = deliver(endpoint);

      assertThat(report.delivered()).isTrue();
      assertThat(statuses(report)).containsExactly(200);
      assertThat(deliveries(endpoint)).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 502, 503, 504, 507})
  void triesThriceAfterWhatMayPass(int status) throws Exception {
    try (TestServer endpoint = endpoint(status)) {
      DeliveryReport report = deliver(endpoint);

      assertThat(report.delivered()).isFalse();
      assertThat(statuses(report)).containsExactly(status, status, status);
      assertThat(deliveries(endpoint)).hasSize(3);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {201, 204, 301, 308, 400, 401, 403, 404, 410, 413, 500, 501, 505})
  void losesTheNotificationAfterAnyOtherAnswer(int status) throws Exception {
    try (TestServer endpoint = endpoint(status)) {
      DeliveryReport report = deliver(endpoint);

      assertThat(report.delivered()).isFalse();
      assertThat(statuses(report)).containsExactly(status);
      assertThat(deliveries(endpoint)).hasSize(1);
    }
  }

  @Test
  void triesAgainUntilItIsTaken() throws Exception {
    try (TestServer endpoint = endpoint(503, 200)) {
      DeliveryReport report = deliver(endpoint);

      assertThat(report.delivered()).isTrue();
      assertThat(statuses(report)).containsExactly(503, 200);
    }
  }

  @Test
  void triesAgainWithoutAnAnswer() throws Exception {
    try (TestServer endpoint = endpoint(0, 0, 200)) {
      DeliveryReport report = deliver(endpoint);

      assertThat(report.delivered()).isTrue();
      assertThat(statuses(report)).containsExactly(0, 0, 200);
    }
  }

  @Test
  void takesALateAnswerForNone() throws Exception {
    try (SilentServer endpoint = new SilentServer()) {
      Destination destination = unchallenged(endpoint.url());
      DeliveryReport.Attempt attempt =
          destination.post(NotificationFixture.of("grant.updated").sign("secret"));

      assertThat(attempt.status()).isZero();
      assertThat(attempt.took()).isBetween(Duration.ofMillis(600), Duration.ofSeconds(6));
    }
  }

  @Test
  void postsOnceForEachAttemptWhateverTheAnswerInvitesTo() throws Exception {
    try (TestServer endpoint =
        TestServer.start(
            (exchange, request) -> {
              if (request.method().equals("GET")) {
                TestServer.send(exchange, 200, Map.of(), challenge(request.uri()).getBytes(UTF_8));
              } else {
                TestServer.send(exchange, 503, Map.of("Retry-After", "0"), new byte[0]);
              }
            })) {
      assertThat(statuses(deliver(endpoint))).containsExactly(503, 503, 503);
      assertThat(deliveries(endpoint)).hasSize(3);
    }
  }

  @Test
  void countsAttemptsInTheBodyAndSignsEachAnew() throws Exception {
    try (TestServer endpoint = endpoint(503)) {
      deliver(endpoint);

      List<TestServer.Request> posts = deliveries(endpoint);
      List<Long> attempts = new ArrayList<>();
      List<String> ids = new ArrayList<>();
      for (TestServer.Request post : posts) {
        Json json = Json.read(post.body().toByteArray());
        attempts.add(json.longOr("webhook_delivery_attempt", 0));
        ids.add(json.stringOr("id", ""));
        assertThat(signature(post))
            .isEqualTo(SignatureVerifier.sign(nylas.webhookSecret(), post.body().toByteArray()));
      }
      assertThat(attempts).containsExactly(1L, 2L, 3L);
      assertThat(ids).hasSize(3).containsOnly(ids.get(0));
      assertThat(posts.stream().map(FakeNylasTest::signature)).doesNotHaveDuplicates();
    }
  }

  @Test
  void honoursRetryAfterWith429Only() throws Exception {
    try (FakeNylas patient =
            FakeNylas.builder().retryDelays(AT_ONCE, Duration.ofMinutes(2)).start();
        TestServer endpoint = endpoint(Map.of("Retry-After", "1"), 503, 429, 200)) {
      long start = System.nanoTime();
      DeliveryReport report =
          patient
              .subscribe(endpoint.url())
              .deliver(NotificationFixture.of("grant.updated"))
              .get(30, SECONDS);

      // The 503 is repeated at once, the 429 after the second that it asks for.
      assertThat(statuses(report)).containsExactly(503, 429, 200);
      assertThat(report.attempts().get(1).retryAfterSeconds()).isEqualTo(1);
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(Duration.ofMillis(1000), Duration.ofMillis(1900));
    }
  }

  @Test
  void deliversInDisorderAndSomeTwice() throws Exception {
    try (TestServer endpoint = endpoint(200)) {
      Destination destination = nylas.subscribe(endpoint.url());
      List<NotificationFixture> notifications = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        notifications.add(NotificationFixture.of("grant.updated").id("n-" + i));
      }
      List<CompletableFuture<DeliveryReport>> reports =
          destination.deliverShuffled(notifications, 20, new Random(1));
      List<String> order = new ArrayList<>();
      for (CompletableFuture<DeliveryReport> report : reports) {
        order.add(report.get(30, SECONDS).notificationId());
      }

      List<String> ids = notifications.stream().map(NotificationFixture::id).toList();
      assertThat(order).hasSize(70).containsAll(ids);
      assertThat(List.copyOf(new LinkedHashSet<>(order))).hasSize(50).isNotEqualTo(ids);
      assertThat(deliveries(endpoint)).hasSize(70);
      List<String> again = new ArrayList<>();
      for (CompletableFuture<DeliveryReport> report :
          destination.deliverShuffled(notifications, 20, new Random(1))) {
        again.add(report.get(30, SECONDS).notificationId());
      }
      assertThat(again).isEqualTo(order);
    }
  }

  @Test
  void signsTheCompressedBytes() throws Exception {
    try (TestServer endpoint = endpoint(200)) {
      NotificationFixture notification = NotificationFixture.of("grant.updated").gzip();
      nylas.subscribe(endpoint.url()).deliver(notification).get(30, SECONDS);

      TestServer.Request post = deliveries(endpoint).get(0);
      byte[] body = post.body().toByteArray();
      assertThat(post.headers().getFirst("Content-Encoding")).isEqualTo("gzip");
      assertThat(post.headers().getFirst("Content-Type")).isEqualTo("application/json");
      assertThat(signature(post)).isEqualTo(SignatureVerifier.sign(nylas.webhookSecret(), body));
      byte[] inflated = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
      assertThat(Json.read(inflated).stringOr("id", "")).isEqualTo(notification.id());
    }
  }

  @Test
  void signsItsTestEventWithASecretThatIsNotYours() throws Exception {
    try (TestServer endpoint = endpoint(401)) {
      DeliveryReport.Attempt attempt =
          nylas.subscribe(endpoint.url()).sendTestEvent(NotificationFixture.of("grant.updated"));

      TestServer.Request post = deliveries(endpoint).get(0);
      assertThat(attempt.status()).isEqualTo(401);
      assertThat(signature(post))
          .isEqualTo(SignatureVerifier.sign("mock-webhook-secret", post.body().toByteArray()));
    }
  }

  @Test
  void givesAMessageWithHeadersToWhoAsksForThem() throws IOException {
    nylas.add(Mail.of("g", "m").subject("Hi").header("X-One", "1"));

    Json plain = Json.of(json("/v3/grants/g/messages/m").asMap().get("data"));
    Json full = json("/v3/grants/g/messages/m?fields=include_headers").object("data");

    assertThat(plain.stringOr("subject", "")).isEqualTo("Hi");
    assertThat(plain.has("headers")).isFalse();
    assertThat(full.objects("headers").get(0).stringOr("name", "")).isEqualTo("X-One");
  }

  @Test
  void givesTheFoldersOfAGrant() throws IOException {
    nylas.addFolder("g", "opaque-1", "Gesendet", "\\Sent").addFolder("g", "opaque-2", "Inbox");

    List<Json> folders = json("/v3/grants/g/folders").objects("data");

    assertThat(folders)
        .extracting(f -> f.stringOr("id", ""))
        .containsExactly("opaque-1", "opaque-2");
    assertThat(List.<Object>copyOf(folders.get(0).list("attributes"))).containsExactly("\\Sent");
    assertThat(json("/v3/grants/other/folders").objects("data")).isEmpty();
  }

  @Test
  void findsNothingThatWasRemovedOrIsElsewhere() throws IOException {
    Mail mail = Mail.of("g", "m");
    nylas.add(mail);
    assertThat(status("/v3/grants/g/messages/m")).isEqualTo(200);
    assertThat(status("/v3/grants/other/messages/m")).isEqualTo(404);
    assertThat(status("/v3/grants/g/threads/m")).isEqualTo(404);
    assertThat(status("/")).isEqualTo(404);

    nylas.remove(mail);
    assertThat(status("/v3/grants/g/messages/m")).isEqualTo(404);
  }

  @Test
  void doesNotFindAnIdThatWasNotEncoded() throws IOException {
    nylas.add(Mail.of("g", "a+b=@x"));

    assertThat(status("/v3/grants/g/messages/a%2Bb%3D%40x")).isEqualTo(200);
    assertThat(status("/v3/grants/g/messages/a+b=@x")).isEqualTo(404);
    assertThat(nylas.calls())
        .extracting(ApiCall::path)
        .containsExactly("/v3/grants/g/messages/a%2Bb%3D%40x", "/v3/grants/g/messages/a+b=@x");
  }

  @Test
  void refusesWhoHasNoKey() throws IOException {
    nylas.add(Mail.of("g", "m"));
    Request request = new Request.Builder().url(nylas.url() + "/v3/grants/g/messages/m").build();
    try (Response response = http.newCall(request).execute()) {
      assertThat(response.code()).isEqualTo(401);
    }
  }

  @Test
  void refusesTheKeyUntilItRecovers() throws IOException {
    nylas.add(Mail.of("g", "m")).refuseKey();
    assertThat(status("/v3/grants/g/messages/m")).isEqualTo(401);
    assertThat(status("/v3/grants/g/messages/m")).isEqualTo(401);

    nylas.recover();
    assertThat(status("/v3/grants/g/messages/m")).isEqualTo(200);
  }

  @Test
  void failsOnceForEachFaultThatWasAskedFor() throws IOException {
    nylas.add(Mail.of("g", "m"));
    nylas
        .failNext(Fault.tooManyRequests(7))
        .failNext(Fault.status(504, "provider_error"))
        .failNext(Fault.status(404, "not_found_error"));

    try (Response response = get("/v3/grants/g/messages/m")) {
      assertThat(response.code()).isEqualTo(429);
      assertThat(response.header("Retry-After")).isEqualTo("7");
      Json error = Json.read(response.body().bytes()).object("error");
      assertThat(error.stringOr("type", "")).isEqualTo("rate_limit_error");
    }
    try (Response response = get("/v3/grants/g/messages/m")) {
      assertThat(response.code()).isEqualTo(504);
      assertThat(response.header("Retry-After")).isNull();
    }
    assertThat(status("/v3/grants/g/messages/m")).isEqualTo(404);
    assertThat(status("/v3/grants/g/messages/m")).isEqualTo(200);
    assertThat(nylas.calls()).extracting(ApiCall::status).containsExactly(429, 504, 404, 200);
  }

  @Test
  void aFaultOfAMessageLeavesOthersAlone() throws IOException {
    Mail unlucky = Mail.of("g", "unlucky");
    nylas.add(unlucky).add(Mail.of("g", "lucky")).failNext(unlucky, Fault.status(504, "x"));

    assertThat(status("/v3/grants/g/messages/lucky")).isEqualTo(200);
    assertThat(status("/v3/grants/g/messages/unlucky")).isEqualTo(504);
    assertThat(status("/v3/grants/g/messages/unlucky")).isEqualTo(200);
  }

  @Test
  void aStandingFaultLastsUntilItRecovers() throws IOException {
    nylas.add(Mail.of("g", "m")).failAlways(Fault.status(502, "x"));
    for (int i = 0; i < 3; i++) {
      assertThat(status("/v3/grants/g/messages/m")).isEqualTo(502);
    }
    nylas.recover();
    assertThat(status("/v3/grants/g/messages/m")).isEqualTo(200);
  }

  @Test
  void hangsUpOnDemandAndNotesIt() {
    nylas.failAlways(new Fault.HangUp());

    assertThatIOException().isThrownBy(() -> status("/v3/grants/g/messages/m"));
    assertThat(nylas.calls()).extracting(ApiCall::status).containsOnly(0);
  }

  @Test
  void isSlowOnDemand() throws IOException {
    nylas.add(Mail.of("g", "m")).failNext(new Fault.Slow(Duration.ofMillis(300)));
    long start = System.nanoTime();

    assertThat(status("/v3/grants/g/messages/m")).isEqualTo(200);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(290));
  }

  @Test
  void answersGarbageOnDemand() throws IOException {
    nylas.failNext(new Fault.Garbage());
    try (Response response = get("/v3/grants/g/messages/m")) {
      assertThat(response.code()).isEqualTo(200);
      assertThat(response.body().string()).startsWith("<html>");
    }
  }

  @Test
  void compressesForWhoTakesIt() throws IOException {
    nylas.add(Mail.of("g", "m").body("x".repeat(10_000)));
    Request.Builder request =
        new Request.Builder()
            .url(nylas.url() + "/v3/grants/g/messages/m")
            .header("Authorization", "Bearer " + nylas.apiKey());
    try (Response response =
        http.newCall(request.header("Accept-Encoding", "gzip").build()).execute()) {
      assertThat(response.header("Content-Encoding")).isEqualTo("gzip");
    }
    try (Response response =
        http.newCall(request.header("Accept-Encoding", "identity").build()).execute()) {
      assertThat(response.header("Content-Encoding")).isNull();
    }
  }

  @Test
  void whoeverHasTheAnswerFindsTheCall() throws IOException {
    for (int i = 1; i <= 300; i++) {
      status("/v3/grants/g/messages/" + i);
      assertThat(nylas.calls()).hasSize(i);
    }
    assertThat(nylas.callCount()).isEqualTo(300);
    assertThat(nylas.calls().get(299).path()).isEqualTo("/v3/grants/g/messages/300");
  }

  @Test
  void noLongerListensOnceItIsClosed() throws IOException {
    assertThat(status("/")).isEqualTo(404);

    nylas.close();

    assertThatIOException().isThrownBy(() -> status("/"));
  }

  private DeliveryReport deliver(TestServer endpoint) throws Exception {
    return nylas
        .subscribe(endpoint.url())
        .deliver(NotificationFixture.of("grant.updated"))
        .get(30, SECONDS);
  }

  private static Destination unchallenged(String url) {
    return new Destination(
        HttpUrl.get(url), "secret", Duration.ofMillis(700), List.of(), new DirectScheduler());
  }

  private static final class DirectScheduler
      extends java.util.concurrent.ScheduledThreadPoolExecutor {
    DirectScheduler() {
      super(0);
    }
  }

  /** Echoes challenges, and answers POSTs so, the last of them for good; 0 hangs up. */
  private static TestServer endpoint(Integer... statuses) throws IOException {
    return endpoint(Map.of(), statuses);
  }

  private static TestServer endpoint(Map<String, String> headers, Integer... statuses)
      throws IOException {
    Queue<Integer> script = new ArrayDeque<>(Arrays.asList(statuses));
    return TestServer.start(
        (exchange, request) -> {
          if (request.method().equals("GET")) {
            TestServer.send(exchange, 200, Map.of(), challenge(request.uri()).getBytes(UTF_8));
            return;
          }
          int status;
          synchronized (script) {
            status = script.size() > 1 ? script.remove() : script.element();
          }
          if (status != 0) {
            TestServer.send(exchange, status, headers, new byte[0]);
          }
        });
  }

  private static String challenge(String uri) {
    return uri.substring(uri.indexOf("challenge=") + "challenge=".length());
  }

  private static List<TestServer.Request> deliveries(TestServer endpoint) {
    return endpoint.requests().stream().filter(r -> r.method().equals("POST")).toList();
  }

  private static Collection<Integer> statuses(DeliveryReport report) {
    return report.attempts().stream().map(DeliveryReport.Attempt::status).toList();
  }

  private static String signature(TestServer.Request request) {
    return request.headers().getFirst("X-Nylas-Signature");
  }

  private Response get(String path) throws IOException {
    return http.newCall(
            new Request.Builder()
                .url(nylas.url() + path)
                .header("Authorization", "Bearer " + nylas.apiKey())
                .build())
        .execute();
  }

  private int status(String path) throws IOException {
    try (Response response = get(path)) {
      return response.code();
    }
  }

  private Json json(String path) throws IOException {
    try (Response response = get(path)) {
      return Json.read(response.body().bytes());
    }
  }
}
