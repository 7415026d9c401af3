package io.github.nylaswebhook.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;

/** A {@link FaultDesk} on a port that stays its own, through all its lives. */
final class WitnessedDesk implements AutoCloseable {
  private final Path folder;
  private final Storage storage;
  private final Load load;
  private final Witness witness;
  private final String redis;
  private final int port = Faults.freePort();
  private Child child;
  private int lives;

  WitnessedDesk(Path folder, Storage storage, Load load, Witness witness, String redis) {
    this.folder = folder;
    this.storage = storage;
    this.load = load;
    this.witness = witness;
    this.redis = redis;
  }

  String url() {
    return "http://localhost:" + port + "/webhooks/nylas";
  }

  Child child() {
    return child;
  }

  /** Doesn't wait until it listens. */
  void start() throws IOException {
    start(0);
  }

  /** The same, with files that can't become longer than that; 0 for as long as they may. */
  void start(int longestFileKilobytes) throws IOException {
    Child.Command command =
        storage
            .tell(Child.command(FaultDesk.class.getName()))
            .longestFile(longestFileKilobytes)
            .property(FaultDesk.PORT, port)
            .property(FaultDesk.WITNESS, witness.port())
            .property(FaultDesk.NYLAS_URL, load.nylas().url())
            .property(FaultDesk.NYLAS_KEY, load.nylas().apiKey())
            .property(FaultDesk.NYLAS_SECRET, load.nylas().webhookSecret());
    if (!redis.isEmpty()) {
      command.property(FaultDesk.REDIS, redis);
    }
    lives++;
    child = command.start(folder, "desk-" + port + "-" + lives);
  }

  void awaitListening() {
    child.awaitLine("Listening on ");
  }

  void kill() {
    child.kill();
    witness.killed(child.pid());
  }

  /** Waits until all that was accepted is routed, and nothing is left to do. */
  void awaitDrained() throws Exception {
    await("every accepted message to be routed")
        .atMost(Faults.PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(
            () -> {
              Set<String> missing = new TreeSet<>(load.accepted());
              missing.removeAll(witness.routed());
              assertThat(missing).as("accepted, and not routed").isEmpty();
            });
    await("deliveries that wait or are worked on to be done")
        .atMost(Faults.PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> storage.count("WAITING"), left -> left == 0);
    assertThat(storage.count("DEAD")).as("dead letters").isZero();
  }

  @Override
  public void close() {
    if (child != null) {
      child.close();
    }
  }
}
