package io.github.nylaswebhook.nylas;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.internal.Clocks;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limits of an API, for all calls and for those of each account (a grant, for Nylas). Waiting
 * holds no thread: a call that has to wait gets a slot, a time that is its own, and is thrown out
 * until then. Safe for use by many threads.
 */
public final class CallLimits {
  private static final Logger log = LoggerFactory.getLogger(CallLimits.class);

  private static final int MAX_SLOTS = 1_000_000;

  private static final Duration FORGET_SLOTS = Duration.ofDays(1);

  /** Inboxes look at least every second for what is due. */
  private static final Duration LATE = Duration.ofSeconds(1);

  /** How long a call waits at least whose grant has as many under way as it may. */
  private static final Duration BUSY = Duration.ofMillis(100);

  private final InstantSource clock;
  private final GrantLimiter limiter;
  private final RateLimit perGrant;
  private final int concurrentPerGrant;
  private final @Nullable RateLimit perApplication;
  private final String applicationKey;
  private final Cache<String, Crowd> grants;
  private final Cache<String, Slot> slots;

  /**
   * Limits of this process.
   *
   * @param perApplication of all accounts together; null for none
   * @param concurrentPerGrant how many calls for one account may be under way
   */
  public CallLimits(
      InstantSource clock,
      RateLimit perGrant,
      @Nullable RateLimit perApplication,
      int concurrentPerGrant) {
    this(
        clock,
        new InMemoryGrantLimiter(clock),
        perGrant,
        perApplication,
        "application",
        concurrentPerGrant);
  }

  /**
   * With a limiter that others may use, too.
   *
   * @param applicationKey under which the limiter knows the application
   */
  CallLimits(
      InstantSource clock,
      GrantLimiter limiter,
      RateLimit perGrant,
      @Nullable RateLimit perApplication,
      String applicationKey,
      int concurrentPerGrant) {
    this.clock = clock;
    this.limiter = limiter;
    this.perGrant = perGrant;
    this.perApplication = perApplication;
    this.applicationKey = applicationKey;
    this.concurrentPerGrant = concurrentPerGrant;
    this.grants =
        Caffeine.newBuilder()
            .maximumSize(InMemoryGrantLimiter.MAX_KEYS)
            .expireAfterAccess(InMemoryGrantLimiter.FORGET)
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
  public interface Permit {
    void release();
  }

  /**
   * Lets a call through, or throws with the time that was reserved for it.
   *
   * @param call the same for every try at the same call, so that its slot is found again
   * @throws RetryLaterException if it isn't its turn
   */
  public Permit acquire(String grant, String call) {
    Crowd crowd = grants.get(grant, g -> new Crowd());
    String key = key(grant);
    Slot slot = slots.getIfPresent(call);
    if (slot == null || isWorthless(slot, key)) {
      slot = new Slot(limiter.reserve(key, perGrant), false);
    }
    // The application is asked when the grant's turn has come: a turn that is reserved for a later
    // time would let others have it now.
    if (perApplication != null && !slot.grantPassed && !slot.when.isAfter(clock.instant())) {
      try {
        slot = new Slot(limiter.reserve(applicationKey, perApplication), true);
      } catch (RetryLaterException e) {
        slots.put(call, slot);
        throw e;
      }
    }
    // Only now: the limiter took its time, and a turn of this very moment isn't waited for.
    Instant now = clock.instant();
    if (slot.when.isAfter(now)) {
      slots.put(call, slot);
      throw new RetryLaterException("waiting for the rate limit" + of(grant), slot.when, false);
    }
    if (crowd.underWay.incrementAndGet() > concurrentPerGrant) {
      crowd.underWay.decrementAndGet();
      slots.put(call, slot);
      // The more were put off in this period, the longer: as if each call took that long.
      long ahead = crowd.putOff(now) / concurrentPerGrant;
      throw new RetryLaterException(
          "as many calls" + of(grant) + " as may be are under way",
          now.plus(BUSY.multipliedBy(1 + ahead)),
          false);
    }
    slots.invalidate(call);
    return crowd.underWay::decrementAndGet;
  }

  /**
   * Takes a turn for a call that can't wait for it, because it goes on with what another one has
   * begun: those that come later wait the longer.
   */
  public void charge(String grant) {
    Instant unused = limiter.reserve(key(grant), perGrant);
  }

  /**
   * Because a pause has begun since it was given, or it was missed for so long that others have it.
   */
  private boolean isWorthless(Slot slot, String key) {
    return slot.when.plus(perGrant.period()).plus(LATE).isBefore(clock.instant())
        || limiter.pausedUntil(key).map(slot.when::isBefore).orElse(false);
  }

  /** Nothing is asked for this grant until then. */
  public void pause(String grant, Instant until) {
    try {
      limiter.pause(key(grant), perGrant, until);
    } catch (RetryLaterException e) {
      // The call that was refused waits anyway, and the next one learns it from Nylas.
      log.debug("A pause couldn't be told to other nodes", e);
    }
  }

  private static String of(String grant) {
    return grant.isEmpty() ? "" : " of " + grant;
  }

  private static String key(String grant) {
    return "grant:" + grant;
  }

  /** The calls for one grant that this process makes, or would like to. */
  private static final class Crowd {
    private final AtomicInteger underWay = new AtomicInteger();
    private Instant putOffUntil = Instant.MIN;
    private long putOff;

    /** How many were put off since the last pause of that length ended. */
    synchronized long putOff(Instant now) {
      if (now.isAfter(putOffUntil)) {
        putOff = 0;
      }
      putOff++;
      putOffUntil = now.plus(BUSY);
      return putOff;
    }
  }
}
