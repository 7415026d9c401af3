package io.github.nylaswebhook.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.test.ConversationStoreContract;
import io.github.nylaswebhook.ticket.Conversation;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.lettuce.core.RedisClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@Timeout(120)
class RedisConversationStoreTest extends ConversationStoreContract {
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Of the stores that are to find Redis away. */
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  private static TestRedis shared;
  private static String sharedUrl;
  private static RedisConversationStore contracted;

  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeAll
  static void startRedis() throws Exception {
    shared = TestRedis.start();
    // Where there is a Redis to test against, that one; whatever breaks Redis has its own.
    sharedUrl = Optional.ofNullable(System.getenv("REDIS_TEST_URL")).orElse(shared.url());
    contracted = RedisConversationStore.builder(sharedUrl).commandTimeout(PATIENCE).build();
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
  protected ConversationStore store() {
    return contracted;
  }

  @Override
  protected boolean spoil(String conversationId) {
    String name = new String(RedisKeys.named("nylas-webhook:conversation:", conversationId), UTF_8);
    // It was there before.
    return !TestRedis.ask(sharedUrl, redis -> redis.hset(name, "document", "[]"));
  }

  private TestRedis redis() throws Exception {
    return opened(TestRedis.start());
  }

  private <T extends AutoCloseable> T opened(T closeable) {
    opened.add(0, closeable);
    return closeable;
  }

  /** A store that has reached Redis: on a busy machine, that takes longer than an answer. */
  private RedisConversationStore node(String url) {
    RedisConversationStore store =
        opened(RedisConversationStore.builder(url).commandTimeout(TIMEOUT).build());
    awaitFound(store, "nobody's", 0);
    return store;
  }

  private static void awaitFound(ConversationStore store, String key, int conversations) {
    await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(StoreUnavailableException.class)
        .until(() -> store.find(List.of(key)).size() == conversations);
  }

  private static void assertUnavailableSoon(ThrowingCallable question) {
    long start = System.nanoTime();
    assertThatThrownBy(question)
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("conversations");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(TIMEOUT.multipliedBy(4));
  }

  private static Conversation conversation(String id, String... keys) {
    return new Conversation(
        id, new LinkedHashSet<>(List.of(keys)), Set.of("a@example.com"), Map.of(), Set.of());
  }

  @Test
  void whatOneNodeSavesTheOtherFinds() throws Exception {
    TestRedis redis = redis();
    RedisConversationStore one = node(redis.url());
    RedisConversationStore other = node(redis.url());
    one.save(conversation("1", "a", "b"), LONG);
    assertThat(other.find(List.of("b"))).containsExactly(conversation("1", "a", "b"));
  }

  @Test
  void everyKeyEndsWithTheLastThatNeedsIt() throws Exception {
    TestRedis redis = redis();
    RedisConversationStore store = node(redis.url());
    store.save(conversation("1", "a", "both"), Duration.ofDays(180));
    store.save(conversation("2", "b", "both"), Duration.ofDays(1));
    store.save(conversation("3", "gone"), LONG);
    store.save(conversation("3", "c"), LONG);
    Map<String, Long> expiries = redis.expiries();
    assertThat(expiries).hasSize(3 + 4);
    assertThat(expiries.values()).allMatch(millis -> millis > 0);
    assertEnds(expiries, "conversation:", "1", Duration.ofDays(180));
    assertEnds(expiries, "conversation-key:", "a", Duration.ofDays(180));
    assertEnds(expiries, "conversation-key:", "both", Duration.ofDays(180));
    assertEnds(expiries, "conversation:", "2", Duration.ofDays(1));
    assertEnds(expiries, "conversation-key:", "b", Duration.ofDays(1));
    assertEnds(expiries, "conversation-key:", "c", LONG);
  }

  private static void assertEnds(
      Map<String, Long> expiries, String kind, String id, Duration retention) {
    Long left = expiries.get(new String(RedisKeys.named("nylas-webhook:" + kind, id), UTF_8));
    assertThat(left).isBetween(retention.toMillis() - 60_000, retention.toMillis());
  }

  @Test
  void aKeyThatManySharedKeepsOnlyThoseThatLast() throws Exception {
    TestRedis redis = redis();
    RedisConversationStore store = node(redis.url());
    for (int i = 0; i < 20; i++) {
      store.save(conversation("" + i, "all", "own " + i), Duration.ofMillis(1));
    }
    awaitFound(store, "all", 0);
    store.save(conversation("last", "all"), LONG);
    String name = new String(RedisKeys.named("nylas-webhook:conversation-key:", "all"), UTF_8);
    Long members = redis.ask(r -> r.zcard(name));
    assertThat(members).isEqualTo(1);
  }

  @Test
  void prefixesKeepSystemsApart() throws Exception {
    TestRedis redis = redis();
    node(redis.url()).save(conversation("1", "a"), LONG);
    RedisConversationStore other =
        opened(RedisConversationStore.builder(redis.url()).keyPrefix("other:").build());
    awaitFound(other, "a", 0);
    other.save(conversation("2", "a"), LONG);
    assertThat(other.find(List.of("a"))).extracting(Conversation::id).containsExactly("2");
    assertThat(redis.expiries().keySet()).filteredOn(key -> key.startsWith("other:")).hasSize(2);
  }

  @Test
  void aStoppedRedisIsUnavailableSoonAndWhenItIsBackTheStoreIs() throws Exception {
    TestRedis redis = redis();
    RedisConversationStore store = node(redis.url());
    redis.stop();
    for (int i = 0; i < 3; i++) {
      assertUnavailableSoon(() -> store.save(conversation("1", "a"), LONG));
      assertUnavailableSoon(() -> store.find(List.of("a")));
    }
    assertThat(store.find(List.of())).as("nothing was asked").isEmpty();
    redis.restart();
    // Nothing from before was queued for it.
    awaitFound(store, "a", 0);
    store.save(conversation("1", "a"), LONG);
    awaitFound(store, "a", 1);
  }

  @Test
  void aRedisThatKeepsALogForgetsNothing(@TempDir Path directory) throws Exception {
    TestRedis redis = opened(TestRedis.durable(directory));
    RedisConversationStore store = node(redis.url());
    store.save(conversation("1", "a", "b"), LONG);
    redis.stop();
    redis.restart();
    awaitFound(store, "b", 1);
    store.save(conversation("1", "a"), LONG);
    assertThat(store.find(List.of("b"))).isEmpty();
  }

  @Test
  void aRedisThatCantWriteIsUnavailableAndKeepsWhatItHas() throws Exception {
    TestRedis redis = redis();
    RedisConversationStore store = node(redis.url());
    Conversation before = conversation("1", "a", "b");
    store.save(before, LONG);
    redis.ask(r -> r.configSet("maxmemory", "1"));
    assertThatThrownBy(() -> store.save(conversation("1", "c"), LONG))
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("OOM");
    redis.ask(r -> r.configSet("maxmemory", "0"));
    assertThat(store.find(List.of("a"))).containsExactly(before);
    assertThat(store.find(List.of("b"))).containsExactly(before);
    assertThat(store.find(List.of("c"))).isEmpty();
  }

  @Test
  void whatRedisEvictedIsForgottenWithoutHarm() throws Exception {
    TestRedis redis = redis();
    RedisConversationStore store = node(redis.url());
    store.save(conversation("1", "a"), LONG);
    store.save(conversation("2", "a"), LONG);
    redis.ask(r -> r.del(new String(RedisKeys.named("nylas-webhook:conversation:", "1"), UTF_8)));
    assertThat(store.find(List.of("a"))).extracting(Conversation::id).containsExactly("2");
    store.save(conversation("1", "b"), LONG);
    assertThat(store.find(List.of("a")))
        .as("no longer by the keys that it had")
        .extracting(Conversation::id)
        .containsExactly("2");
  }

  @Test
  void aRedisThatEvictsIsWarnedOfOnce() throws Exception {
    TestRedis redis = redis();
    redis.ask(r -> r.configSet("maxmemory-policy", "allkeys-lru"));
    Logger logger = (Logger) LoggerFactory.getLogger(RedisConversationStore.class);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.addAppender(log);
    try {
      RedisConversationStore store = node(redis.url());
      await().atMost(PATIENCE).until(() -> !log.list.isEmpty());
      redis.ask(r -> r.clientKill(io.lettuce.core.KillArgs.Builder.typeNormal()));
      awaitFound(store, "a", 0);
      assertThat(log.list).hasSize(1);
      assertThat(log.list.get(0).getFormattedMessage())
          .contains("allkeys-lru", "conversations", "noeviction");
    } finally {
      logger.detachAppender(log);
    }
  }

  @Test
  void aClientStaysItsGivers() throws Exception {
    RedisClient client = RedisClient.create(shared.url());
    try {
      RedisConversationStore store =
          RedisConversationStore.builder(client).commandTimeout(PATIENCE).build();
      store.find(List.of("a"));
      store.close();
      assertUnavailableSoon(() -> store.find(List.of("a")));
      assertThat(client.connect().sync().ping()).isEqualTo("PONG");
    } finally {
      client.shutdown();
    }
  }

  @Test
  void whatIsNoAddressIsRefused() {
    assertThatThrownBy(() -> RedisConversationStore.builder("http://localhost"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> RedisConversationStore.builder("redis://localhost").commandTimeout(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
