package io.github.nylaswebhook.redis;

import io.github.bucket4j.TimeMeter;
import io.lettuce.core.RedisException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Redis' time, which is the same for all nodes whatever their own clocks say. Between two questions
 * it goes on with this node's monotonic clock. It is off by half of a round trip at most, and by
 * what two quartzes part in {@link #ASK_AGAIN}: a millisecond.
 */
final class RedisClock implements TimeMeter {
  static final Duration ASK_AGAIN = Duration.ofSeconds(10);

  private final RedisLink link;
  private final AtomicBoolean asking = new AtomicBoolean();
  private volatile @Nullable Reading reading;

  /** What is added to the monotonic clock, and when that was found. */
  private record Reading(long offset, long at) {}

  RedisClock(RedisLink link) {
    this.link = link;
  }

  /**
   * Asks Redis if its answer is too old.
   *
   * @throws RedisException if there is no answer yet, and Redis gives none
   */
  void refresh() {
    Reading last = reading;
    if (last != null
        && (System.nanoTime() - last.at < ASK_AGAIN.toNanos()
            || !asking.compareAndSet(false, true))) {
      return;
    }
    try {
      // When it is sent: before that, it may have been waited for a connection.
      long[] sent = new long[1];
      List<byte[]> time =
          link.ask(
              redis -> {
                sent[0] = System.nanoTime();
                return redis.time();
              });
      long before = sent[0];
      long after = System.nanoTime();
      long redis =
          TimeUnit.SECONDS.toNanos(number(time.get(0)))
              + TimeUnit.MICROSECONDS.toNanos(number(time.get(1)));
      reading = new Reading(redis - (before + (after - before) / 2), after);
    } finally {
      asking.set(false);
    }
  }

  private static long number(byte[] digits) {
    return Long.parseLong(new String(digits, StandardCharsets.US_ASCII));
  }

  /** Nanoseconds since the epoch. */
  @Override
  public long currentTimeNanos() {
    Reading last = reading;
    if (last == null) {
      throw new RedisException("Redis hasn't told its time yet");
    }
    return System.nanoTime() + last.offset;
  }

  /** One of Redis' times in milliseconds, as this node's clock will show it. */
  Instant here(long millis) {
    return Instant.now().plusNanos(TimeUnit.MILLISECONDS.toNanos(millis) - currentTimeNanos());
  }

  @Override
  public boolean isWallClockBased() {
    return true;
  }
}
