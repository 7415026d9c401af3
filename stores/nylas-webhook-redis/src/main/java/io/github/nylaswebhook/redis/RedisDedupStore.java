package io.github.nylaswebhook.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.ScriptOutputType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims in Redis, for any number of nodes. Each question is one script, which Redis runs as one
 * step: of all who ask for a free key, one gets it, and only its owner's token changes it. Leases
 * and retentions are Redis' own expiries, so nodes' clocks may differ, and every key has one. Safe
 * for use by many threads.
 *
 * <p>What is guaranteed depends on Redis:
 *
 * <ul>
 *   <li>{@code maxmemory-policy noeviction}: while Redis runs, nothing is forgotten before its
 *       time; when its memory is full, claims fail as if it were away, and are tried again. Every
 *       other policy may forget claims and completions at any time, so that a message can be routed
 *       twice: the store logs a warning once if it can see one.
 *   <li>{@code appendonly yes} with {@code appendfsync always}: nor does a restart or a crash
 *       forget. With {@code everysec}, Redis' default for it, a crash of the machine can forget the
 *       last second or so (a crash of Redis alone hardly anything). Without it, a restart forgets
 *       what came after the last snapshot, or everything.
 *   <li>Replicas: replication is asynchronous, so a fail-over can forget what came in its last
 *       moments, as with {@code everysec}.
 * </ul>
 *
 * <p>What is forgotten isn't lost: it is routed again if Nylas or the reconciler delivers it again,
 * with the same idempotency key for its destination to tell.
 *
 * <p>Whatever keeps Redis from answering in time (no connection, {@code LOADING}, {@code READONLY},
 * {@code OOM}) is a {@link StoreUnavailableException}, {@linkplain #COMMAND_TIMEOUT soon}, and
 * nothing is queued for later; the store recovers by itself when Redis does. If it was the answer
 * to a claim that got lost, then nobody owns that claim: it is given back at once if Redis still
 * hears of it on the same connection, and else ends with its lease.
 */
public final class RedisDedupStore implements DedupStore, AutoCloseable {
  /** A thousand times what Redis takes; a lease that is renewed each 20 seconds outlives it. */
  public static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(2);

  /** What the names of keys begin with; then {@code claim:} and the SHA-256 of what is claimed. */
  public static final String KEY_PREFIX = RedisKeys.PREFIX;

  private static final Logger log = LoggerFactory.getLogger(RedisDedupStore.class);

  /** Before the time of completion in milliseconds; tokens begin with something else. */
  private static final String DONE = "done:";

  /** Claims for a token; what was found instead, and for how many more milliseconds. */
  private static final String CLAIM =
      "if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return {1} end "
          + "return {0, redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])}";

  private static final String IF_OWNED =
      "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end ";

  private static final String RENEW = IF_OWNED + "return redis.call('PEXPIRE', KEYS[1], ARGV[2])";

  private static final String COMPLETE =
      IF_OWNED
          + "local t = redis.call('TIME') "
          + "local ms = string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000)) "
          + "redis.call('SET', KEYS[1], '"
          + DONE
          + "' .. ms, 'PX', ARGV[2]) return 1";

  private static final String RELEASE = IF_OWNED + "return redis.call('DEL', KEYS[1])";

  private final RedisLink link;
  private final String prefix;

  private RedisDedupStore(Builder builder) {
    prefix = builder.prefix + "claim:";
    EvictionNotice eviction = new EvictionNotice(log, "claims, and messages may be routed twice");
    link = builder.redis.link(builder.timeout, eviction::look);
    link.open();
  }

  /**
   * A store in the Redis of that URL, with a client of its own that is closed with it.
   *
   * @param url {@code redis://password@host:port/database}, {@code rediss://} for TLS, {@code
   *     redis-sentinel://host:port,…/#name}; see Lettuce's {@code RedisURI}
   * @throws IllegalArgumentException if it isn't one
   */
  public static Builder builder(String url) {
    return new Builder(RedisLink.to(url));
  }

  /**
   * A store in the Redis of that client, which stays the giver's to close. Its options say how soon
   * a broken connection is mended.
   */
  public static Builder builder(RedisClient client) {
    return new Builder(RedisLink.with(client));
  }

  @Override
  public Claim claim(String key, Duration lease) throws StoreUnavailableException {
    byte[][] keys = {redisKey(key)};
    String token = UUID.randomUUID().toString();
    List<Object> answer =
        asking(
            () ->
                link.ask(
                    redis ->
                        redis.eval(
                            CLAIM, ScriptOutputType.MULTI, keys, bytes(token), millis(lease)),
                    redis -> redis.eval(RELEASE, ScriptOutputType.INTEGER, keys, bytes(token))));
    if (answer.size() == 1) {
      return new Claim.Claimed(key, token);
    }
    return found((byte[]) answer.get(1), (Long) answer.get(2));
  }

  private static Claim found(byte[] value, long millis) {
    String found = new String(value, UTF_8);
    if (found.startsWith(DONE)) {
      return new Claim.Completed(
          Instant.ofEpochMilli(Long.parseLong(found.substring(DONE.length()))));
    }
    // No node's clock is Redis' own: what remains is the same for all.
    return new Claim.InProgress(Instant.now().plusMillis(Math.max(1, millis)));
  }

  @Override
  public boolean renew(Claim.Claimed claim, Duration lease) throws StoreUnavailableException {
    return change(RENEW, claim, millis(lease));
  }

  @Override
  public boolean complete(Claim.Claimed claim, Duration retention)
      throws StoreUnavailableException {
    return change(COMPLETE, claim, millis(retention));
  }

  @Override
  public boolean release(Claim.Claimed claim) throws StoreUnavailableException {
    return change(RELEASE, claim, new byte[0]);
  }

  private boolean change(String script, Claim.Claimed claim, byte[] millis)
      throws StoreUnavailableException {
    byte[] redisKey = redisKey(claim.key());
    byte[] token = bytes(claim.token());
    long changed =
        asking(
            () ->
                link.ask(
                    redis ->
                        redis.<Long>eval(
                            script,
                            ScriptOutputType.INTEGER,
                            new byte[][] {redisKey},
                            token,
                            millis)));
    return changed == 1;
  }

  private static <T> T asking(Supplier<T> question) throws StoreUnavailableException {
    try {
      return question.get();
    } catch (RedisException e) {
      throw new StoreUnavailableException("Redis can't keep claims now: " + e.getMessage(), e);
    }
  }

  /** Closes the connection; claims that are held end with their leases. */
  @Override
  public void close() {
    link.close();
  }

  private byte[] redisKey(String key) {
    return RedisKeys.named(prefix, key);
  }

  private static byte[] millis(Duration duration) {
    return bytes(Long.toString(Math.max(1, duration.toMillis())));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** Options of a {@link RedisDedupStore}. */
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

    /** Builds the store, and begins to connect; it doesn't wait for Redis to be there. */
    public RedisDedupStore build() {
      return new RedisDedupStore(this);
    }
  }
}
