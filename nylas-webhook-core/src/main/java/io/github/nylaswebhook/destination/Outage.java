package io.github.nylaswebhook.destination;

import io.github.nylaswebhook.inbox.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** When to come back to a destination that is out of reach. Safe for use by many threads. */
public final class Outage {
  /** When the first of the failures came that no success has followed yet. */
  private final AtomicReference<@Nullable Instant> since = new AtomicReference<>();

  /** None so far. */
  public Outage() {}

  /**
   * Notes that it failed.
   *
   * @return when to try again: pauses grow with the outage, from a second up to five minutes, and
   *     no two are of the same length
   */
  public Instant failed(Instant now) {
    Instant first = since.updateAndGet(known -> known == null ? now : known);
    long seconds = first == null ? 0 : Math.max(0, Duration.between(first, now).toSeconds());
    // About as long again as it has failed by now: so pauses double, however many calls fail.
    int doublings = 64 - Long.numberOfLeadingZeros(seconds);
    return now.plus(RetryPolicy.DEFAULT.backoff(1 + doublings));
  }

  /** Notes that it answered: the next pause is a short one again. */
  public void end() {
    since.set(null);
  }
}
