package io.github.nylaswebhook.nylas;

import io.github.nylaswebhook.internal.Threads;
import java.time.Instant;
import java.util.Optional;

/** Tells the workers that asking a limiter takes a round trip, so that others work meanwhile. */
record BlockingGrantLimiter(GrantLimiter limiter) implements GrantLimiter {
  @Override
  public Instant reserve(String key, RateLimit limit) {
    return Threads.<Instant, RuntimeException>blocking(() -> limiter.reserve(key, limit));
  }

  @Override
  public void pause(String key, RateLimit limit, Instant until) {
    Threads.<RateLimit, RuntimeException>blocking(
        () -> {
          limiter.pause(key, limit, until);
          return limit;
        });
  }

  @Override
  public Optional<Instant> pausedUntil(String key) {
    return Threads.<Optional<Instant>, RuntimeException>blocking(() -> limiter.pausedUntil(key));
  }
}
