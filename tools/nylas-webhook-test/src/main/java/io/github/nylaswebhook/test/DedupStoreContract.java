package io.github.nylaswebhook.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.DedupStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * What every {@link DedupStore} has to do. Extend it, and give it a store; each test uses keys of
 * its own, so the store may be a shared one. Time is the store's own, so leases here are short and
 * real.
 */
public abstract class DedupStoreContract {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final String key = "contract:" + UUID.randomUUID();

  protected DedupStoreContract() {}

  /** A store to be tested; the same one twice is fine. */
  protected abstract DedupStore store();

  @Test
  void aFreeKeyIsClaimed() throws Exception {
    assertInstanceOf(Claim.Claimed.class, store().claim(key, LONG));
  }

  @Test
  void aClaimedKeyIsInProgressForEverybodyElse() throws Exception {
    Instant before = Instant.now();
    claim(LONG);
    Claim.InProgress other = assertInstanceOf(Claim.InProgress.class, store().claim(key, LONG));
    assertTrue(other.leaseEnds().isAfter(before.plus(LONG.dividedBy(2))), "ends with the lease");
    assertTrue(
        other.leaseEnds().isBefore(before.plus(LONG.multipliedBy(2))), "ends with the lease");
  }

  @Test
  void aCompletedKeyStaysCompleted() throws Exception {
    assertTrue(store().complete(claim(LONG), LONG));
    assertInstanceOf(Claim.Completed.class, store().claim(key, LONG));
    assertInstanceOf(Claim.Completed.class, store().claim(key, LONG));
  }

  @Test
  void aCompletedKeyIsForgottenAfterTheRetention() throws Exception {
    assertTrue(store().complete(claim(LONG), SHORT));
    assertInstanceOf(Claim.Completed.class, store().claim(key, LONG));
    claimEventually(LONG);
  }

  @Test
  void completionOutlivesTheLease() throws Exception {
    assertTrue(store().complete(claim(SHORT), LONG));
    String other = key + ":other";
    store().claim(other, SHORT);
    // When the other lease, which began later, has ended, the first one's has too.
    claimEventually(other, LONG);
    assertInstanceOf(Claim.Completed.class, store().claim(key, LONG));
  }

  @Test
  void aReleasedKeyIsFreeAtOnce() throws Exception {
    assertTrue(store().release(claim(LONG)));
    claim(LONG);
  }

  @Test
  void aLeaseThatRanOutIsTakenOverByAnotherOwner() throws Exception {
    Claim.Claimed first = claim(SHORT);
    Claim.Claimed second = claimEventually(LONG);
    assertNotEquals(first.token(), second.token());
  }

  @Test
  void whoLostAClaimCanChangeItNoMore() throws Exception {
    Claim.Claimed former = claim(SHORT);
    Claim.Claimed owner = claimEventually(LONG);
    assertFalse(store().renew(former, LONG), "renew");
    assertFalse(store().complete(former, LONG), "complete");
    assertFalse(store().release(former), "release");
    assertInstanceOf(Claim.InProgress.class, store().claim(key, LONG));
    assertTrue(store().complete(owner, LONG), "the owner completes");
  }

  @Test
  void aRenewedLeaseLasts() throws Exception {
    Claim.Claimed owner = claim(SHORT);
    assertTrue(store().renew(owner, LONG));
    String other = key + ":other";
    store().claim(other, SHORT);
    claimEventually(other, LONG);
    assertInstanceOf(Claim.InProgress.class, store().claim(key, LONG));
    assertTrue(store().complete(owner, LONG));
  }

  @Test
  void aClaimEndsOnce() throws Exception {
    Claim.Claimed claim = claim(LONG);
    assertTrue(store().complete(claim, LONG));
    assertFalse(store().complete(claim, LONG), "complete again");
    assertFalse(store().renew(claim, LONG), "renew when completed");
    assertFalse(store().release(claim), "release when completed");
    assertInstanceOf(Claim.Completed.class, store().claim(key, LONG));
  }

  @Test
  void ofManyWhoAskAtOnceOneGetsIt() throws Exception {
    int askers = 16;
    for (int round = 0; round < 20; round++) {
      String contested = key + ":" + round;
      List<Callable<Claim>> all = new ArrayList<>();
      for (int i = 0; i < askers; i++) {
        all.add(() -> store().claim(contested, LONG));
      }
      ExecutorService threads = Executors.newFixedThreadPool(askers);
      try {
        int claimed = 0;
        for (Future<Claim> claim : threads.invokeAll(all)) {
          claimed += claim.get() instanceof Claim.Claimed ? 1 : 0;
        }
        assertEquals(1, claimed);
      } finally {
        threads.shutdownNow();
      }
    }
  }

  @Test
  void keysAreComparedToTheLetter() throws Exception {
    claim(LONG);
    for (String similar : List.of(key.toUpperCase(Locale.ROOT), key + " ", key + "ä", key + "a")) {
      assertInstanceOf(Claim.Claimed.class, store().claim(similar, LONG), "[" + similar + "]");
    }
  }

  @Test
  void longKeysAreDistinct() throws Exception {
    String prefix = key + "x".repeat(998);
    assertInstanceOf(Claim.Claimed.class, store().claim(prefix + "a", LONG));
    assertInstanceOf(Claim.Claimed.class, store().claim(prefix + "b", LONG));
    assertInstanceOf(Claim.InProgress.class, store().claim(prefix + "a", LONG));
  }

  private Claim.Claimed claim(Duration lease) throws Exception {
    return assertInstanceOf(Claim.Claimed.class, store().claim(key, lease));
  }

  private Claim.Claimed claimEventually(Duration lease) {
    return claimEventually(key, lease);
  }

  private Claim.Claimed claimEventually(String wanted, Duration lease) {
    List<Claim.Claimed> claimed = new ArrayList<>();
    Eventually.isTrue(
        "the key is free again",
        PATIENCE,
        () -> {
          try {
            if (store().claim(wanted, lease) instanceof Claim.Claimed mine) {
              claimed.add(mine);
            }
          } catch (Exception e) {
            throw new AssertionError("The store failed", e);
          }
          return !claimed.isEmpty();
        });
    return claimed.get(0);
  }
}
