package io.github.nylaswebhook.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Two nodes on one database, each of which accepts and processes. */
class NodesFaultTest {
  private static final Duration RETRY = Duration.ofSeconds(2);

  @Test
  void noTwoRouteTheSameThoughOneDiesNowAndThen() throws Exception {
    String test = "nodes";
    Path folder = Faults.folder(test);
    Random random = Faults.random(test);
    try (Postgres postgres = Postgres.start(folder);
        Witness witness = new Witness();
        Load load = new Load(random, RETRY, 200, witness::routedCount)) {
      Storage storage = new Storage(postgres.database("desk"));
      try (WitnessedDesk one = new WitnessedDesk(folder, storage, load, witness, "");
          WitnessedDesk other = new WitnessedDesk(folder, storage, load, witness, "")) {
        List<WitnessedDesk> nodes = List.of(one, other);
        for (WitnessedDesk node : nodes) {
          node.start();
        }
        for (WitnessedDesk node : nodes) {
          node.awaitListening();
          load.to(node.url());
        }
        for (int round = 1; round <= Faults.rounds(); round++) {
          int enough = witness.routedCount() + 30 + random.nextInt(60);
          await("messages to be routed in round " + round + ": " + load)
              .atMost(Faults.PATIENCE)
              .pollInterval(Duration.ofMillis(10))
              .until(witness::routedCount, routed -> routed >= enough);
          WitnessedDesk node = nodes.get(random.nextInt(2));
          node.kill();
          Faults.anyMoment(random, 1000);
          node.start();
          node.awaitListening();
        }
        load.end();
        one.awaitDrained();
      }
      Faults.say(
          test,
          "%d rounds; %s; routed %d messages by %d processes, %d of them twice"
              .formatted(
                  Faults.rounds(),
                  load,
                  witness.routedCount(),
                  witness.processes(),
                  witness.doubled()));
      assertThat(witness.wrongs()).isEmpty();
      assertThat(witness.processes()).as("processes that routed").isGreaterThan(1);
      assertThat(load.answers().keySet()).isSubsetOf(0, 200, 503);
    }
  }
}
