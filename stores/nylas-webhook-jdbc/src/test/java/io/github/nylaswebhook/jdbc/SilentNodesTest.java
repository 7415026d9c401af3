package io.github.nylaswebhook.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SilentNodesTest {
  private static final Duration BEAT = Duration.ofSeconds(15);

  private final AtomicLong nanos = new AtomicLong();
  private final SilentNodes nodes = new SilentNodes(BEAT, nanos::get);

  private void pass(Duration duration) {
    nanos.addAndGet(duration.toNanos());
  }

  @Test
  void whoHasJustStartedBelievesTheFirstSearch() {
    assertThat(nodes.mayLive()).isFalse();
  }

  @Test
  void afterAnOutageTheThirdSearchIsTheFirstThatIsBelieved() {
    nodes.outageBegan();
    assertThat(nodes.mayLive()).isTrue();
    nodes.searched();
    pass(BEAT.multipliedBy(2));
    assertThat(nodes.mayLive()).isTrue();
    nodes.searched();
    pass(BEAT.multipliedBy(2));
    assertThat(nodes.mayLive()).isFalse();
  }

  @Test
  void whoCameLateItselfKnowsNothingOfOthers() {
    nodes.searched();
    // The database hung, say, and nothing failed.
    pass(BEAT.multipliedBy(4));
    assertThat(nodes.mayLive()).isTrue();
    nodes.searched();
    for (int i = 0; i < 2; i++) {
      pass(BEAT.multipliedBy(2));
      assertThat(nodes.mayLive()).isTrue();
      nodes.searched();
    }
    pass(BEAT.multipliedBy(2));
    assertThat(nodes.mayLive()).isFalse();
  }

  @Test
  void theLivingHaveTheTimeToSaySo() {
    // They look whether the outage is over, beat once more, and are heard before the third search.
    Duration heard = SilentNodes.mostPause(BEAT).plus(BEAT);
    assertThat(heard).isLessThan(BEAT.multipliedBy(4));
  }
}
