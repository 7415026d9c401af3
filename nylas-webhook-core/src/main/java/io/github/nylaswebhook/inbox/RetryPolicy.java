package io.github.nylaswebhook.inbox;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When to try again, and when to stop.
 *
 * @param initial the first pause
 * @param max the longest pause
 * @param maxAttempts after so many counted tries a delivery is a dead letter
 * @param maxWaiting a delivery that has waited so long, without failing, is a dead letter too
 */
public record RetryPolicy(Duration initial, Duration max, int maxAttempts, Duration maxWaiting) {
  /** Long enough for a hiccup to pass, short enough for nobody to notice. */
  public static final Duration INITIAL = Duration.ofSeconds(1);

  /** Destinations come back within minutes; asking more seldom would only delay tickets. */
  public static final Duration MAX = Duration.ofMinutes(5);

  /** 1 s doubled up to 5 min: twelve tries span 9 to 19 minutes, more than a deployment takes. */
  public static final int MAX_ATTEMPTS = 12;

  /** An outage of a week is one that people have to look at. */
  public static final Duration MAX_WAITING = Duration.ofDays(7);

  public static final RetryPolicy DEFAULT =
      new RetryPolicy(INITIAL, MAX, MAX_ATTEMPTS, MAX_WAITING);

  private static final Logger log = LoggerFactory.getLogger(RetryPolicy.class);

  public RetryPolicy {
    if (initial.isNegative() || initial.isZero() || max.compareTo(initial) < 0 || maxAttempts < 1) {
      throw new IllegalArgumentException(
          "A retry policy needs 0 < initial <= max and at least one attempt");
    }
  }

  /**
   * The pause before the next try: doubled with each, and of random length between its half and its
   * whole, so that deliveries that failed together don't come back together.
   *
   * @param failures how many tries have failed in a row, 1 or more
   */
  public Duration backoff(int failures) {
    int doublings = Math.min(Math.max(failures, 1) - 1, 40);
    double millis = Math.min(initial.toMillis() * Math.pow(2, doublings), (double) max.toMillis());
    // In nanoseconds: of many that failed together, no two come back at the same moment.
    return Duration.ofNanos(
        (long) (millis * 1e6 * (0.5 + ThreadLocalRandom.current().nextDouble() / 2)));
  }

  /**
   * One try at a delivery, as every inbox makes it: what the processor says, or throws, within the
   * bounds.
   *
   * @param waitingSince when the delivery was accepted, or replayed
   */
  public Outcome attempt(
      DeliveryProcessor processor, Attempt attempt, Instant waitingSince, InstantSource clock) {
    Outcome outcome;
    try {
      outcome = processor.process(attempt);
    } catch (StoreUnavailableException e) {
      Instant again = clock.instant().plus(backoff(attempt.waits() + 1));
      outcome = new Outcome.RetryAt(again, false, String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) {
      log.warn("Processing {} failed with {}", attempt.delivery(), e.getClass().getName());
      log.debug("It failed so", e);
      Instant again = clock.instant().plus(backoff(attempt.number()));
      outcome = new Outcome.RetryAt(again, true, e.getClass().getName() + "\n" + e.getMessage());
    }
    return settle(outcome, attempt.number(), waitingSince);
  }

  /**
   * What an inbox does with what a processor says: the same, or a dead letter where the bounds are
   * passed.
   *
   * @param waitingSince when the delivery was accepted, or replayed
   */
  public Outcome settle(Outcome outcome, int attempt, Instant waitingSince) {
    if (!(outcome instanceof Outcome.RetryAt retry)) {
      return outcome;
    }
    if (retry.countsAsAttempt()) {
      return attempt >= maxAttempts
          ? new Outcome.Dead("given up after " + attempt + " attempts: " + retry.why())
          : retry;
    }
    return retry.when().isAfter(waitingSince.plus(maxWaiting))
        ? new Outcome.Dead("waited for more than " + maxWaiting.toHours() + " h: " + retry.why())
        : retry;
  }
}
