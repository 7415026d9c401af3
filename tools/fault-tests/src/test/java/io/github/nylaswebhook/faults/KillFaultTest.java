package io.github.nylaswebhook.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** SIGKILL at any moment, under load. */
class KillFaultTest {
  private static final Duration RETRY = Duration.ofSeconds(2);

  @Test
  void onTheEmbeddedDatabaseNothingIsLostAndNothingDoubledButWhatWasBeingRouted() throws Exception {
    Path folder = Faults.folder("kill-sqlite");
    nothingIsLostOrDoubled("kill-sqlite", folder, Storage.sqlite(folder.resolve("desk.db")));
  }

  @Test
  void onPostgresNothingIsLostAndNothingDoubledButWhatWasBeingRouted() throws Exception {
    Path folder = Faults.folder("kill-postgres");
    try (Postgres postgres = Postgres.start(folder)) {
      nothingIsLostOrDoubled("kill-postgres", folder, new Storage(postgres.database("desk")));
    }
  }

  private static void nothingIsLostOrDoubled(String test, Path folder, Storage storage)
      throws Exception {
    Random random = Faults.random(test);
    try (Witness witness = new Witness();
        Load load = new Load(random, RETRY, 200, witness::routedCount);
        WitnessedDesk desk = new WitnessedDesk(folder, storage, load, witness, "")) {
      desk.start();
      desk.awaitListening();
      load.to(desk.url());
      for (int round = 1; round <= Faults.rounds(); round++) {
        // Some die while they start.
        if (round > 1 && random.nextInt(5) == 0) {
          Faults.anyMoment(random, 2000);
        } else {
          desk.awaitListening();
          int enough = load.acceptedDeliveries() + 20 + random.nextInt(100);
          await("deliveries to be accepted in round " + round + ": " + load)
              .atMost(Faults.PATIENCE)
              .pollInterval(Duration.ofMillis(10))
              .until(load::acceptedDeliveries, accepted -> accepted >= enough);
        }
        desk.kill();
        desk.start();
      }
      desk.awaitListening();
      load.end();
      long end = System.nanoTime();
      desk.awaitDrained();
      Faults.say(
          test,
          "%d rounds; %s; routed %d messages, %d of them twice; drained %d ms after the load's end"
              .formatted(
                  Faults.rounds(),
                  load,
                  witness.routedCount(),
                  witness.doubled(),
                  (System.nanoTime() - end) / 1_000_000));
      assertThat(witness.wrongs()).isEmpty();
      assertThat(load.answers().keySet()).isSubsetOf(0, 200, 503);
    }
  }
}
