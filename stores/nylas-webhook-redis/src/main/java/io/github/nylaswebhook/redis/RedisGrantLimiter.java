package io.github.nylaswebhook.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.BucketExceptions.BucketExecutionException;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.RetryDecision;
import io.github.bucket4j.distributed.proxy.optimization.Optimizations;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.github.bucket4j.redis.lettuce.RedisApi;
import io.github.bucket4j.redis.lettuce.cas.LettuceBasedProxyManager;
import io.github.bucket4j.util.concurrent.batch.BatchHelper.BatchFailedException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.nylas.GrantLimiter;
import io.github.nylaswebhook.nylas.RateLimit;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One quota for all nodes: their turns come from buckets in Redis, and so do the pauses that Nylas
 * asks one of them for. Safe for use by many threads.
 *
 * <p>Time is Redis' own, to half of a round trip, so nodes' clocks may differ; the times that are
 * given back are the system clock's. All nodes have to give the same limit for a key: each other
 * limit is another quota. Every key expires: a bucket's when it has been full for a minute, a
 * pause's when no turn from before it is left.
 *
 * <p>If Redis can't be asked, the call isn't made, nor has it failed: it waits for a few seconds,
 * by a {@link RetryLaterException} that doesn't count as an attempt. What Redis forgets (when it is
 * restarted, or evicts) begins with a full bucket: at most a tenth of the limit too many.
 */
public final class RedisGrantLimiter implements GrantLimiter, AutoCloseable {
  /** A thousand times what Redis takes. */
  public static final Duration COMMAND_TIMEOUT = RedisDedupStore.COMMAND_TIMEOUT;

  /** What the names of keys begin with; then {@code limit:} or {@code pause:}, and a SHA-256. */
  public static final String KEY_PREFIX = RedisKeys.PREFIX;

  /** While Redis is away: from one to five seconds, so that not everybody comes back at once. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private static final Duration LOOK_AGAIN_SPREAD = Duration.ofSeconds(4);

  /** Buckets that are full mean nothing; a minute spares those in use from being made anew. */
  private static final Duration KEEP_FULL_BUCKETS = Duration.ofMinutes(1);

  /** Turns are held for a limit's period and a second after they came. */
  private static final Duration KEEP_PAUSES = Duration.ofMinutes(1);

  /**
   * Turns come this much after a pause. Without it, those from right after it would look, by
   * another reading of Redis' clock, as if they were from within.
   */
  private static final Duration MARGIN = Duration.ofMillis(100);

  /** Between nodes that want the same bucket at once: with a spread, or they would do so again. */
  private static final Duration LONGEST_CONTENTION_PAUSE = Duration.ofMillis(20);

  private static final int MAX_KNOWN_BUCKETS = 10_000;

  /**
   * Makes a pause longer; gives by how many milliseconds. Nothing that is within the margin: of
   * many refusals at once, readings of clocks would make one longer than the other, and each would
   * cost a turn.
   */
  private static final String PAUSE =
      "local t = redis.call('TIME') "
          + "local now = t[1] * 1000 + math.floor(t[2] / 1000) "
          + "local ends = now + tonumber(ARGV[1]) "
          + "local from = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0')) "
          + "if ends <= from + tonumber(ARGV[3]) then return 0 end "
          + "redis.call('SET', KEYS[1], string.format('%.0f', ends),"
          + " 'PX', string.format('%.0f', ARGV[1] + ARGV[2])) "
          + "return ends - from";

  private final RedisLink link;
  private final RedisClock clock;
  private final String prefix;
  private final LettuceBasedProxyManager<byte[]> buckets;

  /** What asks for the same bucket at once on this node asks together. */
  private final Cache<Quota, Bucket> known =
      Caffeine.newBuilder().maximumSize(MAX_KNOWN_BUCKETS).executor(Runnable::run).build();

  private record Quota(String key, RateLimit limit) {}

  private RedisGrantLimiter(Builder builder) {
    prefix = builder.prefix;
    link = builder.redis.link(builder.timeout, redis -> {});
    clock = new RedisClock(link);
    buckets =
        new Bucket4jLettuce.LettuceBasedProxyManagerBuilder<>(api(link::now))
            .clientClock(clock)
            .requestTimeout(builder.timeout)
            .expirationAfterWrite(
                ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(
                    KEEP_FULL_BUCKETS))
            .retryStrategy(contention -> RetryDecision.retryAfter(random(LONGEST_CONTENTION_PAUSE)))
            .build();
    link.open();
  }

  /** Generic, because bucket4j makes the arrays of keys, and they are of objects. */
  private static <K> RedisApi<K> api(Supplier<RedisAsyncCommands<K, byte[]>> redis) {
    return new RedisApi<>() {
      @Override
      public <V> RedisFuture<V> eval(
          String script, ScriptOutputType type, K[] keys, byte[][] values) {
        return redis.get().eval(script, type, keys, values);
      }

      @Override
      public RedisFuture<byte[]> get(K key) {
        return redis.get().get(key);
      }

      @Override
      @SuppressWarnings("unchecked") // an array of one key
      public RedisFuture<?> delete(K key) {
        return redis.get().del(key);
      }
    };
  }

  /**
   * A limiter in the Redis of that URL, with a client of its own that is closed with it.
   *
   * @param url {@code redis://password@host:port/database}, {@code rediss://} for TLS, {@code
   *     redis-sentinel://host:port,…/#name}; see Lettuce's {@code RedisURI}
   * @throws IllegalArgumentException if it isn't one
   */
  public static Builder builder(String url) {
    return new Builder(RedisLink.to(url));
  }

  /**
   * A limiter in the Redis of that client, which stays the giver's to close. Its options say how
   * soon a broken connection is mended.
   */
  public static Builder builder(RedisClient client) {
    return new Builder(RedisLink.with(client));
  }

  @Override
  public Instant reserve(String key, RateLimit limit) {
    return asking(
        () -> {
          clock.refresh();
          Supplier<byte @Nullable []> pause = link.begin(redis -> redis.get(pauseKey(key)));
          long wait = bucket(key, limit).consumeIgnoringRateLimits(1);
          Instant turn = Instant.now().plusNanos(wait);
          return end(pause.get()).filter(turn::isBefore).orElse(turn);
        });
  }

  @Override
  public void pause(String key, RateLimit limit, Instant until) {
    Duration length = Duration.between(Instant.now(), until);
    if (length.isNegative() || length.isZero()) {
      return;
    }
    Duration keep = limit.period().plus(KEEP_PAUSES);
    Instant unused =
        asking(
            () -> {
              clock.refresh();
              long more =
                  link.ask(
                      redis ->
                          redis.<Long>eval(
                              PAUSE,
                              ScriptOutputType.INTEGER,
                              new byte[][] {pauseKey(key)},
                              millis(length.plus(MARGIN)),
                              millis(keep),
                              millis(MARGIN)));
              if (more > 0) {
                // Of several nodes that are told to pause, each takes what it made longer.
                Bucket bucket = bucket(key, limit);
                bucket.tryConsumeAsMuchAsPossible();
                bucket.consumeIgnoringRateLimits(limit.refillIn(Duration.ofMillis(more)));
              }
              return until;
            });
  }

  @Override
  public Optional<Instant> pausedUntil(String key) {
    return asking(
        () -> {
          clock.refresh();
          return end(link.ask(redis -> redis.get(pauseKey(key)))).map(end -> end.minus(MARGIN));
        });
  }

  private Optional<Instant> end(byte @Nullable [] pause) {
    return pause == null
        ? Optional.empty()
        : Optional.of(clock.here(Long.parseLong(new String(pause, UTF_8))));
  }

  private Bucket bucket(String key, RateLimit limit) {
    return known.get(
        new Quota(key, limit),
        quota ->
            buckets
                .builder()
                .withOptimization(Optimizations.batching())
                .build(
                    // With the limit: a bucket keeps the one that it was made with.
                    RedisKeys.named(
                        prefix + "limit:" + limit.calls() + "/" + limit.period() + ":", key),
                    () ->
                        BucketConfiguration.builder()
                            .addLimit(
                                b ->
                                    b.capacity(limit.burst())
                                        .refillGreedy(limit.refill(), limit.period()))
                            .build()));
  }

  private <T> T asking(Supplier<T> question) {
    try {
      return question.get();
    } catch (RedisException | BucketExecutionException | BatchFailedException e) {
      throw new RetryLaterException(
          "Redis can't be asked for the rate limit: " + e.getMessage(),
          Instant.now().plus(LOOK_AGAIN).plus(random(LOOK_AGAIN_SPREAD)),
          false,
          e);
    }
  }

  private static Duration random(Duration most) {
    return Duration.ofNanos(ThreadLocalRandom.current().nextLong(most.toNanos()));
  }

  private byte[] pauseKey(String key) {
    return RedisKeys.named(prefix + "pause:", key);
  }

  private static byte[] millis(Duration duration) {
    return Long.toString(duration.toMillis()).getBytes(UTF_8);
  }

  /** Closes the connection. */
  @Override
  public void close() {
    link.close();
  }

  /** Options of a {@link RedisGrantLimiter}. */
  public static final class Builder {
    private final RedisLink.Source redis;
    private String prefix = KEY_PREFIX;
    private Duration timeout = COMMAND_TIMEOUT;

    private Builder(RedisLink.Source redis) {
      this.redis = redis;
    }

    /** Instead of {@link #KEY_PREFIX}, for several systems that share a Redis. */
    public Builder keyPrefix(String keyPrefix) {
      prefix = keyPrefix;
      return this;
    }

    /** How long to wait for Redis, to connect and to answer; {@link #COMMAND_TIMEOUT}. */
    public Builder commandTimeout(Duration duration) {
      timeout = RedisLink.positive(duration);
      return this;
    }

    /** Builds the limiter, and begins to connect; it doesn't wait for Redis to be there. */
    public RedisGrantLimiter build() {
      return new RedisGrantLimiter(this);
    }
  }
}
