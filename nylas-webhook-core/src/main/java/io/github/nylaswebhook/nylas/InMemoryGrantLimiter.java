package io.github.nylaswebhook.nylas;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import io.github.nylaswebhook.internal.Clocks;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** The limits of one process. Of very many keys, it forgets those that are used least. */
final class InMemoryGrantLimiter implements GrantLimiter {
  static final int MAX_KEYS = 100_000;

  /**
   * Keys that are forgotten start with a full bucket, which is harmless after an hour's silence;
   * but the longest pause is silence, too.
   */
  static final Duration FORGET = NylasClient.MAX_RETRY_AFTER.plusHours(1);

  private final InstantSource clock;
  private final Cache<String, Throttle> throttles;

  InMemoryGrantLimiter(InstantSource clock) {
    this.clock = clock;
    this.throttles =
        Caffeine.newBuilder()
            .maximumSize(MAX_KEYS)
            .expireAfterAccess(FORGET)
            .ticker(Clocks.ticker(clock))
            .executor(Runnable::run)
            .build();
  }

  @Override
  public Instant reserve(String key, RateLimit limit) {
    return throttle(key, limit).reserve();
  }

  @Override
  public void pause(String key, RateLimit limit, Instant until) {
    throttle(key, limit).pause(until);
  }

  @Override
  public Optional<Instant> pausedUntil(String key) {
    Throttle throttle = throttles.getIfPresent(key);
    return throttle == null || throttle.pausedUntil.equals(Instant.MIN)
        ? Optional.empty()
        : Optional.of(throttle.pausedUntil);
  }

  private Throttle throttle(String key, RateLimit limit) {
    return throttles.get(key, k -> new Throttle(limit, clock));
  }

  private static final class Throttle {
    private final RateLimit limit;
    private final InstantSource clock;
    private final Bucket bucket;
    private volatile Instant pausedUntil = Instant.MIN;

    Throttle(RateLimit limit, InstantSource clock) {
      this.limit = limit;
      this.clock = clock;
      this.bucket =
          Bucket.builder()
              .addLimit(b -> b.capacity(limit.burst()).refillGreedy(limit.refill(), limit.period()))
              .withCustomTimePrecision(new Meter(clock))
              .build();
    }

    Instant reserve() {
      Instant turn = clock.instant().plusNanos(bucket.consumeIgnoringRateLimits(1));
      return turn.isAfter(pausedUntil) ? turn : pausedUntil;
    }

    /** Takes the pause's worth of calls from the bucket, so that afterwards calls come in turn. */
    synchronized void pause(Instant until) {
      Instant now = clock.instant();
      Instant from = pausedUntil.isAfter(now) ? pausedUntil : now;
      if (!until.isAfter(from)) {
        return;
      }
      bucket.tryConsumeAsMuchAsPossible();
      bucket.consumeIgnoringRateLimits(limit.refillIn(Duration.between(from, until)));
      pausedUntil = until;
    }
  }

  private record Meter(InstantSource clock) implements TimeMeter {
    @Override
    public long currentTimeNanos() {
      return Clocks.nanos(clock);
    }

    @Override
    public boolean isWallClockBased() {
      return true;
    }
  }
}
