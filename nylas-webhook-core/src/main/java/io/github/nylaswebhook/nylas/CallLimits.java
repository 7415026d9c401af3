package io.github.nylaswebhook.nylas;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.internal.Clocks;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The limits of one application and of its grants. Waiting holds no thread: a call that has to wait
 * gets a slot, a time that is its own, and is thrown out until then.
 */
final class CallLimits {
  private static final int MAX_GRANTS = 100_000;

  private static final int MAX_SLOTS = 1_000_000;

  /**
   * Grants that are forgotten start with a full bucket, which is harmless after an hour's silence;
   * but the longest pause is silence, too.
   */
  private static final Duration FORGET_GRANTS = NylasClient.MAX_RETRY_AFTER.plusHours(1);

  private static final Duration FORGET_SLOTS = Duration.ofDays(1);

  /** Inboxes look at least every second for what is due. */
  private static final Duration LATE = Duration.ofSeconds(1);

  /** How long a call waits at least whose grant has as many under way as it may. */
  private static final Duration BUSY = Duration.ofMillis(100);

  private final InstantSource clock;
  private final RateLimit perGrant;
  private final int concurrentPerGrant;
  private final @Nullable Throttle application;
  private final Cache<String, Throttle> grants;
  private final Cache<String, Slot> slots;

  CallLimits(
      InstantSource clock,
      RateLimit perGrant,
      @Nullable RateLimit perApplication,
      int concurrentPerGrant) {
    this.clock = clock;
    this.perGrant = perGrant;
    this.concurrentPerGrant = concurrentPerGrant;
    this.application = perApplication == null ? null : new Throttle(perApplication, clock);
    this.grants =
        Caffeine.newBuilder()
            .maximumSize(MAX_GRANTS)
            .expireAfterAccess(FORGET_GRANTS)
            .ticker(Clocks.ticker(clock))
            .executor(Runnable::run)
            .build();
    this.slots =
        Caffeine.newBuilder()
            .maximumSize(MAX_SLOTS)
            .expireAfterWrite(FORGET_SLOTS)
            .ticker(Clocks.ticker(clock))
            .executor(Runnable::run)
            .build();
  }

  /**
   * The time at which a call may be made.
   *
   * @param grantPassed whether the grant's turn has come, so that it is the application's that is
   *     waited for
   */
  private record Slot(Instant when, boolean grantPassed) {}

  /** A call that was let through, until it is released. */
  interface Permit {
    void release();
  }

  /**
   * Lets a call through, or throws with the time that was reserved for it.
   *
   * @param call the same for every try at the same call, so that its slot is found again
   */
  Permit acquire(String grant, String call) {
    Throttle throttle = grants.get(grant, g -> new Throttle(perGrant, clock));
    Instant now = clock.instant();
    Slot slot = slots.getIfPresent(call);
    if (slot == null || isWorthless(slot, throttle, now)) {
      slot = new Slot(throttle.reserve(now), false);
    }
    // The application is asked when the grant's turn has come: a turn that is reserved for a later
    // time
    // would let others have it now.
    if (application != null && !slot.grantPassed && !slot.when.isAfter(now)) {
      slot = new Slot(application.reserve(now), true);
    }
    if (slot.when.isAfter(now)) {
      slots.put(call, slot);
      throw new RetryLaterException(
          "waiting for the rate limit of grant " + grant, slot.when, false);
    }
    if (throttle.underWay.incrementAndGet() > concurrentPerGrant) {
      throttle.underWay.decrementAndGet();
      slots.put(call, slot);
      // The more were put off in this period, the longer: as if each call took that long.
      long ahead = throttle.putOff(now) / concurrentPerGrant;
      throw new RetryLaterException(
          "as many calls for grant " + grant + " as may be are under way",
          now.plus(BUSY.multipliedBy(1 + ahead)),
          false);
    }
    slots.invalidate(call);
    return throttle.underWay::decrementAndGet;
  }

  /**
   * Because a pause has begun since it was given, or it was missed for so long that others have it.
   */
  private boolean isWorthless(Slot slot, Throttle throttle, Instant now) {
    return slot.when.isBefore(throttle.pausedUntil)
        || slot.when.plus(perGrant.period()).plus(LATE).isBefore(now);
  }

  /** Nothing is asked for this grant until then. */
  void pause(String grant, Instant until) {
    grants.get(grant, g -> new Throttle(perGrant, clock)).pause(until);
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  private static final class Throttle {
    private final RateLimit limit;
    private final int refill;
    private final InstantSource clock;
    private final Bucket bucket;
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile Instant pausedUntil = Instant.MIN;
    private Instant putOffUntil = Instant.MIN;
    private long putOff;

    Throttle(RateLimit limit, InstantSource clock) {
      this.limit = limit;
      this.clock = clock;
      // A bucket lets its capacity and its refill through in one period: a tenth and nine tenths
      // make
      // that the limit, wherever the period begins.
      int burst = Math.max(1, limit.calls() / 10);
      this.refill = Math.max(1, limit.calls() - burst);
      this.bucket =
          Bucket.builder()
              .addLimit(b -> b.capacity(burst).refillGreedy(refill, limit.period()))
              .withCustomTimePrecision(new Meter(clock))
              .build();
    }

    /** How many were put off since the last pause of that length ended. */
    synchronized long putOff(Instant now) {
      if (now.isAfter(putOffUntil)) {
        putOff = 0;
      }
      putOff++;
      putOffUntil = now.plus(BUSY);
      return putOff;
    }

    Instant reserve(Instant now) {
      return later(now.plusNanos(bucket.consumeIgnoringRateLimits(1)), pausedUntil);
    }

    /** Takes the pause's worth of calls from the bucket, so that afterwards calls come in turn. */
    synchronized void pause(Instant until) {
      Instant now = clock.instant();
      Instant from = pausedUntil.isAfter(now) ? pausedUntil : now;
      if (!until.isAfter(from)) {
        return;
      }
      double periods =
          (double) Duration.between(from, until).toMillis() / (double) limit.period().toMillis();
      bucket.tryConsumeAsMuchAsPossible();
      bucket.consumeIgnoringRateLimits(Math.max(1, (long) (periods * (double) refill)));
      pausedUntil = until;
    }
  }

  private record Meter(InstantSource clock) implements TimeMeter {
    @Override
    public long currentTimeNanos() {
      return Clocks.nanos(clock);
    }

    @Override
    public boolean isWallClockBased() {
      return true;
    }
  }
}
