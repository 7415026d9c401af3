package io.github.nylaswebhook.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.notification.Notification;
import io.github.nylaswebhook.notification.TriggerType;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GrantHistoryTest {
  private static final Instant FIRST = Instant.parse("2026-11-22T10:00:00Z");

  private final GrantHistory history = new GrantHistory();

  private Instant seen(String grant, Instant time) {
    Notification sign =
        new Notification(
            "n",
            TriggerType.GRANT_UPDATED,
            Set.of(),
            "",
            time,
            0,
            "app",
            grant,
            Map.of(),
            Map.of());
    return history.seen(sign, time);
  }

  @Test
  void theEarliestSignCountsInWhateverOrderTheyCome() {
    assertThat(seen("g", FIRST.plusSeconds(5))).isEqualTo(FIRST.plusSeconds(5));
    assertThat(seen("g", FIRST)).isEqualTo(FIRST);
    assertThat(seen("g", FIRST.plusSeconds(9))).isEqualTo(FIRST);
  }

  @Test
  void ofManyGrantsItKnowsABoundedNumber() {
    int grants = 150_000;
    for (int i = 0; i < grants; i++) {
      seen("g" + i, FIRST);
    }
    // Eviction is done by and by, by other threads. What was forgotten is known from later on.
    await()
        .untilAsserted(
            () -> {
              int known = 0;
              for (int i = 0; i < grants; i++) {
                known += seen("g" + i, FIRST.plusSeconds(1)).equals(FIRST) ? 1 : 0;
              }
              assertThat(known).isLessThanOrEqualTo(110_000);
            });
  }
}
