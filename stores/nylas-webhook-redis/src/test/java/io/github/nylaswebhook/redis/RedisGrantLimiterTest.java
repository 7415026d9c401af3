package io.github.nylaswebhook.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.nylas.GrantLimiter;
import io.github.nylaswebhook.nylas.NylasApiException;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.test.ApiCall;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Fault;
import io.github.nylaswebhook.test.Mail;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RedisGrantLimiterTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Two nodes' readings of Redis' clock, and how late a busy machine looks at its own. */
  private static final Duration READING = Duration.ofMillis(200);

  private final String key = "grant:" + UUID.randomUUID();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private TestRedis redis;
  private RedisGrantLimiter one;
  private RedisGrantLimiter other;

  @BeforeEach
  void startRedis() throws Exception {
    redis = opened(TestRedis.start());
    one = node();
    other = node();
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable closeable : opened) {
      closeable.close();
    }
  }

  private <T extends AutoCloseable> T opened(T closeable) {
    opened.add(0, closeable);
    return closeable;
  }

  private RedisGrantLimiter node() {
    RedisGrantLimiter limiter =
        opened(RedisGrantLimiter.builder(redis.url()).commandTimeout(TIMEOUT).build());
    await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(RetryLaterException.class)
        .until(() -> limiter.pausedUntil("nobody's").isEmpty());
    return limiter;
  }

  @Test
  void twoNodesKeepWithinOneQuota() throws Exception {
    RateLimit limit = new RateLimit(50, Duration.ofSeconds(1));
    List<Callable<Instant>> all = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      GrantLimiter node = i % 2 == 0 ? one : other;
      all.add(() -> node.reserve(key, limit));
    }
    ExecutorService threads = Executors.newFixedThreadPool(16);
    List<Instant> turns = new ArrayList<>();
    try {
      for (Future<Instant> turn : threads.invokeAll(all)) {
        turns.add(turn.get());
      }
    } finally {
      threads.shutdownNow();
    }
    Collections.sort(turns);

    assertWithin(limit, turns);
    // Most of it is used: 45 a second.
    assertThat(Duration.between(turns.get(0), turns.get(399))).isLessThan(Duration.ofSeconds(10));
  }

  /** Any period, wherever it begins. */
  private static void assertWithin(RateLimit limit, List<Instant> times) {
    assertThat(times).hasSizeGreaterThan(limit.calls());
    for (int i = 0; i + limit.calls() < times.size(); i++) {
      assertThat(Duration.between(times.get(i), times.get(i + limit.calls())))
          .as("%d calls from %s on", limit.calls() + 1, times.get(i))
          .isGreaterThan(limit.period().minus(READING));
    }
  }

  @Test
  void twoClientsKeepWithinOneQuotaAtNylas() throws Exception {
    RateLimit limit = new RateLimit(20, Duration.ofSeconds(1));
    FakeNylas nylas = opened(FakeNylas.start());
    NylasClient first = client(nylas, one, limit);
    NylasClient second = client(nylas, other, limit);
    List<Callable<Void>> all = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      Mail mail = Mail.of("g", "m" + i);
      nylas.add(mail);
      NylasClient client = i % 2 == 0 ? first : second;
      all.add(
          () -> {
            callUntilItGoesThrough(client, mail);
            return null;
          });
    }
    ExecutorService threads = Executors.newFixedThreadPool(80);
    try {
      for (Future<Void> call : threads.invokeAll(all)) {
        call.get();
      }
    } finally {
      threads.shutdownNow();
    }

    List<Instant> times = nylas.calls().stream().map(ApiCall::at).sorted().toList();
    assertThat(times).hasSize(80);
    for (int i = 0; i + 25 < times.size(); i++) {
      // They don't take equally long to arrive.
      assertThat(Duration.between(times.get(i), times.get(i + 25)))
          .isGreaterThan(Duration.ofMillis(800));
    }
  }

  private NylasClient client(FakeNylas nylas, GrantLimiter limiter, RateLimit limit) {
    return opened(
        NylasClient.builder(nylas.apiKey())
            .baseUrl(nylas.url())
            .limitPerGrant(limit)
            .grantLimiter(limiter)
            .build());
  }

  private static void callUntilItGoesThrough(NylasClient client, Mail mail) throws Exception {
    while (true) {
      try {
        client.getMessage(mail.grantId(), mail.id());
        return;
      } catch (RetryLaterException e) {
        assertThat(e.countsAsAttempt()).isFalse();
        LockSupport.parkNanos(Duration.between(Instant.now(), e.when()).toNanos());
      }
    }
  }

  @Test
  void theApplicationsLimitIsSharedToo() throws Exception {
    FakeNylas nylas = opened(FakeNylas.start());
    RateLimit application = new RateLimit(1, Duration.ofHours(1));
    List<NylasClient> clients = new ArrayList<>();
    for (GrantLimiter node : List.of(one, other)) {
      clients.add(
          opened(
              NylasClient.builder(nylas.apiKey())
                  .baseUrl(nylas.url())
                  .limitPerApplication(application)
                  .grantLimiter(node)
                  .build()));
    }
    nylas.add(Mail.of("a", "1")).add(Mail.of("b", "1"));
    clients.get(0).getMessage("a", "1");

    RetryLaterException wait =
        catchThrowableOfType(RetryLaterException.class, () -> clients.get(1).getMessage("b", "1"));
    assertThat(wait.when()).isAfter(Instant.now().plus(Duration.ofMinutes(50)));
    assertThat(nylas.callCount()).isEqualTo(1);
    assertThat(redis.expiries().keySet()).noneMatch(name -> name.contains(nylas.apiKey()));
  }

  @Test
  void aPauseOnOneNodeIsSeenByTheOtherAndTurnsComeOneByOneAfterIt() {
    RateLimit limit = new RateLimit(50, Duration.ofSeconds(1));
    Instant until = Instant.now().plusSeconds(20);
    one.pause(key, limit, until);

    assertThat(other.pausedUntil(key).orElseThrow())
        .isBetween(until.minus(READING), until.plus(READING));
    List<Instant> turns = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      turns.add((i % 2 == 0 ? one : other).reserve(key, limit));
    }
    Collections.sort(turns);
    // What isn't void by the pause that it was reserved in.
    assertThat(turns).allMatch(turn -> turn.isAfter(other.pausedUntil(key).orElseThrow()));
    assertThat(turns.get(0)).isBefore(until.plusSeconds(1));
    assertWithin(limit, turns);
    // 45 a second, so 4 or 5 in a tenth of one.
    assertThat(turns.stream().filter(turn -> turn.isBefore(turns.get(0).plusMillis(100))))
        .hasSizeLessThanOrEqualTo(12);
    assertThat(one.reserve("another" + key, limit)).isBeforeOrEqualTo(Instant.now());
  }

  @Test
  void whatNylasTellsOneClientHoldsTheOther() throws Exception {
    FakeNylas nylas = opened(FakeNylas.start());
    NylasClient first = client(nylas, one, RateLimit.NYLAS_PER_GRANT);
    NylasClient second = client(nylas, other, RateLimit.NYLAS_PER_GRANT);
    nylas.add(Mail.of("g", "m")).failNext(Fault.tooManyRequests(30));

    NylasApiException refusal =
        catchThrowableOfType(NylasApiException.class, () -> first.getMessage("g", "m"));
    RetryLaterException wait =
        catchThrowableOfType(RetryLaterException.class, () -> second.getMessage("g", "m"));

    assertThat(wait.when())
        .isBetween(
            refusal.retryAfter().orElseThrow().minus(READING),
            refusal.retryAfter().orElseThrow().plusSeconds(2));
    assertThat(nylas.callCount()).isEqualTo(1);
  }

  @Test
  void aTurnFromBeforeAPauseOfAnotherNodeIsVoid() throws Exception {
    FakeNylas nylas = opened(FakeNylas.start());
    RateLimit limit = new RateLimit(1, Duration.ofSeconds(1));
    NylasClient client = client(nylas, other, limit);
    nylas.add(Mail.of("g", "m"));
    one.reserve("grant:g", limit);

    RetryLaterException turn =
        catchThrowableOfType(RetryLaterException.class, () -> client.getMessage("g", "m"));
    assertThat(turn.when()).isBefore(Instant.now().plusSeconds(3));
    Instant until = Instant.now().plusSeconds(30);
    one.pause("grant:g", limit, until);
    LockSupport.parkNanos(Duration.between(Instant.now(), turn.when()).toNanos());

    RetryLaterException again =
        catchThrowableOfType(RetryLaterException.class, () -> client.getMessage("g", "m"));
    assertThat(again.when()).isAfter(until.minus(READING));
    assertThat(nylas.callCount()).isZero();
  }

  @Test
  void manyRefusalsAtOnceMakeOnePauseAndAShorterOneEndsNone() {
    RateLimit limit = new RateLimit(10, Duration.ofSeconds(9));
    Instant until = Instant.now().plusSeconds(30);
    one.pause(key, limit, until.minusSeconds(10));
    for (int i = 0; i < 50; i++) {
      (i % 2 == 0 ? one : other).pause(key, limit, until);
    }
    one.pause(key, limit, Instant.now().plusSeconds(1));
    one.pause(key, limit, Instant.now().minusSeconds(1));

    // One turn a second, and each pause rounds to one.
    assertThat(other.reserve(key, limit)).isBetween(until, until.plusSeconds(5));
    assertThat(other.pausedUntil(key).orElseThrow()).isAfter(until.minus(READING));
  }

  @Test
  void whatWasNeverPausedSaysSo() {
    assertThat(one.pausedUntil(key)).isEmpty();
  }

  @Test
  void timeIsRedisOwnHoweverLongItTookToConnect() throws Exception {
    Wire slow = opened(new Wire(redis.port(), Duration.ofSeconds(2)));
    RedisLink link = opened(RedisLink.to(slow.url()).link(PATIENCE, r -> {}));
    RedisClock clock = new RedisClock(link);
    clock.refresh();

    long told = clock.currentTimeNanos() / 1_000_000;
    List<String> time = redis.ask(r -> r.time());
    long millis = Long.parseLong(time.get(0)) * 1000 + Long.parseLong(time.get(1)) / 1000;
    assertThat(millis - told).isBetween(-100L, 700L);
  }

  @Test
  void everyKeyExpires() {
    RateLimit limit = new RateLimit(10, Duration.ofSeconds(1));
    for (int i = 0; i < 100; i++) {
      one.reserve("x".repeat(998) + i, limit);
    }
    one.pause(key, limit, Instant.now().plusSeconds(120));
    one.reserve(key, limit);

    Map<String, Long> expiries = redis.expiries();
    assertThat(expiries).hasSize(102);
    long minute = Duration.ofMinutes(1).toMillis();
    expiries.forEach(
        (name, left) -> {
          assertThat(name)
              .matches("nylas-webhook:(limit:10/PT1S|pause):[0-9a-f]{64}")
              .satisfies(any -> assertThat(left).isBetween(minute / 2, 4 * minute));
        });
    // The debt of a pause isn't forgotten within it.
    assertThat(expiries.values().stream().filter(left -> left > 2 * minute)).hasSize(2);
  }

  @Test
  void whileRedisIsAwayCallsWaitAndDoNotFail() throws Exception {
    FakeNylas nylas = opened(FakeNylas.start());
    NylasClient client = client(nylas, one, RateLimit.NYLAS_PER_GRANT);
    nylas.add(Mail.of("g", "m"));
    one.reserve(key, RateLimit.NYLAS_PER_GRANT);

    redis.stop();
    for (int i = 0; i < 3; i++) {
      assertWaitsSoon(() -> one.reserve(key, RateLimit.NYLAS_PER_GRANT));
      assertWaitsSoon(() -> one.pausedUntil(key));
      assertWaitsSoon(
          () -> one.pause(key, RateLimit.NYLAS_PER_GRANT, Instant.now().plusSeconds(1)));
      assertWaitsSoon(() -> client.getMessage("g", "m"));
    }
    assertThat(nylas.callCount()).isZero();

    redis.restart();
    await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(RetryLaterException.class)
        .until(() -> client.getMessage("g", "m").id().equals("m"));
  }

  private static void assertWaitsSoon(ThrowingCallable question) {
    long start = System.nanoTime();
    RetryLaterException wait = catchThrowableOfType(RetryLaterException.class, question);
    assertThat(wait).isNotNull();
    assertThat(wait.countsAsAttempt()).isFalse();
    assertThat(wait.when()).isBetween(Instant.now(), Instant.now().plusSeconds(6));
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(TIMEOUT.multipliedBy(5));
  }

  @Test
  void aRefusalIsTheCallersEvenIfItsPauseCantBeTold() throws Exception {
    FakeNylas nylas = opened(FakeNylas.start());
    GrantLimiter failing =
        new GrantLimiter() {
          @Override
          public Instant reserve(String reserved, RateLimit limit) {
            return one.reserve(reserved, limit);
          }

          @Override
          public void pause(String paused, RateLimit limit, Instant until) {
            redis.stop();
            one.pause(paused, limit, until);
          }

          @Override
          public java.util.Optional<Instant> pausedUntil(String paused) {
            return one.pausedUntil(paused);
          }
        };
    NylasClient client = client(nylas, failing, RateLimit.NYLAS_PER_GRANT);
    nylas.add(Mail.of("g", "m")).failNext(Fault.tooManyRequests(30));

    NylasApiException refusal =
        catchThrowableOfType(NylasApiException.class, () -> client.getMessage("g", "m"));
    assertThat(refusal.status()).isEqualTo(429);
  }
}
