package io.github.nylaswebhook.inbox;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by any SPI that can't do its part now and knows when it can. The first line of the message
 * is logged, so it holds nothing of the mail.
 */
public final class RetryLaterException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Instant when;
  private final boolean countsAsAttempt;

  /**
   * Asks for another try.
   *
   * @param when not before this
   * @param countsAsAttempt whether it brings the delivery nearer to the dead letters: false for
   *     waiting (rate limits, outages), true for failing
   */
  public RetryLaterException(
      String why, Instant when, boolean countsAsAttempt, @Nullable Throwable cause) {
    // Waiting is no failure and happens thousands of times a second: it goes without a stack trace.
    super(why, cause, false, countsAsAttempt);
    this.when = when;
    this.countsAsAttempt = countsAsAttempt;
  }

  public RetryLaterException(String why, Instant when, boolean countsAsAttempt) {
    this(why, when, countsAsAttempt, null);
  }

  public Instant when() {
    return when;
  }

  public boolean countsAsAttempt() {
    return countsAsAttempt;
  }
}
