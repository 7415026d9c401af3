package io.github.nylaswebhook.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SettableClockTest {
  private final SettableClock clock = new SettableClock(Instant.EPOCH);

  @Test
  void standsStillUntilItIsMoved() {
    assertThat(clock.instant()).isEqualTo(Instant.EPOCH);
    assertThat(clock.advance(Duration.ofSeconds(5))).isEqualTo(Instant.ofEpochSecond(5));
    assertThat(clock.instant()).isEqualTo(Instant.ofEpochSecond(5));
    clock.set(Instant.ofEpochSecond(2));
    assertThat(clock.instant()).isEqualTo(Instant.ofEpochSecond(2));
  }

  @Test
  void losesNoStepThatSeveralThreadsMake() {
    IntStream.range(0, 20_000).parallel().forEach(i -> clock.advance(Duration.ofMillis(1)));

    assertThat(clock.instant()).isEqualTo(Instant.ofEpochSecond(20));
  }
}
