package io.github.nylaswebhook.inbox;

import java.time.Instant;

/** What a {@link DedupStore} says to somebody who wants to do something once. */
public sealed interface Claim {
  /**
   * It is yours until the lease ends.
   *
   * @param key what was claimed
   * @param token who owns it: void once the claim was taken over
   */
  record Claimed(String key, String token) implements Claim {}

  /** Somebody else works on it, for at least as long. */
  record InProgress(Instant leaseEnds) implements Claim {}

  /** It was done. */
  record Completed(Instant at) implements Claim {}
}
