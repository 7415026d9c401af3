package io.github.nylaswebhook.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** How much is done, where it leaves its traces, and by which numbers it is drawn. */
final class Faults {
  /** What a slow machine needs, and a stuck one doesn't get. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Path TRACES = Path.of("target", "faults");
  private static final AtomicInteger NUMBER = new AtomicInteger();

  /** Linux' own begin at 32768, others' at 49152. */
  private static final int FIRST_PORT = 15_000;

  private static final int LAST_PORT = 29_999;

  /** Builds that run beside each other begin elsewhere. */
  private static final AtomicInteger PORT = new AtomicInteger(new Random().nextInt(LAST_PORT));

  private Faults() {}

  static int rounds() {
    return Integer.getInteger("nylas.faults.rounds", 3);
  }

  /** Whether there is time for what takes minutes. */
  static boolean isLong() {
    return rounds() >= 20;
  }

  static Duration outage() {
    return Duration.parse(System.getProperty("nylas.faults.outage", "PT5S"));
  }

  /** Of the run's seed, which is printed: with it, the same is drawn. */
  static Random random(String test) {
    String given = System.getProperty("nylas.faults.seed", "");
    long seed = given.isEmpty() ? System.nanoTime() : Long.parseLong(given);
    say(test, "seed " + seed);
    return new Random(seed);
  }

  /** Figures, for whoever runs them. */
  static void say(String test, String what) {
    System.out.println("[" + test + "] " + what);
  }

  /** A fresh folder that stays for who wants to know what happened. */
  static Path folder(String test) {
    try {
      Path parent = Files.createDirectories(TRACES.toAbsolutePath());
      return Files.createTempDirectory(parent, test + "-" + NUMBER.incrementAndGet() + "-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A moment that nothing tells from others, which is why it is slept through. */
  static void anyMoment(Random random, int mostMillis) {
    pass(Duration.ofMillis(random.nextInt(mostMillis)));
  }

  /** For as long as something is meant to last. */
  static void pass(Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    for (long left; (left = end - System.nanoTime()) > 0; ) {
      LockSupport.parkNanos(left);
    }
  }

  /**
   * A port that stays free until whoever got it listens, and while its server is stopped. The
   * system hands out higher ones to whoever asks for any, and to every client: a server's port that
   * was one of those was once found taken by another test's witness, to which PostgreSQL's driver
   * then talked for ever.
   */
  static int freePort() {
    while (true) {
      int port = FIRST_PORT + Math.floorMod(PORT.getAndIncrement(), LAST_PORT - FIRST_PORT + 1);
      try (ServerSocket free = new ServerSocket()) {
        free.setReuseAddress(true);
        // As PostgreSQL does: on all addresses, which fails if one of them is taken.
        free.bind(new InetSocketAddress(port), 1);
        return port;
      } catch (IOException e) {
        // Another one.
      }
    }
  }
}
