package io.github.nylaswebhook.inbox;

import java.time.Duration;

/**
 * Sees to it that something is done by one at a time, and once. A claim has an owner: whoever lets
 * a lease run out loses the claim to the next who asks, and can't change it any more.
 * Implementations are safe for use by many threads and, if they are shared, by many nodes; {@code
 * DedupStoreContract} in nylas-webhook-test is the test that each has to pass.
 */
public interface DedupStore {
  /**
   * Claims a key, atomically: of all who ask for a free key at once, one gets it.
   *
   * @param lease how long the claim lasts if it isn't renewed
   * @throws StoreUnavailableException if the store is out of reach: then nothing may be assumed
   */
  Claim claim(String key, Duration lease) throws StoreUnavailableException;

  /** Starts the lease anew. False if the claim was lost, here and in the next two. */
  boolean renew(Claim.Claimed claim, Duration lease) throws StoreUnavailableException;

  /** Marks it done, which is remembered for the retention. */
  boolean complete(Claim.Claimed claim, Duration retention) throws StoreUnavailableException;

  /** Gives it back, so that anybody may claim it at once. */
  boolean release(Claim.Claimed claim) throws StoreUnavailableException;
}
