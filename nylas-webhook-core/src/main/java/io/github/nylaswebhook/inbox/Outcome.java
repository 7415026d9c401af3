package io.github.nylaswebhook.inbox;

import java.time.Instant;
import java.util.List;

/**
 * How one try at a delivery ended.
 *
 * <p>Where there is a {@code why}, it is for people; its first line is logged, so it holds nothing
 * of the mail, as further lines may.
 */
public sealed interface Outcome {
  /**
   * Finished: the body may be erased, the id is kept for the retention.
   *
   * @param reasons why it wasn't routed, as short codes that hold nothing of the mail; a durable
   *     inbox keeps them with the id. Empty if there is no more to say
   */
  record Done(Disposition disposition, List<String> reasons) implements Outcome {
    public Done {
      reasons = List.copyOf(reasons);
    }
  }

  /**
   * To be tried again, not before {@code when}.
   *
   * @param countsAsAttempt false for waiting (a rate limit, an outage, somebody else's claim),
   *     which is bounded by {@link RetryPolicy#maxWaiting()} instead of by the number of attempts
   */
  record RetryAt(Instant when, boolean countsAsAttempt, String why) implements Outcome {}

  /** Given up: kept as a dead letter until somebody replays or discards it. */
  record Dead(String why) implements Outcome {}
}
