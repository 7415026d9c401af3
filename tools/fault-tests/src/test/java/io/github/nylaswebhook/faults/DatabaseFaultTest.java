package io.github.nylaswebhook.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** PostgreSQL stops, hangs or refuses to write, while the application lives on. */
class DatabaseFaultTest {
  /** What Nylas waits for an answer. */
  private static final Duration NYLAS_WAITS = Duration.ofSeconds(10);

  private interface Deed {
    void to(Postgres postgres) throws Exception;
  }

  @Test
  void whileItIsStoppedAllIsRefusedWith503AndArrivesLater() throws Exception {
    nothingIsLostOrDoubled(
        "database-stopped", Faults.outage(), Postgres::stop, Postgres::startAgain);
  }

  @Test
  void whileItHangsAllIsRefusedInTimeAndArrivesLater() throws Exception {
    // So long that whoever waited for it would be late.
    Duration outage =
        NYLAS_WAITS.compareTo(Faults.outage()) < 0 ? Faults.outage() : NYLAS_WAITS.plusSeconds(1);
    nothingIsLostOrDoubled("database-hanging", outage, Postgres::freeze, Postgres::thaw);
  }

  @Test
  void whileItIsReadOnlyAllIsRefusedWith503AndArrivesLater() throws Exception {
    nothingIsLostOrDoubled(
        "database-read-only",
        Faults.outage(),
        postgres -> writable(postgres, false),
        p -> writable(p, true));
  }

  private static void writable(Postgres postgres, boolean writable) throws Exception {
    // The test's own connection comes from another database, which isn't changed.
    postgres.execute(
        "postgres", "alter database desk set default_transaction_read_only = " + !writable);
    postgres.execute(
        "postgres",
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'desk'");
  }

  private static void nothingIsLostOrDoubled(
      String test, Duration outage, Deed breaking, Deed mending) throws Exception {
    Path folder = Faults.folder(test);
    // Nylas tries again for 10 to 20 minutes: longer than it lasts.
    Duration retry = outage.plusSeconds(3);
    try (Postgres postgres = Postgres.start(folder);
        Witness witness = new Witness();
        Load load =
            new Load(Faults.random(test), retry, 200, witness::routedCount).withoutTwins()) {
      Storage storage = new Storage(postgres.database("desk"));
      try (WitnessedDesk desk = new WitnessedDesk(folder, storage, load, witness, "")) {
        desk.start();
        desk.awaitListening();
        load.to(desk.url());
        awaitRouted(witness, load, 60);
        breaking.to(postgres);
        long end = System.nanoTime() + outage.toNanos();
        try {
          await("a delivery to be refused: " + load)
              .atMost(NYLAS_WAITS)
              .pollInterval(Duration.ofMillis(20))
              .until(() -> load.postOnce().status(), status -> status == 503);
          Faults.pass(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
        } finally {
          mending.to(postgres);
        }
        long mended = System.nanoTime();
        awaitRouted(witness, load, witness.routedCount() + 30);
        long resumed = System.nanoTime();
        load.end();
        desk.awaitDrained();
        Faults.say(
            test,
            "%s; routed %d messages, %d of them twice; works again after %d ms"
                .formatted(
                    load,
                    witness.routedCount(),
                    witness.doubled(),
                    (resumed - mended) / 1_000_000));
      }
      assertThat(load.answers().keySet()).as("answers").containsOnly(200, 503);
      assertThat(load.slowest()).as("the slowest answer").isLessThan(NYLAS_WAITS);
      assertThat(load.lostDeliveries()).as("notifications that Nylas gave up").isZero();
      assertThat(witness.wrongs()).isEmpty();
    }
  }

  private static void awaitRouted(Witness witness, Load load, int enough) {
    await(enough + " messages to be routed: " + load)
        .atMost(Faults.PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(witness::routedCount, routed -> routed >= enough);
  }
}
