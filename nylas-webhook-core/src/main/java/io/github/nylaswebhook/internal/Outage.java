package io.github.nylaswebhook.internal;

import io.github.nylaswebhook.inbox.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** When to come back to something that is out of reach. Safe for use by many threads. */
public final class Outage {
  /** When the first of the failures came that no success has followed yet. */
  private final AtomicReference<@Nullable Instant> since = new AtomicReference<>();

  /** It failed. */
  public Instant failed(Instant now) {
    Instant first = since.updateAndGet(known -> known == null ? now : known);
    long seconds = first == null ? 0 : Math.max(0, Duration.between(first, now).toSeconds());
    // About as long again as it has failed by now: so pauses double, however many calls fail.
    int doublings = 64 - Long.numberOfLeadingZeros(seconds);
    return now.plus(RetryPolicy.DEFAULT.backoff(1 + doublings));
  }

  /** It answered. */
  public void end() {
    since.set(null);
  }
}
