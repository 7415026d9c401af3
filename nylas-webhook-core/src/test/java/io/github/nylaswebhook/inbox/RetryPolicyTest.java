package io.github.nylaswebhook.inbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class RetryPolicyTest {
  private static final Instant SINCE = Instant.parse("2026-11-22T10:00:00Z");

  @Property
  void aPauseIsBetweenHalfAndTheWholeOfTheDoubledOne(
      @ForAll @IntRange(max = 100_000) int initial,
      @ForAll @IntRange(max = 10_000_000) int more,
      @ForAll int failures) {
    RetryPolicy policy =
        new RetryPolicy(
            Duration.ofMillis(1 + initial),
            Duration.ofMillis(1L + initial + more),
            1,
            RetryPolicy.MAX_WAITING);
    Duration pause = policy.backoff(failures);
    double whole = policy.initial().toMillis();
    for (int i = 1; i < failures && whole < policy.max().toMillis(); i++) {
      whole *= 2;
    }
    whole = Math.min(whole, (double) policy.max().toMillis());
    assertThat((double) pause.toMillis()).isBetween(Math.floor(whole / 2), whole);
  }

  @Example
  void pausesOfTheSameLengthAreSpread() {
    assertThat(java.util.stream.Stream.generate(() -> RetryPolicy.DEFAULT.backoff(9)).limit(50))
        .doesNotHaveDuplicates()
        .hasSizeGreaterThan(40);
  }

  @Example
  void theDefaultsAreThoseOfTheDesign() {
    assertThat(RetryPolicy.DEFAULT)
        .isEqualTo(
            new RetryPolicy(Duration.ofSeconds(1), Duration.ofMinutes(5), 12, Duration.ofDays(7)));
  }

  @Example
  void aCountedFailureIsTheLastOneAtTheBound() {
    Outcome.RetryAt failed = new Outcome.RetryAt(SINCE.plusSeconds(1), true, "broken");
    assertThat(RetryPolicy.DEFAULT.settle(failed, 11, SINCE)).isEqualTo(failed);
    assertThat(RetryPolicy.DEFAULT.settle(failed, 12, SINCE))
        .isInstanceOfSatisfying(
            Outcome.Dead.class, dead -> assertThat(dead.why()).contains("12", "broken"));
  }

  @Example
  void waitingIsBoundedByTimeAndNotByAttempts() {
    Outcome.RetryAt within =
        new Outcome.RetryAt(SINCE.plus(RetryPolicy.MAX_WAITING), false, "an outage");
    assertThat(RetryPolicy.DEFAULT.settle(within, 1_000_000, SINCE)).isEqualTo(within);
    Outcome.RetryAt past =
        new Outcome.RetryAt(SINCE.plus(RetryPolicy.MAX_WAITING).plusMillis(1), false, "an outage");
    assertThat(RetryPolicy.DEFAULT.settle(past, 1, SINCE))
        .isInstanceOfSatisfying(
            Outcome.Dead.class, dead -> assertThat(dead.why()).contains("168 h", "an outage"));
  }

  @Example
  void anEndStaysAnEnd() {
    Outcome done = new Outcome.Done(Disposition.ROUTED, List.of());
    assertThat(RetryPolicy.DEFAULT.settle(done, 99, Instant.EPOCH)).isSameAs(done);
    Outcome dead = new Outcome.Dead("why");
    assertThat(RetryPolicy.DEFAULT.settle(dead, 1, SINCE)).isSameAs(dead);
  }

  @Example
  void aPolicyThatMakesNoSenseIsRefused() {
    Duration second = Duration.ofSeconds(1);
    for (Runnable wrong :
        List.<Runnable>of(
            () -> new RetryPolicy(Duration.ZERO, second, 1, second),
            () -> new RetryPolicy(second.negated(), second, 1, second),
            () -> new RetryPolicy(second, Duration.ofMillis(1), 1, second),
            () -> new RetryPolicy(second, second, 0, second))) {
      assertThatThrownBy(wrong::run).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
