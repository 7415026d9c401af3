package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.InMemoryDedupStore;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.internal.Threads;
import java.time.Duration;

/** Tells the workers that asking a store takes a round trip, so that others work meanwhile. */
record BlockingDedupStore(DedupStore store) implements DedupStore {
  static DedupStore of(DedupStore store) {
    return store instanceof InMemoryDedupStore ? store : new BlockingDedupStore(store);
  }

  @Override
  public Claim claim(String key, Duration lease) throws StoreUnavailableException {
    return Threads.<Claim, StoreUnavailableException>blocking(() -> store.claim(key, lease));
  }

  @Override
  public boolean renew(Claim.Claimed claim, Duration lease) throws StoreUnavailableException {
    return Threads.<Boolean, StoreUnavailableException>blocking(() -> store.renew(claim, lease));
  }

  @Override
  public boolean complete(Claim.Claimed claim, Duration retention)
      throws StoreUnavailableException {
    return Threads.<Boolean, StoreUnavailableException>blocking(
        () -> store.complete(claim, retention));
  }

  @Override
  public boolean release(Claim.Claimed claim) throws StoreUnavailableException {
    return Threads.<Boolean, StoreUnavailableException>blocking(() -> store.release(claim));
  }
}
