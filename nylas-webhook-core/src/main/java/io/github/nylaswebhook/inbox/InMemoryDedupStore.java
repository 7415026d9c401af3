package io.github.nylaswebhook.inbox;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.github.nylaswebhook.internal.Clocks;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Claims in the memory of this process. Bounded: of completed keys the least used are forgotten
 * first once there are more than the maximum; claims that are held are never forgotten. Safe for
 * use by many threads.
 */
public final class InMemoryDedupStore implements DedupStore {
  /** About 200 MB of ids, and three times what an account at Nylas' limit gets in an hour. */
  public static final long MAX_COMPLETED = 1_000_000;

  private final InstantSource clock;
  private final AtomicLong tokens = new AtomicLong();
  private final Cache<String, State> states;

  /** What is known of a key until {@code ends}. */
  private record State(String token, boolean completed, Instant since, Instant ends) {}

  public InMemoryDedupStore() {
    this(InstantSource.system(), MAX_COMPLETED);
  }

  public InMemoryDedupStore(InstantSource clock, long maxCompleted) {
    this.clock = clock;
    this.states =
        Caffeine.newBuilder()
            .maximumWeight(maxCompleted)
            .weigher((String key, State state) -> state.completed ? 1 : 0)
            .expireAfter(
                Expiry.writing(
                    (String key, State state) -> Duration.between(clock.instant(), state.ends)))
            .ticker(Clocks.ticker(clock))
            .executor(Runnable::run)
            .build();
  }

  @Override
  public Claim claim(String key, Duration lease) {
    Instant now = clock.instant();
    State mine = new State(Long.toString(tokens.incrementAndGet()), false, now, now.plus(lease));
    State winner =
        states.asMap().compute(key, (k, old) -> old != null && old.ends.isAfter(now) ? old : mine);
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
    return replace(claim, new State(claim.token(), true, now, now.plus(retention)));
  }

  @Override
  public boolean release(Claim.Claimed claim) {
    return replace(claim, null);
  }

  /** Changes the state of a claim, or forgets it, if it is still its owner's. */
  private boolean replace(Claim.Claimed claim, @Nullable State next) {
    boolean[] owned = new boolean[1];
    states
        .asMap()
        .computeIfPresent(
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
