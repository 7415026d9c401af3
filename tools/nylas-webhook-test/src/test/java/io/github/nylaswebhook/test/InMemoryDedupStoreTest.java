package io.github.nylaswebhook.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.InMemoryDedupStore;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class InMemoryDedupStoreTest extends DedupStoreContract {
  private final DedupStore store = new InMemoryDedupStore();

  @Override
  protected DedupStore store() {
    return store;
  }

  @Test
  void ofManyCompletedKeysItKnowsABoundedNumberAndEveryHeldClaim() {
    InMemoryDedupStore bounded = new InMemoryDedupStore(InstantSource.system(), 100);
    Duration lease = Duration.ofMinutes(10);
    for (int i = 0; i < 1_000; i++) {
      bounded.claim("held" + i, lease);
      Claim claim = bounded.claim("completed" + i, lease);
      bounded.complete((Claim.Claimed) claim, Duration.ofDays(8));
    }
    int completed = 0;
    for (int i = 0; i < 1_000; i++) {
      assertThat(bounded.claim("held" + i, lease)).isInstanceOf(Claim.InProgress.class);
      completed += bounded.claim("completed" + i, lease) instanceof Claim.Completed ? 1 : 0;
    }
    assertThat(completed).isBetween(1, 100);
    // The last ones: what was routed a moment ago must not be routed again.
    assertThat(bounded.claim("completed999", lease)).isInstanceOf(Claim.Completed.class);
  }
}
