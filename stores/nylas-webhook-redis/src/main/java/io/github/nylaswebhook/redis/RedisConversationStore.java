package io.github.nylaswebhook.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.ticket.Conversation;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.ScriptOutputType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Conversations in Redis, for any number of nodes. Each question is one script, which Redis runs as
 * one step: whoever finds a conversation sees it, and its keys, as somebody saved them. Retentions
 * are Redis' own expiries, so nodes' clocks may differ, and every key has one. Safe for use by many
 * threads.
 *
 * <p>What is remembered depends on Redis, as with {@link RedisDedupStore}: only {@code
 * maxmemory-policy noeviction} forgets nothing before its time (the store logs a warning once if it
 * sees another), and only {@code appendonly yes} survives a restart. A conversation that was
 * forgotten begins anew: the next mail of its thread is a ticket of its own, unless its tickets'
 * router finds them by itself.
 *
 * <p>Whatever keeps Redis from answering in time is a {@link StoreUnavailableException},
 * {@linkplain #COMMAND_TIMEOUT soon}, and nothing is queued for later; the store recovers by itself
 * when Redis does. A save whose answer got lost may have been done, and may be repeated.
 *
 * <p>A conversation takes about twice its JSON in Redis, mostly a few kB. Redis Cluster isn't
 * supported: a conversation and its keys would be on different nodes of it.
 */
public final class RedisConversationStore implements ConversationStore, AutoCloseable {
  /** A thousand times what Redis takes. */
  public static final Duration COMMAND_TIMEOUT = RedisDedupStore.COMMAND_TIMEOUT;

  /**
   * What the names of keys begin with; then {@code conversation:} or {@code conversation-key:} and
   * the SHA-256 of the conversation's id or key.
   */
  public static final String KEY_PREFIX = RedisKeys.PREFIX;

  private static final Logger log = LoggerFactory.getLogger(RedisConversationStore.class);

  /** As long as a SHA-256 in hexadecimal. */
  private static final int HASH = 64;

  /**
   * A conversation is a hash: its document, when it was saved, and the hashes of its keys. A key is
   * a sorted set of conversations' hashes by the times at which they end, and ends with the last of
   * them; those that have ended leave it when it is written. When its memory is full, Redis refuses
   * the first thing that takes some, and then does the rest: so that comes first.
   *
   * <p>KEYS: the conversation. ARGV: its hash, its document, its retention in milliseconds, what
   * names of keys begin with, and the hashes of its keys in one string.
   */
  private static final String SAVE =
      """
      local time = redis.call('TIME')
      local micros = time[1] * 1000000 + time[2]
      local now = math.floor(micros / 1000)
      local ends = now + ARGV[3]
      local new = {}
      for i = 1, #ARGV[5], %1$d do
        new[string.sub(ARGV[5], i, i + %1$d - 1)] = true
      end
      local old = redis.call('HGET', KEYS[1], 'keys') or ''
      redis.call('HSET', KEYS[1],
          'document', ARGV[2], 'saved', string.format('%%.0f', micros), 'keys', ARGV[5])
      redis.call('PEXPIREAT', KEYS[1], string.format('%%.0f', ends))
      for i = 1, #old, %1$d do
        local key = string.sub(old, i, i + %1$d - 1)
        if not new[key] then
          redis.call('ZREM', ARGV[4] .. key, ARGV[1])
        end
      end
      for key in pairs(new) do
        local name = ARGV[4] .. key
        redis.call('ZREMRANGEBYSCORE', name, '-inf', string.format('%%.0f', now))
        redis.call('ZADD', name, string.format('%%.0f', ends), ARGV[1])
        local last = redis.call('ZRANGE', name, -1, -1, 'WITHSCORES')
        redis.call('PEXPIREAT', name, string.format('%%.0f', last[2]))
      end
      return 1
      """
          .formatted(HASH);

  /**
   * The documents, each once, those that were saved last first. What was forgotten and came again
   * may be in keys that it doesn't have any more. KEYS: the keys. ARGV: what names of conversations
   * begin with.
   */
  private static final String FIND =
      """
      local known = {}
      local found = {}
      for _, key in ipairs(KEYS) do
        local hash = string.sub(key, -%d)
        for _, id in ipairs(redis.call('ZRANGE', key, 0, -1)) do
          if known[id] == nil then
            known[id] = redis.call('HMGET', ARGV[1] .. id, 'keys', 'saved', 'document')
          end
          local one = known[id]
          if one and one[1] and string.find(one[1], hash, 1, true) then
            table.insert(found, {tonumber(one[2]), one[3]})
            known[id] = false
          end
        end
      end
      table.sort(found, function(a, b) return a[1] > b[1] end)
      local documents = {}
      for i, one in ipairs(found) do
        documents[i] = one[2]
      end
      return documents
      """
          .formatted(HASH);

  private final RedisLink link;
  private final String conversations;
  private final String keys;

  private RedisConversationStore(Builder builder) {
    conversations = builder.prefix + "conversation:";
    keys = builder.prefix + "conversation-key:";
    EvictionNotice eviction =
        new EvictionNotice(log, "conversations, and further mails of a thread become new tickets");
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
  public List<Conversation> find(Collection<String> wanted) throws StoreUnavailableException {
    if (wanted.isEmpty()) {
      return List.of();
    }
    byte[][] names =
        wanted.stream().distinct().map(key -> RedisKeys.named(keys, key)).toArray(byte[][]::new);
    List<Object> documents =
        asking(
            () ->
                link.ask(
                    redis ->
                        redis.eval(FIND, ScriptOutputType.MULTI, names, bytes(conversations))));
    List<Conversation> found = new ArrayList<>();
    for (Object document : documents) {
      try {
        found.add(Conversation.fromJson(new String((byte[]) document, UTF_8)));
      } catch (IllegalArgumentException e) {
        // As good as forgotten, and replaced when it is saved again.
        log.warn("A conversation in Redis can't be read, and is passed over");
        log.debug("It can't be read because of this", e);
      }
    }
    return found;
  }

  @Override
  public void save(Conversation conversation, Duration retention) throws StoreUnavailableException {
    byte[][] names = {RedisKeys.named(conversations, conversation.id())};
    StringBuilder hashes = new StringBuilder(HASH * conversation.keys().size());
    conversation.keys().forEach(key -> hashes.append(RedisKeys.hash(key)));
    Object unused =
        asking(
            () ->
                link.ask(
                    redis ->
                        redis.eval(
                            SAVE,
                            ScriptOutputType.INTEGER,
                            names,
                            bytes(RedisKeys.hash(conversation.id())),
                            bytes(conversation.toJson()),
                            bytes(Long.toString(Math.max(1, retention.toMillis()))),
                            bytes(keys),
                            bytes(hashes.toString()))));
  }

  private static <T> T asking(Supplier<T> question) throws StoreUnavailableException {
    try {
      return question.get();
    } catch (RedisException e) {
      throw new StoreUnavailableException(
          "Redis can't keep conversations now: " + e.getMessage(), e);
    }
  }

  /** Closes the connection. */
  @Override
  public void close() {
    link.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** Options of a {@link RedisConversationStore}. */
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
    public RedisConversationStore build() {
      return new RedisConversationStore(this);
    }
  }
}
