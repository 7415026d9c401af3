package io.github.nylaswebhook.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.test.DeliveryReport;
import io.github.nylaswebhook.test.Fault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The embedded database can't grow: the kernel refuses longer files, as a full disk would. */
class DiskFaultTest {
  /** SQLite's own library, which is unpacked, needs most of it. */
  private static final int ROOM_KILOBYTES = 1500;

  private static final int MAIL_BYTES = 100_000;
  private static final Duration IDLE = Duration.ofSeconds(3);

  @Test
  void whatHasNoRoomIsRefusedQuietlyAndARestartWithRoomGoesOn() throws Exception {
    String test = "disk-full";
    Path folder = Faults.folder(test);
    try (Witness witness = new Witness();
        Load load =
            new Load(Faults.random(test), Duration.ofSeconds(1), MAIL_BYTES, witness::routedCount)
                .withoutTwins();
        WitnessedDesk desk =
            new WitnessedDesk(
                folder, Storage.sqlite(folder.resolve("desk.db")), load, witness, "")) {
      desk.start(ROOM_KILOBYTES);
      desk.awaitListening();
      // What waits keeps its body, so that there is no end to what is needed.
      load.nylas().failAlways(Fault.status(503, "service_unavailable"));
      load.to(desk.url());
      await("the room to be used up: " + load)
          .atMost(Faults.PATIENCE)
          .pollInterval(Duration.ofMillis(50))
          .until(() -> load.answered(503), refused -> refused > 0);
      load.end();
      DeliveryReport.Attempt refused = load.postOnce();
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.retryAfterSeconds()).as("Retry-After").isPositive();

      int linesBefore = desk.child().lines().size();
      Duration cpuBefore = desk.child().cpuTime();
      Faults.pass(IDLE);
      Duration cpu = desk.child().cpuTime().minus(cpuBefore);
      List<String> lines = desk.child().lines();
      long complaints =
          lines.stream().filter(line -> line.contains("The inbox's database fails")).count();
      Faults.say(
          test,
          "%s; %d lines say that it fails; idle, %d ms of CPU and %d lines in %d s"
              .formatted(
                  load, complaints, cpu.toMillis(), lines.size() - linesBefore, IDLE.toSeconds()));
      assertThat(complaints).as("lines that say what is wrong").isEqualTo(1);
      assertThat(lines.size() - linesBefore).as("lines while nothing happens").isLessThan(10);
      assertThat(cpu).as("CPU time while nothing happens").isLessThan(IDLE.dividedBy(4));

      load.nylas().recover();
      desk.kill();
      desk.start();
      desk.awaitListening();
      await("a delivery to be accepted again: " + load)
          .atMost(Faults.PATIENCE)
          .until(() -> load.postOnce().status(), status -> status == 200);
      desk.awaitDrained();
      Faults.say(
          test,
          "routed %d messages, %d of them twice"
              .formatted(witness.routedCount(), witness.doubled()));
      assertThat(load.answers().keySet()).as("answers").isSubsetOf(0, 200, 503);
      assertThat(witness.wrongs()).isEmpty();
    }
  }
}
