package io.github.nylaswebhook.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
  private static final Duration LONGEST = Duration.ofHours(6);

  @ParameterizedTest
  @CsvSource({
    "0, 2026-11-22T10:00:00Z",
    "1, 2026-11-22T10:00:01Z",
    "120, 2026-11-22T10:02:00Z",
    "' 120 ', 2026-11-22T10:02:00Z",
    "007, 2026-11-22T10:00:07Z",
    "'Sun, 22 Nov 2026 10:05:00 GMT', 2026-11-22T10:05:00Z",
    "'Sun, 22 Nov 2026 11:05:00 +0100', 2026-11-22T10:05:00Z",
  })
  void isSecondsOrADate(String value, Instant then) {
    assertThat(RetryAfter.parse(value, NOW, LONGEST)).isEqualTo(then);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 22 Nov 2026 09:59:59 GMT"})
  void isNowWhereItHasPassed(String value) {
    assertThat(RetryAfter.parse(value, NOW, LONGEST)).isEqualTo(NOW);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "21601",
        "999999999",
        "9999999999",
        "99999999999999999999999999999999999999",
        "Thu, 01 Jan 2099 00:00:00 GMT"
      })
  void isBoundedWhereItIsAMistake(String value) {
    assertThat(RetryAfter.parse(value, NOW, LONGEST)).isEqualTo(NOW.plus(LONGEST));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "-1", "+5", "1.5", "soon", "5s", "0x10", "٣", "2026-11-22T10:05:00Z"})
  void isNothingWhereItIsNeither(String value) {
    assertThat(RetryAfter.parse(value, NOW, LONGEST)).isNull();
  }

  @Test
  void isNothingWhereItIsMissing() {
    assertThat(RetryAfter.parse(null, NOW, LONGEST)).isNull();
  }
}
