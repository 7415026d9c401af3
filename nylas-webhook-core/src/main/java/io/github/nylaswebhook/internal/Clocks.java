package io.github.nylaswebhook.internal;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/** The injected clock in the forms that libraries ask for. */
public final class Clocks {
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  private Clocks() {}

  /** Nanoseconds since the epoch: good until the year 2262. */
  public static long nanos(InstantSource clock) {
    Instant now = clock.instant();
    return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
  }

  public static Ticker ticker(InstantSource clock) {
    return () -> nanos(clock);
  }

  /** The nanoseconds from one time to another; 0 if it has passed. */
  public static long nanosUntil(Instant now, Instant then) {
    Duration left = Duration.between(now, then);
    if (left.isNegative()) {
      return 0;
    }
    return left.compareTo(LONGEST) >= 0 ? Long.MAX_VALUE : left.toNanos();
  }
}
