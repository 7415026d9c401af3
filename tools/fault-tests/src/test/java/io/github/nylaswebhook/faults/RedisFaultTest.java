package io.github.nylaswebhook.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Redis, which holds the claims, stops; the inbox in its database goes on. */
class RedisFaultTest {
  /** What was claimed before may be routed so long after: half of its lease. */
  private static final Duration SURE = FaultDesk.LEASE.dividedBy(2);

  @Test
  void whileItIsStoppedAllIsAcceptedAndNothingRoutedAndThenArrivesOnce() throws Exception {
    String test = "redis-stopped";
    Path folder = Faults.folder(test);
    try (Redis redis = new Redis(folder);
        Witness witness = new Witness();
        Load load =
            new Load(Faults.random(test), Duration.ofSeconds(3), 200, witness::routedCount)
                .withoutTwins()) {
      Storage storage = Storage.sqlite(folder.resolve("desk.db"));
      try (WitnessedDesk desk = new WitnessedDesk(folder, storage, load, witness, redis.url())) {
        desk.start();
        desk.awaitListening();
        load.to(desk.url());
        awaitRouted(witness, 60);
        redis.stop();
        long stopped = System.nanoTime();
        Faults.pass(SURE);
        int begun = witness.begunCount();
        assertThat(load.postOnce().status()).as("a delivery meanwhile").isEqualTo(200);
        Faults.pass(Faults.outage().minusNanos(System.nanoTime() - stopped));
        assertThat(witness.begunCount()).as("routes begun without a claim").isEqualTo(begun);
        redis.startAgain();
        long started = System.nanoTime();
        awaitRouted(witness, witness.routedCount() + 1);
        long resumed = System.nanoTime();
        awaitRouted(witness, witness.routedCount() + 40);
        load.end();
        desk.awaitDrained();
        Faults.say(
            test,
            "%s; routed %d messages, %d of them twice; works again after %d ms"
                .formatted(
                    load,
                    witness.routedCount(),
                    witness.doubled(),
                    (resumed - started) / 1_000_000));
      }
      assertThat(load.answers().keySet()).as("answers").containsOnly(200);
      assertThat(witness.wrongs()).isEmpty();
    }
  }

  private static void awaitRouted(Witness witness, int enough) {
    await(enough + " messages to be routed")
        .atMost(Faults.PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(witness::routedCount, routed -> routed >= enough);
  }
}
