package io.github.nylaswebhook.test;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until it is told to move. Safe for use by many threads. */
public final class SettableClock implements InstantSource {
  private volatile Instant now;

  public SettableClock(Instant now) {
    this.now = now;
  }

  @Override
  public Instant instant() {
    return now;
  }

  public synchronized void set(Instant instant) {
    now = instant;
  }

  /** Moves on, and says what time it is then. */
  public synchronized Instant advance(Duration duration) {
    now = now.plus(duration);
    return now;
  }
}
