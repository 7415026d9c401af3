package io.github.nylaswebhook.nylas;

import io.github.nylaswebhook.inbox.RetryLaterException;
import java.time.Instant;
import java.util.Optional;

/**
 * Gives calls their turns, so that no more are made than a limit allows. What each {@link
 * NylasClient} has of its own counts the calls of one process; one that nodes share makes one quota
 * of theirs. Safe for use by many threads.
 *
 * <p>A key is a grant, or all grants of an application together; it has any length and any
 * characters, and is compared to the letter. Times are this node's, however a shared limiter
 * measures them.
 *
 * <p>Nobody waits here: a limiter answers soon. Where one that is shared can't be asked, it throws
 * a {@link RetryLaterException} that doesn't count as an attempt, and the call isn't made until it
 * can.
 */
public interface GrantLimiter {
  /**
   * Takes the next turn, which nobody else gets, and which isn't given back.
   *
   * @param limit the same each time for a key
   * @return when the turn comes: at once if that isn't after now
   * @throws RetryLaterException if the limiter is out of reach
   */
  Instant reserve(String key, RateLimit limit);

  /**
   * No turn that is reserved from now on comes before the pause ends, and then turns come one by
   * one instead of all at once. A shorter pause doesn't end a longer one.
   *
   * @throws RetryLaterException if the limiter is out of reach, so that nobody else knows
   */
  void pause(String key, RateLimit limit, Instant until);

  /**
   * When the latest pause ends or ended; it may be forgotten once turns from before it are long
   * gone. Turns before that time are void if they were reserved before the pause began.
   *
   * @throws RetryLaterException if the limiter is out of reach
   */
  Optional<Instant> pausedUntil(String key);
}
