package io.github.nylaswebhook.faults;

import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.notification.TriggerFlag;
import io.github.nylaswebhook.test.DeliveryReport;
import io.github.nylaswebhook.test.Destination;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;

/**
 * Mail that comes and is told of, to many grants: some notifications twice, some messages by two
 * notifications, some compressed, some truncated; delivered again where the answer asks for it.
 */
final class Load implements AutoCloseable {
  private static final int GRANTS = 20;
  private static final int PER_SECOND = 60;

  /** More than that isn't under way at Nylas, or waits to be routed: there is an end to it. */
  private static final int MOST_UNDER_WAY = 100;

  private final FakeNylas nylas;
  private final Random random;
  private final int bodyBytes;
  private final IntSupplier routed;
  private final List<Destination> destinations = new CopyOnWriteArrayList<>();
  private final Set<String> accepted = ConcurrentHashMap.newKeySet();
  private final Map<Integer, AtomicInteger> answers = new ConcurrentHashMap<>();
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicInteger deliveries = new AtomicInteger();
  private final AtomicInteger acceptedDeliveries = new AtomicInteger();
  private final AtomicInteger once = new AtomicInteger();
  private final AtomicInteger lost = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final AtomicLong slowestNanos = new AtomicLong();
  private final Thread thread = new Thread(this::run, "load");
  private volatile boolean twins = true;
  private volatile boolean ended;
  private int number;

  /**
   * None yet.
   *
   * @param longestPause before the last of Nylas' three attempts
   * @param bodyBytes the length of each mail
   * @param routed how many messages have a ticket by now
   */
  Load(Random random, Duration longestPause, int bodyBytes, IntSupplier routed) {
    this.random = random;
    this.bodyBytes = bodyBytes;
    this.routed = routed;
    // Nylas' own pauses are minutes.
    nylas =
        FakeNylas.builder()
            .retryDelays(Duration.ofSeconds(1), longestPause)
            .senders(24)
            .deliveryTimeout(Duration.ofSeconds(15))
            .start();
    thread.setDaemon(true);
  }

  FakeNylas nylas() {
    return nylas;
  }

  /**
   * No two notifications of one message: whoever comes second may take the message over when an
   * outage outlasts the first one's lease, though that lives.
   */
  Load withoutTwins() {
    twins = false;
    return this;
  }

  /** Delivers to this one, too, from now on; the first one begins it. */
  void to(String url) throws IOException {
    destinations.add(nylas.subscribe(url));
    if (destinations.size() == 1) {
      thread.start();
    }
  }

  private void run() {
    long next = System.nanoTime();
    while (!ended) {
      if (underWay.get() < MOST_UNDER_WAY && accepted.size() - routed.getAsInt() < MOST_UNDER_WAY) {
        one();
      }
      next = Math.max(next + 1_000_000_000L / PER_SECOND, System.nanoTime() - 100_000_000L);
      while (System.nanoTime() - next < 0) {
        LockSupport.parkNanos(next - System.nanoTime());
      }
    }
  }

  private void one() {
    number++;
    Mail mail =
        Mail.of("grant-" + random.nextInt(GRANTS), "m-" + number)
            .subject("Mail " + number)
            .body("<p>" + "x".repeat(bodyBytes) + "</p>");
    nylas.add(mail);
    NotificationFixture told = notification(mail);
    deliver(mail, told);
    int dice = random.nextInt(10);
    if (dice == 0) {
      deliver(mail, told);
    } else if (dice == 1 && twins) {
      deliver(mail, notification(mail));
    }
  }

  private NotificationFixture notification(Mail mail) {
    NotificationFixture told =
        random.nextInt(4) == 0
            ? NotificationFixture.created(mail, TriggerFlag.TRUNCATED)
            : NotificationFixture.created(mail);
    return random.nextBoolean() ? told : told.gzip();
  }

  private void deliver(Mail mail, NotificationFixture told) {
    Destination destination = destinations.get(random.nextInt(destinations.size()));
    underWay.incrementAndGet();
    deliveries.incrementAndGet();
    var unused =
        destination
            .deliver(told)
            .whenComplete(
                (report, failure) -> {
                  if (failure == null) {
                    note(mail, report.attempts());
                    if (!report.delivered()) {
                      lost.incrementAndGet();
                    }
                  } else {
                    failed.incrementAndGet();
                  }
                  underWay.decrementAndGet();
                });
  }

  /** One mail more, told of once; the answer's status. */
  DeliveryReport.Attempt postOnce() {
    Mail mail = Mail.of("grant-0", "once-" + once.incrementAndGet());
    nylas.add(mail);
    NotificationFixture told = NotificationFixture.created(mail);
    DeliveryReport.Attempt attempt =
        destinations.get(0).post(told.sign(destinations.get(0).secret()));
    deliveries.incrementAndGet();
    note(mail, List.of(attempt));
    return attempt;
  }

  private void note(Mail mail, List<DeliveryReport.Attempt> attempts) {
    for (DeliveryReport.Attempt attempt : attempts) {
      answers.computeIfAbsent(attempt.status(), none -> new AtomicInteger()).incrementAndGet();
      slowestNanos.accumulateAndGet(attempt.took().toNanos(), Math::max);
    }
    if (attempts.get(attempts.size() - 1).status() == 200) {
      accepted.add(mail.id());
      acceptedDeliveries.incrementAndGet();
    }
  }

  /** The messages of which a notification was answered 200. */
  Set<String> accepted() {
    return Set.copyOf(accepted);
  }

  int acceptedCount() {
    return accepted.size();
  }

  int acceptedDeliveries() {
    return acceptedDeliveries.get();
  }

  /** Notifications that Nylas gave up after its three attempts. */
  int lostDeliveries() {
    return lost.get();
  }

  int answered(int status) {
    AtomicInteger count = answers.get(status);
    return count == null ? 0 : count.get();
  }

  /** The statuses of all answers, 0 for none, and how many there were. */
  Map<Integer, Integer> answers() {
    Map<Integer, Integer> sorted = new TreeMap<>();
    answers.forEach((status, count) -> sorted.put(status, count.get()));
    return sorted;
  }

  Duration slowest() {
    return Duration.ofNanos(slowestNanos.get());
  }

  /** No more mail; returns when Nylas has delivered, or given up, what there was. */
  void end() throws InterruptedException {
    ended = true;
    thread.join();
    await("deliveries that are under way to end")
        .atMost(Faults.PATIENCE.plus(Faults.outage().multipliedBy(2)))
        .pollInterval(Duration.ofMillis(20))
        .until(underWay::get, left -> left == 0);
    if (failed.get() > 0) {
      throw new IllegalStateException(failed + " deliveries failed without an answer");
    }
  }

  @Override
  public String toString() {
    return "%d deliveries, %d of them accepted (of %d messages), %d given up; answers %s, the slowest after %d ms"
        .formatted(
            deliveries.get(),
            acceptedDeliveries(),
            acceptedCount(),
            lostDeliveries(),
            answers(),
            slowest().toMillis());
  }

  @Override
  public void close() {
    ended = true;
    nylas.close();
  }
}
