package io.github.nylaswebhook.nylas;

import java.time.Duration;

/**
 * So many calls in so much time.
 *
 * @param calls 1 or more
 * @param period longer than nothing
 */
public record RateLimit(int calls, Duration period) {
  /**
   * Nylas' own limit for messages, per grant.
   *
   * @see <a href="https://developer.nylas.com/docs/dev-guide/platform/rate-limits/">Nylas: rate
   *     limits</a>
   */
  public static final RateLimit NYLAS_PER_GRANT = new RateLimit(200, Duration.ofSeconds(1));

  /** What Google allows Nylas to ask for one user. */
  public static final RateLimit GOOGLE_PER_GRANT = new RateLimit(600, Duration.ofMinutes(1));

  /** What Google allows one application, over all its users. */
  public static final RateLimit GOOGLE_PER_APPLICATION =
      new RateLimit(10_000, Duration.ofMinutes(1));

  /** What Microsoft allows one mailbox; it also wants at most four calls at once. */
  public static final RateLimit MICROSOFT_PER_GRANT = new RateLimit(10_000, Duration.ofMinutes(10));

  public RateLimit {
    if (calls < 1 || period.isNegative() || period.isZero()) {
      throw new IllegalArgumentException("A rate limit needs at least one call in some time");
    }
  }

  /**
   * How many of the calls may come at once, after a lull: a tenth. A bucket that holds the burst
   * and is refilled with the rest in each period lets no more than the limit through, wherever a
   * period begins; all {@link GrantLimiter}s do it so.
   */
  public int burst() {
    return Math.max(1, calls / 10);
  }

  /** How many of the calls are made possible in each period, one by one. */
  public int refill() {
    return Math.max(1, calls - burst());
  }

  /** What a pause of that length is worth: the calls that aren't to be made up for afterwards. */
  public long refillIn(Duration pause) {
    double periods = (double) pause.toMillis() / (double) period.toMillis();
    return Math.max(1, (long) (periods * (double) refill()));
  }
}
