package io.github.nylaswebhook.nylas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.test.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class CallLimitsTest {
  private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");

  private final SettableClock clock = new SettableClock(START);

  /** A call that comes at a time, and comes again whenever it is told to. */
  private static final class Call {
    private final String grant;
    private final String id;
    private Instant due;
    private int tries;

    Call(String grant, int number, Instant due) {
      this.grant = grant;
      this.id = grant + "/" + number;
      this.due = due;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "200, PT1S, 5000",
    "600, PT1M, 3000",
    "10000, PT10M, 30000",
    "1, PT1S, 100",
    "2, PT1S, 100",
    "7, PT0.25S, 1000"
  })
  void noPeriodSeesMoreThanTheLimitOfAnAvalanche(int calls, Duration period, int number) {
    RateLimit limit = new RateLimit(calls, period);
    List<Call> avalanche = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      avalanche.add(new Call("g", i, START));
    }

    List<Instant> times = run(limits(limit), avalanche);

    assertThat(times).hasSize(number);
    assertWithin(limit, times);
    assertThat(avalanche).allSatisfy(call -> assertThat(call.tries).isLessThanOrEqualTo(2));
  }

  @Test
  void noPeriodSeesMoreThanTheLimitOfBurstsAndLulls() {
    RateLimit limit = new RateLimit(200, Duration.ofSeconds(1));
    Random random = new Random(42);
    List<Call> stream = new ArrayList<>();
    Instant at = START;
    for (int i = 0; i < 10_000; i++) {
      // Some hundreds at once, then nothing for up to three seconds, and thinly in between.
      at =
          i % 400 == 0
              ? at.plusMillis(random.nextInt(3000))
              : at.plusNanos(random.nextInt(i % 800 < 400 ? 1_000 : 12_000_000));
      stream.add(new Call("g", i, at));
    }

    List<Instant> times = run(limits(limit), stream);

    assertThat(times).hasSize(10_000);
    assertWithin(limit, times);
    assertThat(stream).allSatisfy(call -> assertThat(call.tries).isLessThanOrEqualTo(2));
  }

  @Test
  void usesMostOfTheLimit() {
    RateLimit limit = new RateLimit(200, Duration.ofSeconds(1));
    List<Call> avalanche = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      avalanche.add(new Call("g", i, START));
    }

    List<Instant> times = run(limits(limit), avalanche);

    assertThat(Duration.between(START, times.get(times.size() - 1)))
        .isLessThan(Duration.ofMillis(11_200));
  }

  @Test
  void eachWaitingCallHasASlotOfItsOwn() {
    CallLimits limits = limits(RateLimit.NYLAS_PER_GRANT);
    Set<Instant> slots = new HashSet<>();
    int waiting = 0;
    for (int i = 0; i < 1000; i++) {
      Instant slot = slot(limits, "g", "call-" + i);
      if (slot.isAfter(START)) {
        waiting++;
        slots.add(slot);
      }
    }
    assertThat(waiting).isGreaterThan(900);
    assertThat(slots).hasSize(waiting);
  }

  @Test
  void threadsThatAskAtOnceGetSlotsOfTheirOwn() throws Exception {
    CallLimits limits = limits(RateLimit.NYLAS_PER_GRANT);
    Set<Instant> slots = ConcurrentHashMap.newKeySet();
    AtomicInteger passed = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(16);
    List<Future<?>> asked = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      String call = "call-" + i;
      asked.add(
          threads.submit(
              () -> {
                Instant slot = slot(limits, "g", call);
                if (slot.isAfter(START)) {
                  slots.add(slot);
                } else {
                  passed.incrementAndGet();
                }
              }));
    }
    for (Future<?> future : asked) {
      future.get();
    }
    threads.shutdown();

    assertThat(passed).hasValue(20);
    assertThat(slots).hasSize(1980);
  }

  @Test
  void aCallThatAsksAgainFindsItsSlotAndTakesNoOther() {
    CallLimits limits = limits(new RateLimit(10, Duration.ofSeconds(9)));
    assertThat(slot(limits, "g", "first")).isEqualTo(START);
    Instant slot = slot(limits, "g", "second");
    for (int i = 0; i < 50; i++) {
      assertThat(slot(limits, "g", "second")).isEqualTo(slot);
    }

    assertThat(slot(limits, "g", "third")).isEqualTo(slot.plusSeconds(1));
    clock.set(slot);
    assertThat(slot(limits, "g", "second")).isEqualTo(slot);
  }

  @Test
  void aCallThatWentThroughStartsAnew() {
    CallLimits limits = limits(new RateLimit(10, Duration.ofSeconds(9)));
    slot(limits, "g", "other");
    Instant slot = slot(limits, "g", "call");
    clock.set(slot);
    limits.acquire("g", "call").release();

    assertThat(slot(limits, "g", "call")).isAfter(slot);
  }

  @Test
  void grantsDoNotWaitForEachOther() {
    CallLimits limits = limits(new RateLimit(1, Duration.ofHours(1)));
    for (int i = 0; i < 100; i++) {
      assertThat(slot(limits, "grant-" + i, "grant-" + i + "/call")).isEqualTo(START);
    }
  }

  @Test
  void waitingDoesNotCountAsAnAttempt() {
    CallLimits limits = limits(new RateLimit(1, Duration.ofHours(1)));
    limits.acquire("g", "first");

    RetryLaterException wait =
        catchThrowableOfType(RetryLaterException.class, () -> limits.acquire("g", "second"));

    assertThat(wait.countsAsAttempt()).isFalse();
  }

  @Test
  void aPauseHoldsItsGrantOnly() {
    CallLimits limits = limits(RateLimit.NYLAS_PER_GRANT);
    limits.pause("paused", START.plusSeconds(20));

    assertThat(slot(limits, "paused", "paused/1")).isAfterOrEqualTo(START.plusSeconds(20));
    assertThat(slot(limits, "other", "other/1")).isEqualTo(START);
  }

  @Test
  void callsComeInTurnAfterAPauseNotInABurst() {
    RateLimit limit = new RateLimit(200, Duration.ofSeconds(1));
    CallLimits limits = limits(limit);
    Instant until = START.plusSeconds(20);
    limits.pause("g", until);
    List<Call> waiting = new ArrayList<>();
    Random random = new Random(7);
    for (int i = 0; i < 1000; i++) {
      waiting.add(new Call("g", i, START.plusMillis(random.nextInt(22_000))));
    }

    List<Instant> times = run(limits, waiting);

    assertThat(times).allSatisfy(time -> assertThat(time).isAfterOrEqualTo(until));
    // 180 a second, so hardly more than 18 in the first tenth of one.
    assertThat(times.stream().filter(time -> time.isBefore(until.plusMillis(100))))
        .hasSizeLessThanOrEqualTo(20);
    assertWithin(limit, times);
    assertThat(waiting).allSatisfy(call -> assertThat(call.tries).isLessThanOrEqualTo(2));
  }

  @Test
  void aSlotFromBeforeAPauseIsVoid() {
    CallLimits limits = limits(new RateLimit(10, Duration.ofSeconds(9)));
    slot(limits, "g", "first");
    Instant slot = slot(limits, "g", "second");
    Instant until = START.plusSeconds(30);
    limits.pause("g", until);
    clock.set(slot);

    assertThat(slot(limits, "g", "second")).isAfterOrEqualTo(until);
  }

  @Test
  void manyRefusalsAtOnceMakeOnePause() {
    CallLimits limits = limits(new RateLimit(10, Duration.ofSeconds(9)));
    Instant until = START.plusSeconds(30);
    for (int i = 0; i < 100; i++) {
      limits.pause("g", until);
    }

    assertThat(slot(limits, "g", "call")).isBefore(until.plusSeconds(5));
  }

  @Test
  void aShorterPauseDoesNotEndALongerOne() {
    CallLimits limits = limits(RateLimit.NYLAS_PER_GRANT);
    limits.pause("g", START.plusSeconds(30));
    limits.pause("g", START.plusSeconds(1));

    assertThat(slot(limits, "g", "call")).isAfterOrEqualTo(START.plusSeconds(30));
  }

  @Test
  void aPauseIsKeptHoweverQuietItsGrantIs() {
    CallLimits limits = limits(RateLimit.NYLAS_PER_GRANT);
    Instant until = START.plus(NylasClient.MAX_RETRY_AFTER);
    limits.pause("g", until);
    clock.set(until.minusSeconds(1));

    assertThat(slot(limits, "g", "call")).isAfterOrEqualTo(until);
  }

  @Test
  void asManyCallsAreUnderWayAsMayBe() {
    CallLimits limits = new CallLimits(clock, RateLimit.NYLAS_PER_GRANT, null, 4);
    List<CallLimits.Permit> permits = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      permits.add(limits.acquire("g", "call-" + i));
    }
    RetryLaterException busy =
        catchThrowableOfType(RetryLaterException.class, () -> limits.acquire("g", "fifth"));
    assertThat(busy.when()).isAfter(START).isBefore(START.plusSeconds(2));
    assertThat(busy.countsAsAttempt()).isFalse();
    assertThatNoException().isThrownBy(() -> limits.acquire("other", "call"));

    permits.get(0).release();
    assertThatNoException().isThrownBy(() -> limits.acquire("g", "fifth"));
    assertThatThrownBy(() -> limits.acquire("g", "sixth")).isInstanceOf(RetryLaterException.class);
  }

  @Test
  void waitingForOthersToEndUsesNoMoreOfTheLimit() {
    CallLimits limits = new CallLimits(clock, RateLimit.NYLAS_PER_GRANT, null, 1);
    CallLimits.Permit first = limits.acquire("g", "first");
    for (int i = 0; i < 100; i++) {
      assertThatThrownBy(() -> limits.acquire("g", "second"))
          .isInstanceOf(RetryLaterException.class);
    }
    first.release();

    limits.acquire("g", "second").release();
    // 20 go at once: two of them are used up.
    for (int i = 0; i < 18; i++) {
      limits.acquire("g", "more-" + i).release();
    }
    assertThatThrownBy(() -> limits.acquire("g", "last")).isInstanceOf(RetryLaterException.class);
  }

  @Test
  void noPeriodSeesMoreThanTheLimitOfTheApplication() {
    RateLimit application = new RateLimit(100, Duration.ofSeconds(1));
    CallLimits limits =
        new CallLimits(clock, RateLimit.NYLAS_PER_GRANT, application, Integer.MAX_VALUE);
    List<Call> calls = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      calls.add(new Call("grant-" + i % 300, i, START.plusMillis(i)));
    }

    List<Instant> times = run(limits, calls);

    assertThat(times).hasSize(3000);
    assertWithin(application, times);
  }

  /** One that can be out of reach, for some of the keys. */
  private static final class Remote implements GrantLimiter {
    private final GrantLimiter limiter;
    private final Set<String> away = new HashSet<>();
    private int reserved;

    Remote(SettableClock clock) {
      this.limiter = new InMemoryGrantLimiter(clock);
    }

    private void ask(String key) {
      if (away.stream().anyMatch(key::startsWith)) {
        throw new RetryLaterException("out of reach", START.plusSeconds(3), false);
      }
    }

    @Override
    public Instant reserve(String key, RateLimit limit) {
      ask(key);
      reserved++;
      return limiter.reserve(key, limit);
    }

    @Override
    public void pause(String key, RateLimit limit, Instant until) {
      ask(key);
      limiter.pause(key, limit, until);
    }

    @Override
    public Optional<Instant> pausedUntil(String key) {
      ask(key);
      return limiter.pausedUntil(key);
    }
  }

  @Test
  void aCallIsNotMadeWhileItsLimiterIsOutOfReach() {
    Remote remote = new Remote(clock);
    CallLimits limits =
        new CallLimits(clock, remote, RateLimit.NYLAS_PER_GRANT, null, "a", Integer.MAX_VALUE);
    remote.away.add("grant:");

    assertThat(slot(limits, "g", "call")).isEqualTo(START.plusSeconds(3));
    assertThatNoException().isThrownBy(() -> limits.pause("g", START.plusSeconds(9)));
    remote.away.clear();
    assertThat(slot(limits, "g", "call")).isEqualTo(START);
  }

  @Test
  void theGrantsTurnIsKeptWhileTheApplicationsIsOutOfReach() {
    Remote remote = new Remote(clock);
    CallLimits limits =
        new CallLimits(
            clock,
            remote,
            RateLimit.NYLAS_PER_GRANT,
            RateLimit.GOOGLE_PER_APPLICATION,
            "application",
            Integer.MAX_VALUE);
    remote.away.add("application");

    for (int i = 0; i < 5; i++) {
      assertThat(slot(limits, "g", "call")).isEqualTo(START.plusSeconds(3));
    }
    remote.away.clear();
    assertThat(slot(limits, "g", "call")).isEqualTo(START);
    assertThat(remote.reserved).isEqualTo(2);
  }

  @Test
  void ofManyGrantsItKnowsABoundedNumber() {
    CallLimits limits =
        new CallLimits(clock, new RateLimit(1, Duration.ofHours(1)), null, Integer.MAX_VALUE);
    int grants = 120_000;
    int forgotten = 0;
    for (int i = 0; i < grants; i++) {
      limits.acquire("g" + i, "first/" + i).release();
    }
    for (int i = 0; i < grants; i++) {
      try {
        limits.acquire("g" + i, "second/" + i).release();
        forgotten++;
      } catch (RetryLaterException e) {
        // Its hour isn't over, and it is still known that it had its call.
        assertThat(e.countsAsAttempt()).isFalse();
      }
    }
    assertThat(forgotten).isGreaterThanOrEqualTo(20_000);
  }

  @Test
  void aLimitNeedsCallsAndTime() {
    assertThatThrownBy(() -> new RateLimit(0, Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new RateLimit(1, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new RateLimit(1, Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private CallLimits limits(RateLimit perGrant) {
    return new CallLimits(clock, perGrant, null, Integer.MAX_VALUE);
  }

  /** When the call may be made: now, if it went through. */
  private Instant slot(CallLimits limits, String grant, String call) {
    try {
      limits.acquire(grant, call).release();
      return clock.instant();
    } catch (RetryLaterException e) {
      return e.when();
    }
  }

  /** Makes the calls, each at the time that it was told, and says when they went through. */
  private List<Instant> run(CallLimits limits, List<Call> calls) {
    PriorityQueue<Call> queue = new PriorityQueue<>(Comparator.comparing((Call call) -> call.due));
    queue.addAll(calls);
    List<Instant> times = new ArrayList<>();
    while (!queue.isEmpty()) {
      Call call = queue.remove();
      if (call.due.isAfter(clock.instant())) {
        clock.set(call.due);
      }
      call.tries++;
      try {
        limits.acquire(call.grant, call.id).release();
        times.add(clock.instant());
      } catch (RetryLaterException e) {
        assertThat(e.when()).isAfter(clock.instant());
        call.due = e.when();
        queue.add(call);
      }
    }
    Collections.sort(times);
    return times;
  }

  private static void assertWithin(RateLimit limit, List<Instant> times) {
    for (int i = 0; i + limit.calls() < times.size(); i++) {
      assertThat(Duration.between(times.get(i), times.get(i + limit.calls())))
          .as("%d calls from %s on", limit.calls() + 1, times.get(i))
          .isGreaterThanOrEqualTo(limit.period());
    }
  }
}
