package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A claim whose lease is renewed until it is closed. */
final class HeldClaim implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HeldClaim.class);

  /** A lost claim is somebody else's: they are done, or their lease ends, soon. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  private final DedupStore store;
  private final Claim.Claimed claim;
  private final Duration lease;
  private final InstantSource clock;
  private final Set<HeldClaim> held;
  private volatile Instant sureUntil;
  private volatile boolean lost;
  private boolean settled;

  /** Joins the claims that somebody renews, by {@link #renewQuietly()}, until it is closed. */
  HeldClaim(
      DedupStore store,
      Claim.Claimed claim,
      Duration lease,
      Instant claimedAt,
      InstantSource clock,
      Set<HeldClaim> held) {
    this.store = store;
    this.claim = claim;
    this.lease = lease;
    this.clock = clock;
    this.sureUntil = claimedAt.plus(lease);
    this.held = held;
    held.add(this);
  }

  /**
   * Makes sure, right before something that can't be undone, that the claim is still ours: a
   * process that was stopped for longer than its lease finds out here.
   *
   * @throws RetryLaterException if it was lost
   */
  void ensureHeld() throws StoreUnavailableException {
    boolean fresh = clock.instant().isBefore(sureUntil.minus(lease.dividedBy(2)));
    if (lost || (!fresh && !renew())) {
      throw new RetryLaterException(
          "the claim was taken over while we worked", clock.instant().plus(LOOK_AGAIN), false);
    }
  }

  void complete(Duration retention) throws StoreUnavailableException {
    held.remove(this);
    if (settled) {
      return;
    }
    settled = true;
    if (!store.complete(claim, retention)) {
      log.warn(
          "A claim was taken over before it was completed; if the other owner routes the message, its"
              + " idempotency key tells the destination");
    }
  }

  /** Gives the claim back unless it was completed. */
  @Override
  public void close() {
    held.remove(this);
    if (settled) {
      return;
    }
    settled = true;
    try {
      store.release(claim);
    } catch (StoreUnavailableException e) {
      log.debug("A claim couldn't be released; its lease ends by itself", e);
    }
  }

  private synchronized boolean renew() throws StoreUnavailableException {
    Instant asked = clock.instant();
    if (store.renew(claim, lease)) {
      sureUntil = asked.plus(lease);
      return true;
    }
    lost = true;
    return false;
  }

  void renewQuietly() {
    try {
      if (!lost) {
        renew();
      }
    } catch (Throwable e) {
      log.debug("A claim couldn't be renewed; it is looked at again before it matters", e);
    }
  }
}
