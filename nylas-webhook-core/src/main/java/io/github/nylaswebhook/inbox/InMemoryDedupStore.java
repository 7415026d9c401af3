package io.github.nylaswebhook.inbox;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Claims in the memory of this process. Bounded: of completed keys the oldest are forgotten first
 * once there are more than the maximum; claims that are held are never forgotten. Safe for use by
 * many threads.
 */
public final class InMemoryDedupStore implements DedupStore {
  /** Some 250 MB of ids; in the eight days of the retention, more than one mail a second. */
  public static final int MAX_COMPLETED = 1_000_000;

  private final InstantSource clock;
  private final int maxCompleted;
  private final AtomicLong tokens = new AtomicLong();
  private final ConcurrentMap<String, State> states = new ConcurrentHashMap<>();
  private final Queue<Completion> oldestFirst = new ConcurrentLinkedQueue<>();
  private final AtomicInteger completed = new AtomicInteger();

  /** What is known of a key until {@code ends}. */
  private record State(String token, boolean completed, Instant since, Instant ends) {}

  private record Completion(String key, State state) {}

  public InMemoryDedupStore() {
    this(InstantSource.system(), MAX_COMPLETED);
  }

  public InMemoryDedupStore(InstantSource clock, int maxCompleted) {
    this.clock = clock;
    this.maxCompleted = maxCompleted;
  }

  @Override
  public Claim claim(String key, Duration lease) {
    Instant now = clock.instant();
    State mine = new State(Long.toString(tokens.incrementAndGet()), false, now, now.plus(lease));
    State winner =
        states.compute(key, (k, old) -> old != null && old.ends.isAfter(now) ? old : mine);
    if (winner.token.equals(mine.token)) {
      return new Claim.Claimed(key, mine.token);
    }
    return winner.completed ? new Claim.Completed(winner.since) : new Claim.InProgress(winner.ends);
  }

  @Override
  public boolean renew(Claim.Claimed claim, Duration lease) {
    Instant now = clock.instant();
    return replace(claim, new State(claim.token(), false, now, now.plus(lease)));
  }

  @Override
  public boolean complete(Claim.Claimed claim, Duration retention) {
    Instant now = clock.instant();
    State done = new State(claim.token(), true, now, now.plus(retention));
    if (!replace(claim, done)) {
      return false;
    }
    oldestFirst.add(new Completion(claim.key(), done));
    completed.incrementAndGet();
    forgetOldest(now);
    return true;
  }

  @Override
  public boolean release(Claim.Claimed claim) {
    return replace(claim, null);
  }

  private void forgetOldest(Instant now) {
    for (Completion oldest;
        (oldest = oldestFirst.peek()) != null
            && (completed.get() > maxCompleted || oldest.state.ends.isBefore(now)); ) {
      if (oldestFirst.remove(oldest)) {
        completed.decrementAndGet();
        // Unless its retention has ended and it was claimed anew.
        states.remove(oldest.key, oldest.state);
      }
    }
  }

  /** Changes the state of a claim, or forgets it, if it is still its owner's. */
  private boolean replace(Claim.Claimed claim, @Nullable State next) {
    boolean[] owned = new boolean[1];
    states.computeIfPresent(
        claim.key(),
        (key, state) -> {
          owned[0] = owns(claim, state);
          return owned[0] ? next : state;
        });
    return owned[0];
  }

  /** A lease that ran out is lost, whether or not somebody has taken it over yet. */
  private boolean owns(Claim.Claimed claim, State state) {
    return !state.completed
        && state.token.equals(claim.token())
        && state.ends.isAfter(clock.instant());
  }
}
