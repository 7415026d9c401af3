package io.github.nylaswebhook.destination;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.nylaswebhook.destination.DestinationClient.Answer;
import io.github.nylaswebhook.destination.DestinationClient.Effect;
import io.github.nylaswebhook.inbox.OutcomeUnknownException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.test.DestinationStandIn;
import io.github.nylaswebhook.test.DestinationStandIn.Failure;
import io.github.nylaswebhook.test.DestinationStandIn.Reply;
import io.github.nylaswebhook.test.SettableClock;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DestinationClientTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

  private final SettableClock clock = new SettableClock(NOW);
  private final List<AutoCloseable> opened = new ArrayList<>();
  private volatile Reply reply = Reply.text(201, "done");
  private final DestinationStandIn server =
      open(
          new DestinationStandIn() {
            @Override
            protected Reply answer(Call call) {
              return reply;
            }
          });
  private final DestinationClient client = client(builder());

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable closeable : opened) {
      closeable.close();
    }
  }

  private <T extends AutoCloseable> T open(T closeable) {
    opened.add(closeable);
    return closeable;
  }

  private DestinationClient.Builder builder() {
    return DestinationClient.builder("desk").clock(clock).callTimeout(Duration.ofMillis(500));
  }

  private DestinationClient client(DestinationClient.Builder builder) {
    return open(builder.build());
  }

  private static Request post(String url) {
    return new Request.Builder().url(url).post(RequestBody.create("x".getBytes(UTF_8))).build();
  }

  private Answer send(Effect effect) {
    return client.send(post(server.url()), effect, "call");
  }

  private RetryLaterException later(Effect effect) {
    Throwable thrown = catchThrowable(() -> send(effect));
    assertThat(thrown).isInstanceOf(RetryLaterException.class);
    assertThat(((RetryLaterException) thrown).countsAsAttempt()).as("counted").isFalse();
    return (RetryLaterException) thrown;
  }

  @Test
  void whatIsDoneIsAnswered() {
    reply = Reply.text(201, "dön€").header("X-Id", "1");
    Answer answer = send(Effect.ONCE);
    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.body()).isEqualTo("dön€");
    assertThat(answer.headers().get("x-id")).isEqualTo("1");
  }

  @ParameterizedTest
  @EnumSource(
      value = Failure.class,
      names = {"RATE_LIMITED", "RATE_LIMITED_NO_WAIT", "UNAVAILABLE"})
  void whatIsPutOffComesBackLaterWhateverItsEffect(Failure failure) {
    for (Effect effect : Effect.values()) {
      server.failNext(failure);
      assertThat(later(effect).when()).isBetween(NOW.plusMillis(500), NOW.plusSeconds(1));
      // Once, not again by itself.
      send(effect);
    }
    assertThat(server.calls()).hasSize(4);
  }

  @ParameterizedTest
  @EnumSource(
      value = Failure.class,
      names = {
        "UNAVAILABLE_WITHOUT_RETRY_AFTER",
        "BROKEN_BEFORE",
        "BROKEN_AFTER",
        "BAD_GATEWAY",
        "GATEWAY_TIMEOUT",
        "CUT_BEFORE",
        "CUT_AFTER",
        "HALF_AN_ANSWER",
        "SILENT"
      })
  void whatMayBeDoneIsUnknownUnlessItMayBeRepeated(Failure failure) {
    server.failNext(failure);
    assertThatThrownBy(() -> send(Effect.ONCE)).isInstanceOf(OutcomeUnknownException.class);
    server.failNext(failure);
    later(Effect.REPEATABLE);
    assertThat(server.calls()).as("each of them once").hasSize(2);
  }

  @Test
  void aTimeoutOfTheServersIsUnknownToo() {
    reply = Reply.of(408);
    assertThatThrownBy(() -> send(Effect.ONCE)).isInstanceOf(OutcomeUnknownException.class);
    later(Effect.REPEATABLE);
    reply = Reply.of(425);
    later(Effect.ONCE);
    assertThat(server.calls()).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {300, 301, 302, 304, 307, 308, 400, 403, 404, 409, 410, 413, 422, 451})
  void aRefusalIsForGood(int status) {
    reply = Reply.text(status, status == 304 ? "" : "because").header("Location", "/other");
    assertThatThrownBy(() -> send(Effect.ONCE))
        .isInstanceOfSatisfying(
            DestinationRefusedException.class,
            e -> {
              assertThat(e.status()).isEqualTo(status);
              assertThat(e.body()).isEqualTo(status == 304 ? "" : "because");
              assertThat(e.getMessage().lines().findFirst().orElseThrow())
                  .startsWith("desk answers " + status)
                  .doesNotContain("because");
            });
    assertThat(server.calls()).as("redirects aren't followed").hasSize(1);
  }

  @Test
  void credentialsAreWaitedForAndThePausesGrowWithTheOutage() {
    reply = Reply.of(401);
    assertThat(later(Effect.ONCE).when()).isBetween(NOW.plusMillis(500), NOW.plusSeconds(1));
    clock.advance(Duration.ofMinutes(2));
    assertThat(later(Effect.ONCE).when()).isAfter(clock.instant().plusSeconds(50));
    clock.advance(Duration.ofDays(1));
    assertThat(later(Effect.ONCE).when())
        .isBetween(clock.instant().plusSeconds(150), clock.instant().plusSeconds(300));
    reply = Reply.of(200);
    send(Effect.ONCE);
    reply = Reply.of(401);
    assertThat(later(Effect.ONCE).when()).isBefore(clock.instant().plusSeconds(2));
  }

  @Test
  void pausesOfACallGrowThoughOthersGoThrough() {
    reply = Reply.of(500);
    Duration longest = Duration.ZERO;
    for (int i = 0; i < 30; i++) {
      RetryLaterException later = later(Effect.REPEATABLE);
      longest = Duration.between(clock.instant(), later.when());
      reply = Reply.of(200);
      client.send(post(server.url()), Effect.REPEATABLE, "another");
      // Also a part of the same call.
      client.send(post(server.url() + "/another"), Effect.REPEATABLE, "call");
      reply = Reply.of(500);
      clock.set(later.when());
    }
    assertThat(longest).isBetween(Duration.ofSeconds(150), Duration.ofSeconds(300));
    assertThat(
            catchThrowableOfType(
                    RetryLaterException.class,
                    () -> client.send(post(server.url()), Effect.REPEATABLE, "a third"))
                .when())
        .isBefore(clock.instant().plusSeconds(2));
    reply = Reply.of(200);
    send(Effect.REPEATABLE);
    reply = Reply.of(500);
    assertThat(later(Effect.REPEATABLE).when()).isBefore(clock.instant().plusSeconds(2));
  }

  @Test
  void retryAfterIsSecondsOrADateAndBounded() {
    reply = Reply.of(429).header("Retry-After", "120");
    assertThat(later(Effect.ONCE).when()).isEqualTo(NOW.plusSeconds(120));
    String date =
        DateTimeFormatter.RFC_1123_DATE_TIME.format(NOW.plusSeconds(90).atOffset(ZoneOffset.UTC));
    reply = Reply.of(503).header("Retry-After", date);
    assertThat(later(Effect.ONCE).when()).isEqualTo(NOW.plusSeconds(90));
    reply = Reply.of(429).header("Retry-After", "999999");
    assertThat(later(Effect.ONCE).when()).isEqualTo(NOW.plus(DestinationClient.MAX_RETRY_AFTER));
    reply = Reply.of(500).header("Retry-After", "60");
    assertThat(later(Effect.REPEATABLE).when()).isEqualTo(NOW.plusSeconds(60));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "00"})
  void noneIsSentTwiceForBeingUnavailableForNoTime(String zero) {
    reply = Reply.of(503).header("Retry-After", zero);
    later(Effect.ONCE);
    assertThat(server.calls()).hasSize(1);
  }

  @Test
  void whatWasNeverSentIsNoUnknownOutcome() throws IOException {
    int port;
    try (ServerSocket unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = unused.getLocalPort();
    }
    for (String url :
        List.of(
            "http://127.0.0.1:" + port, "http://nowhere.invalid", "https://127.0.0.1:" + tls())) {
      assertThatThrownBy(() -> client.send(post(url), Effect.ONCE, "call"))
          .as(url)
          .isInstanceOf(RetryLaterException.class);
    }
  }

  /** The port of a server that doesn't talk TLS. */
  private int tls() {
    return Integer.parseInt(server.url().replaceAll(".*:", ""));
  }

  /** A server that ends each connection after one answer, when the next request comes. */
  @Test
  void aRequestOnAConnectionThatHasGoneIsNotRepeated() throws Exception {
    AtomicInteger requests = new AtomicInteger();
    try (ServerSocket listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      Thread serving =
          new Thread(
              () -> {
                try {
                  while (true) {
                    try (Socket socket = listening.accept()) {
                      readRequest(socket.getInputStream(), requests);
                      socket
                          .getOutputStream()
                          .write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(UTF_8));
                      readRequest(socket.getInputStream(), requests);
                    }
                  }
                } catch (IOException e) {
                  // The end of the test.
                }
              });
      serving.setDaemon(true);
      serving.start();
      String url = "http://127.0.0.1:" + listening.getLocalPort();
      client.send(post(url), Effect.ONCE, "1");
      assertThatThrownBy(() -> client.send(post(url), Effect.ONCE, "2"))
          .isInstanceOf(OutcomeUnknownException.class);
      assertThat(requests).hasValue(2);
    }
  }

  private static void readRequest(InputStream in, AtomicInteger requests) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        return;
      }
      head.append((char) next);
    }
    in.read();
    requests.incrementAndGet();
  }

  @Test
  void ofAHugeAnswerTheBeginningIsRead() {
    reply = Reply.text(200, "x".repeat(5 << 20));
    assertThat(send(Effect.ONCE).body()).hasSize(4 << 20);
    reply = Reply.text(200, "next");
    assertThat(send(Effect.ONCE).body()).isEqualTo("next");
  }

  @Test
  void ofALongRefusalAPersonReadsTheBeginning() {
    reply = Reply.text(400, "y".repeat(100_000));
    assertThatThrownBy(() -> send(Effect.ONCE))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1_100));
  }

  @Test
  void callsHaveTurnsAndWaitWithoutAThread() {
    DestinationClient limited = client(builder().limit(new RateLimit(1, Duration.ofSeconds(10))));
    limited.send(post(server.url()), Effect.ONCE, "1");
    Throwable thrown = catchThrowable(() -> limited.send(post(server.url()), Effect.ONCE, "2"));
    assertThat(thrown).isInstanceOf(RetryLaterException.class);
    assertThat(server.calls()).hasSize(1);
    clock.set(((RetryLaterException) thrown).when());
    limited.send(post(server.url()), Effect.ONCE, "2");
    assertThat(server.calls()).hasSize(2);
  }

  @Test
  void whoIsRateLimitedPausesForAll() {
    DestinationClient limited = client(builder().limit(new RateLimit(1000, Duration.ofSeconds(1))));
    reply = Reply.of(429).header("Retry-After", "30");
    assertThatThrownBy(() -> limited.send(post(server.url()), Effect.ONCE, "1"))
        .isInstanceOf(RetryLaterException.class);
    reply = Reply.of(200);
    assertThatThrownBy(() -> limited.send(post(server.url()), Effect.ONCE, "2"))
        .isInstanceOfSatisfying(
            RetryLaterException.class,
            e -> assertThat(e.when()).isAfterOrEqualTo(NOW.plusSeconds(30)));
    assertThat(server.calls()).hasSize(1);
  }

  @Test
  void noMoreAreUnderWayThanMayBe() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    Semaphore answer = new Semaphore(0);
    DestinationStandIn slow =
        open(
            new DestinationStandIn() {
              @Override
              protected Reply answer(Call call) {
                arrived.countDown();
                answer.acquireUninterruptibly();
                return Reply.of(200);
              }
            });
    DestinationClient limited =
        client(
            builder()
                .limit(new RateLimit(1000, Duration.ofSeconds(1)))
                .concurrent(1)
                .callTimeout(Duration.ofSeconds(30)));
    Thread first = new Thread(() -> limited.send(post(slow.url()), Effect.ONCE, "1"));
    first.start();
    assertThat(arrived.await(20, TimeUnit.SECONDS)).isTrue();
    assertThatThrownBy(() -> limited.send(post(slow.url()), Effect.ONCE, "2"))
        .isInstanceOf(RetryLaterException.class);
    answer.release(2);
    first.join();
    clock.advance(Duration.ofSeconds(10));
    limited.send(post(slow.url()), Effect.ONCE, "2");
  }

  @Test
  void aClientThatIsGivenIsUsedAndStaysOpen() {
    AtomicInteger seen = new AtomicInteger();
    OkHttpClient theirs =
        new OkHttpClient.Builder()
            .addInterceptor(
                chain -> {
                  seen.incrementAndGet();
                  return chain.proceed(chain.request());
                })
            .build();
    DestinationClient sharing = builder().http(theirs).build();
    sharing.send(post(server.url()), Effect.ONCE, "1");
    sharing.close();
    assertThat(seen).hasValue(1);
    assertThat(theirs.dispatcher().executorService().isShutdown()).isFalse();
    assertThat(theirs.connectionPool().connectionCount()).isEqualTo(1);
    theirs.connectionPool().evictAll();
    theirs.dispatcher().executorService().shutdown();
  }

  @Test
  void optionsAreChecked() {
    assertThatThrownBy(() -> builder().callTimeout(Duration.ZERO).build())
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder().concurrent(0).build())
        .isInstanceOf(IllegalArgumentException.class);
  }
}
