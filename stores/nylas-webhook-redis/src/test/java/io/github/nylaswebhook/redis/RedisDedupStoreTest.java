package io.github.nylaswebhook.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.test.DedupStoreContract;
import io.lettuce.core.RedisClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@Timeout(120)
class RedisDedupStoreTest extends DedupStoreContract {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Of the stores that are to find Redis away. */
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  private static TestRedis shared;
  private static RedisDedupStore contracted;

  private final String key = "test:" + UUID.randomUUID();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeAll
  static void startRedis() throws Exception {
    shared = TestRedis.start();
    // Where there is a Redis to test against, that one; whatever breaks Redis has its own.
    String url = Optional.ofNullable(System.getenv("REDIS_TEST_URL")).orElse(shared.url());
    contracted = RedisDedupStore.builder(url).commandTimeout(PATIENCE).build();
  }

  @AfterAll
  static void stopRedis() {
    contracted.close();
    shared.close();
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable closeable : opened) {
      closeable.close();
    }
  }

  @Override
  protected DedupStore store() {
    return contracted;
  }

  private TestRedis redis() throws Exception {
    return opened(TestRedis.start());
  }

  private <T extends AutoCloseable> T opened(T closeable) {
    opened.add(0, closeable);
    return closeable;
  }

  /** A store that has reached Redis: on a busy machine, that takes longer than an answer. */
  private RedisDedupStore node(String url) {
    RedisDedupStore store = opened(RedisDedupStore.builder(url).commandTimeout(TIMEOUT).build());
    await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(StoreUnavailableException.class)
        .until(() -> !store.renew(new Claim.Claimed("nobody's", "nobody's"), LONG));
    return store;
  }

  private static Claim.Claimed claimed(DedupStore store, String key, Duration lease)
      throws Exception {
    Claim claim = store.claim(key, lease);
    assertThat(claim).isInstanceOf(Claim.Claimed.class);
    return (Claim.Claimed) claim;
  }

  private static void assertUnavailableSoon(ThrowingCallable question) {
    long start = System.nanoTime();
    assertThatThrownBy(question).isInstanceOf(StoreUnavailableException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(TIMEOUT.multipliedBy(4));
  }

  @Test
  void ofTwoNodesOneClaims() throws Exception {
    RedisDedupStore one = node(shared.url());
    RedisDedupStore other = node(shared.url());
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      for (int round = 0; round < 100; round++) {
        String contested = key + round;
        List<Callable<Claim>> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          DedupStore node = i % 2 == 0 ? one : other;
          all.add(() -> node.claim(contested, LONG));
        }
        List<Claim.Claimed> winners = new ArrayList<>();
        for (Future<Claim> claim : threads.invokeAll(all)) {
          if (claim.get() instanceof Claim.Claimed mine) {
            winners.add(mine);
          }
        }
        assertThat(winners).hasSize(1);
        // It is the token that owns, not the connection.
        assertThat(other.complete(winners.get(0), LONG)).isTrue();
        assertThat(one.claim(contested, LONG)).isInstanceOf(Claim.Completed.class);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void nobodyButTheTokensOwnerChangesAClaim() throws Exception {
    RedisDedupStore one = node(shared.url());
    Claim.Claimed owner = claimed(one, key, LONG);
    Claim.Claimed thief = new Claim.Claimed(key, UUID.randomUUID().toString());
    RedisDedupStore other = node(shared.url());

    assertThat(other.renew(thief, LONG)).isFalse();
    assertThat(other.complete(thief, LONG)).isFalse();
    assertThat(other.release(thief)).isFalse();
    assertThat(one.renew(owner, LONG)).isTrue();
    assertThat(one.complete(owner, LONG)).isTrue();
    // What is found there isn't a token.
    assertThat(one.release(new Claim.Claimed(key, "done:0"))).isFalse();
  }

  @Test
  void aClaimOfAClientThatDiedEndsWithItsLease() throws Exception {
    RedisDedupStore dead = node(shared.url());
    Instant before = Instant.now();
    Duration lease = Duration.ofSeconds(1);
    claimed(dead, key, lease);
    dead.close();

    RedisDedupStore alive = node(shared.url());
    await().atMost(PATIENCE).until(() -> alive.claim(key, LONG) instanceof Claim.Claimed);
    assertThat(Duration.between(before, Instant.now())).isGreaterThanOrEqualTo(lease);
  }

  @Test
  void whatIsFoundSaysWhenItEndsOrEnded() throws Exception {
    RedisDedupStore store = node(shared.url());
    Claim.Claimed owner = claimed(store, key, LONG);
    Claim.InProgress other = (Claim.InProgress) store.claim(key, Duration.ofDays(1));
    assertThat(other.leaseEnds())
        .isBetween(Instant.now().plus(LONG).minusSeconds(10), Instant.now().plus(LONG));

    Instant before = Instant.now();
    store.complete(owner, LONG);
    Claim.Completed done = (Claim.Completed) store.claim(key, LONG);
    assertThat(done.at()).isBetween(before.minusSeconds(1), Instant.now().plusSeconds(1));
  }

  @Test
  void everyKeyExpiresAndHasANameOfFixedLength() throws Exception {
    TestRedis redis = redis();
    RedisDedupStore store =
        opened(
            RedisDedupStore.builder(redis.url())
                .keyPrefix("desk:")
                .commandTimeout(PATIENCE)
                .build());
    claimed(store, "held", LONG);
    claimed(store, "x".repeat(998), LONG);
    claimed(store, "\0 ünï*[?]\r\n", LONG);
    store.renew(claimed(store, "renewed", SHORT), LONG);
    store.complete(claimed(store, "completed", LONG), Duration.ofDays(8));
    store.release(claimed(store, "released", LONG));

    Map<String, Long> expiries = redis.expiries();
    assertThat(expiries).hasSize(5);
    assertThat(expiries.keySet()).allMatch(name -> name.matches("desk:claim:[0-9a-f]{64}"));
    long eightDays = Duration.ofDays(8).toMillis();
    assertThat(expiries.values().stream().sorted().toList())
        .satisfies(left -> assertThat(left.get(0)).isBetween(30_000L, LONG.toMillis()))
        .satisfies(left -> assertThat(left.get(3)).isBetween(30_000L, LONG.toMillis()))
        .satisfies(left -> assertThat(left.get(4)).isBetween(eightDays - 30_000, eightDays));
  }

  @Test
  void aStoppedRedisIsUnavailableSoonAndWhenItIsBackTheStoreIs() throws Exception {
    TestRedis redis = redis();
    RedisDedupStore store = node(redis.url());
    Claim.Claimed claim = claimed(store, key, LONG);

    redis.stop();
    for (int i = 0; i < 3; i++) {
      assertUnavailableSoon(() -> store.claim(key + "other", LONG));
      assertUnavailableSoon(() -> store.renew(claim, LONG));
      assertUnavailableSoon(() -> store.complete(claim, LONG));
      assertUnavailableSoon(() -> store.release(claim));
    }

    redis.restart();
    awaitClaim(store, key + "after");
    // That Redis forgets, and nothing from before was queued for it.
    assertThat(redis.expiries()).hasSize(1);
  }

  private static Claim.Claimed awaitClaim(DedupStore store, String key) {
    List<Claim.Claimed> claimed = new ArrayList<>();
    await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(StoreUnavailableException.class)
        .until(
            () -> {
              if (store.claim(key, LONG) instanceof Claim.Claimed mine) {
                claimed.add(mine);
              }
              return !claimed.isEmpty();
            });
    return claimed.get(0);
  }

  @Test
  void aStoreIsBuiltWhileRedisIsAway() throws Exception {
    TestRedis redis = redis();
    redis.stop();
    RedisDedupStore store =
        opened(RedisDedupStore.builder(redis.url()).commandTimeout(TIMEOUT).build());
    assertUnavailableSoon(() -> store.claim(key, LONG));
    redis.restart();
    awaitClaim(store, key);
  }

  @Test
  void aRedisThatKeepsALogForgetsNothing(@TempDir Path directory) throws Exception {
    TestRedis redis = opened(TestRedis.durable(directory));
    RedisDedupStore store = node(redis.url());
    Claim.Claimed held = claimed(store, "held", LONG);
    store.complete(claimed(store, "completed", LONG), LONG);

    redis.stop();
    redis.restart();
    awaitClaim(store, "other");

    assertThat(store.claim("completed", LONG)).isInstanceOf(Claim.Completed.class);
    assertThat(store.claim("held", LONG)).isInstanceOf(Claim.InProgress.class);
    assertThat(store.complete(held, LONG)).isTrue();
  }

  @Test
  void aRedisThatCantWriteIsUnavailableUntilItCan() throws Exception {
    TestRedis redis = redis();
    RedisDedupStore store = node(redis.url());
    claimed(store, key, LONG);

    redis.ask(r -> r.configSet("maxmemory", "1"));
    assertThat(catchThrowable(() -> store.claim("full", LONG)))
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("OOM");
    redis.ask(r -> r.configSet("maxmemory", "0"));
    claimed(store, "full", LONG);

    redis.ask(r -> r.replicaof("127.0.0.1", 1));
    assertThat(catchThrowable(() -> store.claim("replica", LONG)))
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("READONLY");
    redis.ask(r -> r.replicaofNoOne());
    claimed(store, "replica", LONG);
  }

  @Test
  void aClaimWhoseAnswerIsLateIsGivenBack() throws Exception {
    TestRedis redis = redis();
    Wire wire = opened(new Wire(redis.port()));
    RedisDedupStore store = node(wire.url());
    claimed(store, "before", LONG);

    wire.loseAnswers();
    assertUnavailableSoon(() -> store.claim(key, Duration.ofDays(1)));

    RedisDedupStore other = node(redis.url());
    awaitClaim(other, key);
  }

  @Test
  void aClaimWhoseAnswerIsLostForGoodEndsWithItsLease() throws Exception {
    TestRedis redis = redis();
    Wire wire = opened(new Wire(redis.port()));
    RedisDedupStore store =
        opened(RedisDedupStore.builder(wire.url()).commandTimeout(PATIENCE).build());
    claimed(store, "before", LONG);

    wire.loseAnswers();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    Future<Claim> claiming = thread.submit(() -> store.claim(key, Duration.ofSeconds(2)));
    thread.shutdown();
    RedisDedupStore other = node(redis.url());
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> redis.expiries().size() == 2);
    wire.cut();
    assertThatThrownBy(claiming::get).hasCauseInstanceOf(StoreUnavailableException.class);

    assertThat(other.claim(key, LONG)).isInstanceOf(Claim.InProgress.class);
    awaitClaim(other, key);
  }

  @Test
  void aConnectionThatFallsSilentIsReplaced() throws Exception {
    TestRedis redis = redis();
    Wire wire = opened(new Wire(redis.port()));
    RedisDedupStore store = node(wire.url());
    claimed(store, "before", LONG);

    wire.loseAnswers();
    awaitClaim(store, "after");
  }

  @Test
  void aPrimaryThatWasDemotedIsLookedForAnew() throws Exception {
    TestRedis demoted = redis();
    TestRedis primary = redis();
    Wire wire = opened(new Wire(demoted.port()));
    RedisDedupStore store = node(wire.url());
    claimed(store, "before", LONG);

    wire.leadTo(primary.port());
    demoted.ask(r -> r.replicaof("127.0.0.1", primary.port()));
    awaitClaim(store, key);
    assertThat(primary.expiries()).hasSize(1);
  }

  @Test
  void anInterruptedThreadHearsItsAnswerAndStaysInterrupted() throws Exception {
    RedisDedupStore store = node(shared.url());
    claimed(store, "connected" + key, LONG);
    Thread.currentThread().interrupt();
    try {
      assertThat(store.release(claimed(store, key, LONG))).isTrue();
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void aClientStaysItsGivers() throws Exception {
    RedisClient client = RedisClient.create(shared.url());
    try {
      RedisDedupStore store = RedisDedupStore.builder(client).commandTimeout(PATIENCE).build();
      claimed(store, key, LONG);
      store.close();
      assertUnavailableSoon(() -> store.claim(key, LONG));
      assertThat(client.connect().sync().ping()).isEqualTo("PONG");
    } finally {
      client.shutdown();
    }
  }

  @Test
  void aClientThatQueuesAndDoesNotReconnectIsNotWaitedForEither() throws Exception {
    TestRedis redis = redis();
    RedisClient client = RedisClient.create(redis.url());
    try {
      client.setOptions(io.lettuce.core.ClientOptions.builder().autoReconnect(false).build());
      RedisDedupStore store =
          opened(RedisDedupStore.builder(client).commandTimeout(TIMEOUT).build());
      awaitClaim(store, key + "before");
      redis.stop();
      for (int i = 0; i < 3; i++) {
        assertUnavailableSoon(() -> store.claim(key, LONG));
      }
      redis.restart();
      awaitClaim(store, key);
    } finally {
      client.shutdown();
    }
  }

  @Test
  void aRedisThatEvictsIsWarnedOfOnce() throws Exception {
    TestRedis redis = redis();
    Logger logger = (Logger) LoggerFactory.getLogger(RedisDedupStore.class);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.addAppender(log);
    try {
      RedisDedupStore sound = node(redis.url());
      claimed(sound, "a", LONG);
      redis.ask(r -> r.configSet("maxmemory-policy", "volatile-lru"));
      assertThat(log.list).isEmpty();

      RedisDedupStore store = node(redis.url());
      await().atMost(PATIENCE).until(() -> !log.list.isEmpty());
      redis.ask(r -> r.clientKill(io.lettuce.core.KillArgs.Builder.typeNormal()));
      awaitClaim(store, "b");
      assertThat(log.list).hasSize(1);
      assertThat(log.list.get(0).getFormattedMessage()).contains("volatile-lru", "noeviction");
    } finally {
      logger.detachAppender(log);
    }
  }

  @Test
  void aRedisThatRefusesToTellItsSettingsIsUsedAllTheSame() throws Exception {
    TestRedis redis = redis();
    redis.ask(
        r -> {
          r.aclSetuser(
              "managed",
              io.lettuce.core.AclSetuserArgs.Builder.on()
                  .addPassword("secret")
                  .allKeys()
                  .allCommands()
                  .removeCommand(io.lettuce.core.protocol.CommandType.CONFIG));
          return "";
        });
    String url = redis.url().replace("redis://", "redis://managed:secret@");
    claimed(node(url), key, LONG);
  }

  @Test
  void whatIsNoAddressIsRefused() {
    assertThatThrownBy(() -> RedisDedupStore.builder("http://localhost"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> RedisDedupStore.builder("redis://localhost").commandTimeout(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
