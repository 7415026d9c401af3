package io.github.nylaswebhook.test;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what other threads bring about. */
final class Eventually {
  private static final long LOOK_EVERY_NANOS = Duration.ofMillis(5).toNanos();

  private Eventually() {}

  /** Returns as soon as it is so, and fails with this message if it isn't in time. */
  static void isTrue(String what, Duration timeout, BooleanSupplier condition) {
    long end = System.nanoTime() + timeout.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("Not within " + timeout + ": " + what);
      }
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
  }
}
