package io.github.nylaswebhook.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to Redis. It is opened without being waited for, so that an application starts
 * while Redis is down; whoever asks meanwhile, or while it is broken, is told so within the
 * timeout. Lettuce mends a connection that breaks; one that only falls silent, or leads to a
 * primary that is one no more, is opened anew.
 */
final class RedisLink implements AutoCloseable {
  /** How long everybody is told what the last try to connect ended with. */
  private static final Duration CONNECT_AGAIN = Duration.ofMillis(500);

  /**
   * For how many time-outs Redis may leave commands unanswered before the connection is given up:
   * TCP itself would wait a quarter of an hour for a host that is gone.
   */
  private static final int SILENT_TIMEOUTS = 5;

  private static final Duration LONGEST_RECONNECT_PAUSE = Duration.ofSeconds(2);
  private static final Duration QUIT_WITHIN = Duration.ofSeconds(2);

  /** What is under way is bounded by threads anyway; this is for a Redis that stalls. */
  private static final int MOST_UNANSWERED = 10_000;

  private static final Logger log = LoggerFactory.getLogger(RedisLink.class);

  private final RedisClient client;
  private final @Nullable ClientResources ownResources;
  private final Duration timeout;
  private final Consumer<RedisAsyncCommands<byte[], byte[]>> opened;

  /** Not a monitor, which virtual threads of JDK 21 to 23 would hold their carrier for. */
  private final ReentrantLock lock = new ReentrantLock();

  private @Nullable CompletableFuture<StatefulRedisConnection<byte[], byte[]>> connection;
  private long failedAt;
  private volatile long openedAt;
  private boolean closed;

  /** When the first command wasn't answered in time since the last that was; 0 if all were. */
  private final AtomicLong silentSince = new AtomicLong();

  private RedisLink(
      RedisClient client,
      @Nullable ClientResources ownResources,
      Duration timeout,
      Consumer<RedisAsyncCommands<byte[], byte[]>> opened) {
    this.client = client;
    this.ownResources = ownResources;
    this.timeout = timeout;
    this.opened = opened;
  }

  /** What links are made from: an address, or a client. */
  interface Source {
    /**
     * A link that doesn't connect yet.
     *
     * @param opened is told of each connection, on a thread that mustn't be held
     */
    RedisLink link(Duration timeout, Consumer<RedisAsyncCommands<byte[], byte[]>> opened);
  }

  /** With a client of its own, that it closes. */
  static Source to(String url) {
    RedisURI uri = RedisURI.create(url);
    return (timeout, opened) -> own(uri, timeout, opened);
  }

  /** With a client that stays the giver's to close. */
  static Source with(RedisClient client) {
    return (timeout, opened) -> new RedisLink(client, null, timeout, opened);
  }

  static Duration positive(Duration timeout) {
    if (timeout.isZero() || timeout.isNegative()) {
      throw new IllegalArgumentException("The time-out must be longer than nothing: " + timeout);
    }
    return timeout;
  }

  private static RedisLink own(
      RedisURI uri, Duration timeout, Consumer<RedisAsyncCommands<byte[], byte[]>> opened) {
    uri.setTimeout(timeout);
    ClientResources resources =
        DefaultClientResources.builder()
            .reconnectDelay(
                Delay.fullJitter(
                    Duration.ofMillis(50), LONGEST_RECONNECT_PAUSE, 50, TimeUnit.MILLISECONDS))
            .build();
    RedisClient client = RedisClient.create(resources, uri);
    client.setOptions(
        ClientOptions.builder()
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            // What was under way when a connection broke has failed for who asked, and isn't to
            // be done behind their back.
            .replayFilter(command -> true)
            .requestQueueSize(MOST_UNANSWERED)
            .socketOptions(SocketOptions.builder().connectTimeout(timeout).keepAlive(true).build())
            .build());
    return new RedisLink(client, resources, timeout, opened);
  }

  /** Begins to connect, if nobody has yet. */
  void open() {
    CompletableFuture<?> unused = connection();
  }

  /**
   * Asks Redis, and waits no longer than the timeout for its answer. It waits even if the thread is
   * interrupted: it is for a moment, and an answer that nobody hears costs more.
   *
   * @throws RedisException if no answer comes, or an error
   */
  <T> T ask(Function<RedisAsyncCommands<byte[], byte[]>, RedisFuture<T>> command) {
    return begin(command).get();
  }

  /** Asks Redis, and gives what waits for its answer: something else can be asked meanwhile. */
  <T> Supplier<T> begin(Function<RedisAsyncCommands<byte[], byte[]>, RedisFuture<T>> command) {
    return begin(command, null);
  }

  /**
   * Asks Redis, and if it doesn't answer in time, tells it to undo that. Redis may only be slow,
   * and then does both: on one connection, one after the other.
   */
  <T> T ask(
      Function<RedisAsyncCommands<byte[], byte[]>, RedisFuture<T>> command,
      Function<RedisAsyncCommands<byte[], byte[]>, RedisFuture<?>> undo) {
    return begin(command, undo).get();
  }

  private <T> Supplier<T> begin(
      Function<RedisAsyncCommands<byte[], byte[]>, RedisFuture<T>> command,
      @Nullable Function<RedisAsyncCommands<byte[], byte[]>, RedisFuture<?>> undo) {
    long deadline = System.nanoTime() + timeout.toNanos();
    StatefulRedisConnection<byte[], byte[]> redis = connected(deadline);
    RedisFuture<T> answer = command.apply(redis.async());
    return () -> {
      try {
        T value = await(answer, deadline);
        silentSince.set(0);
        return value;
      } catch (RedisCommandTimeoutException e) {
        answer.cancel(true);
        if (undo != null && redis.isOpen()) {
          RedisFuture<?> unused = undo.apply(redis.async());
        }
        silent(redis);
        throw e;
      } catch (RedisException e) {
        // Of a script, Redis 6 says so only somewhere in the message.
        if (String.valueOf(e.getMessage()).contains("READONLY")) {
          demoted(redis);
        }
        throw e;
      }
    };
  }

  /**
   * What commands are sent by, if there is a connection now.
   *
   * @throws RedisException if there is none
   */
  RedisAsyncCommands<byte[], byte[]> now() {
    return connected(System.nanoTime()).async();
  }

  /** Waits for the connection, and sees to it that commands aren't queued for one that is lost. */
  private StatefulRedisConnection<byte[], byte[]> connected(long deadline) {
    StatefulRedisConnection<byte[], byte[]> redis = await(connection(), deadline);
    if (redis.isOpen()) {
      return redis;
    }
    if (!redis.getOptions().isAutoReconnect()) {
      replace(redis);
    }
    throw new RedisException("The connection to Redis is lost");
  }

  private CompletableFuture<StatefulRedisConnection<byte[], byte[]>> connection() {
    lock.lock();
    try {
      if (closed) {
        throw new RedisException("The connection to Redis is closed");
      }
      CompletableFuture<StatefulRedisConnection<byte[], byte[]>> known = connection;
      if (known != null
          && (!known.isCompletedExceptionally()
              || System.nanoTime() - failedAt < CONNECT_AGAIN.toNanos())) {
        return known;
      }
      CompletableFuture<StatefulRedisConnection<byte[], byte[]>> next = new CompletableFuture<>();
      connection = next;
      // A thread, because only this way of connecting takes the address that the client has.
      Thread connecting = new Thread(() -> connect(next), "nylas-webhook-redis-connect");
      connecting.setDaemon(true);
      connecting.start();
      return next;
    } finally {
      lock.unlock();
    }
  }

  private void connect(CompletableFuture<StatefulRedisConnection<byte[], byte[]>> promise) {
    try {
      StatefulRedisConnection<byte[], byte[]> redis = client.connect(ByteArrayCodec.INSTANCE);
      lock.lock();
      try {
        if (closed) {
          CompletableFuture<Void> unused = redis.closeAsync();
        }
        silentSince.set(0);
        openedAt = System.nanoTime();
      } finally {
        lock.unlock();
      }
      promise.complete(redis);
      opened.accept(redis.async());
    } catch (Throwable e) {
      lock.lock();
      try {
        failedAt = System.nanoTime();
        promise.completeExceptionally(e);
      } finally {
        lock.unlock();
      }
    }
  }

  private void silent(StatefulRedisConnection<byte[], byte[]> redis) {
    long now = System.nanoTime();
    if (!silentSince.compareAndSet(0, now)
        && now - silentSince.get() > timeout.toNanos() * SILENT_TIMEOUTS) {
      log.debug("Redis has been silent for too long; connecting anew");
      replace(redis);
    }
  }

  /** Another node is the primary now, maybe under the same name, and this one isn't closing. */
  private void demoted(StatefulRedisConnection<byte[], byte[]> redis) {
    if (System.nanoTime() - openedAt > CONNECT_AGAIN.toNanos()) {
      replace(redis);
    }
  }

  private void replace(StatefulRedisConnection<byte[], byte[]> redis) {
    lock.lock();
    try {
      if (connection != null && connection.getNow(null) == redis) {
        connection = null;
        silentSince.set(0);
        CompletableFuture<Void> unused = redis.closeAsync();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until the deadline, interrupted or not.
   *
   * @throws RedisException if nothing comes, or an error
   */
  private <T> T await(Future<T> answer, long deadline) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return answer.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (TimeoutException e) {
      throw new RedisCommandTimeoutException("Redis didn't answer within " + timeout);
    } catch (CancellationException e) {
      throw new RedisException("The connection to Redis was lost", e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new RedisException(String.valueOf(cause.getMessage()), cause);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    CompletableFuture<StatefulRedisConnection<byte[], byte[]>> open;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      open = connection;
    } finally {
      lock.unlock();
    }
    if (open != null && open.isDone() && !open.isCompletedExceptionally()) {
      open.join().close();
    }
    if (ownResources != null) {
      client.shutdown(Duration.ZERO, QUIT_WITHIN);
      Future<?> unused = ownResources.shutdown(0, QUIT_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    }
  }
}
