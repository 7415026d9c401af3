package io.github.nylaswebhook.faults;

import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;

/** Tells the witness what is completed: from then on nobody may route it. */
final class WitnessedClaims implements DedupStore {
  private final DedupStore store;
  private final int witness;

  WitnessedClaims(DedupStore store, int witnessPort) {
    this.store = store;
    this.witness = witnessPort;
  }

  @Override
  public Claim claim(String key, Duration lease) throws StoreUnavailableException {
    return store.claim(key, lease);
  }

  @Override
  public boolean renew(Claim.Claimed claim, Duration lease) throws StoreUnavailableException {
    return store.renew(claim, lease);
  }

  @Override
  public boolean complete(Claim.Claimed claim, Duration retention)
      throws StoreUnavailableException {
    boolean completed = store.complete(claim, retention);
    if (completed) {
      try (Testimony testimony = new Testimony(witness)) {
        testimony.say(
            "completed",
            Long.toString(ProcessHandle.current().pid()),
            claim.key().substring(claim.key().lastIndexOf(':') + 1));
      } catch (IOException e) {
        throw new UncheckedIOException("The witness doesn't listen", e);
      }
    }
    return completed;
  }

  @Override
  public boolean release(Claim.Claimed claim) throws StoreUnavailableException {
    return store.release(claim);
  }
}
