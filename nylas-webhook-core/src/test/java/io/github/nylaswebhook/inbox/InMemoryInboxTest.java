package io.github.nylaswebhook.inbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.LogCapture;
import io.github.nylaswebhook.SettableClock;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InMemoryInboxTest {
  private static final Outcome DONE = new Outcome.Done(Disposition.ROUTED, List.of());

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-22T10:00:00Z"));
  private final List<InMemoryInbox> opened = new ArrayList<>();

  @AfterEach
  void closeAll() {
    opened.forEach(InMemoryInbox::close);
  }

  private InMemoryInbox.Builder builder() {
    return InMemoryInbox.builder()
        .clock(clock)
        .pollInterval(Duration.ofMillis(5))
        .drainTimeout(Duration.ofMillis(100));
  }

  private InMemoryInbox open(InMemoryInbox.Builder builder) {
    InMemoryInbox inbox = builder.build();
    opened.add(inbox);
    return inbox;
  }

  private Delivery delivery(String id, int size) {
    return new Delivery(id, "a.b", false, clock.instant(), new byte[size]);
  }

  private Delivery delivery(String id) {
    return delivery(id, 10);
  }

  private static List<String> dead(InMemoryInbox inbox) throws StoreUnavailableException {
    return inbox.deadLetters().list("", 100).letters().stream()
        .map(letter -> letter.delivery().id())
        .toList();
  }

  @Test
  void itHoldsSoManyDeliveriesAndNoMore() throws Exception {
    InMemoryInbox inbox = open(builder().capacity(2));
    assertThat(inbox.accept(delivery("1"))).isEqualTo(Receipt.ACCEPTED);
    assertThat(inbox.accept(delivery("2"))).isEqualTo(Receipt.ACCEPTED);
    assertThatThrownBy(() -> inbox.accept(delivery("3")))
        .isInstanceOf(InboxUnavailableException.class)
        .hasMessageContaining("full");
    assertThat(inbox.accept(delivery("2"))).isEqualTo(Receipt.DUPLICATE);
  }

  @Test
  void itHoldsSoManyBytesAndNoMore() throws Exception {
    InMemoryInbox inbox = open(builder().maxBytes(10_000));
    inbox.accept(delivery("1", 8_000));
    assertThatThrownBy(() -> inbox.accept(delivery("2", 8_000)))
        .isInstanceOf(InboxUnavailableException.class);
    assertThat(inbox.accept(delivery("3", 100))).isEqualTo(Receipt.ACCEPTED);
  }

  @Test
  void manyTinyDeliveriesCountMoreThanTheirBytes() throws Exception {
    InMemoryInbox inbox = open(builder().maxBytes(10_000));
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 10_000; i++) {
                inbox.accept(delivery("d" + i, 0));
              }
            })
        .isInstanceOf(InboxUnavailableException.class);
  }

  @Test
  void whatIsDoneMakesRoom() throws Exception {
    InMemoryInbox inbox = open(builder().capacity(1));
    inbox.start(attempt -> DONE);
    inbox.accept(delivery("1"));
    await()
        .ignoreException(InboxUnavailableException.class)
        .until(() -> inbox.accept(delivery("2")), Receipt.ACCEPTED::equals);
  }

  @Test
  void deadLettersCount() throws Exception {
    InMemoryInbox inbox = open(builder().capacity(1));
    inbox.start(attempt -> new Outcome.Dead("why"));
    inbox.accept(delivery("1"));
    await().until(() -> dead(inbox).equals(List.of("1")));
    assertThatThrownBy(() -> inbox.accept(delivery("2")))
        .isInstanceOf(InboxUnavailableException.class);
    assertThat(inbox.deadLetters().discard("1")).isTrue();
    assertThat(inbox.accept(delivery("2"))).isEqualTo(Receipt.ACCEPTED);
  }

  @Test
  void aDuplicateIsKnownWhileOpenWhenDeadAndWhenDone() throws Exception {
    InMemoryInbox inbox = open(builder());
    inbox.accept(delivery("good"));
    inbox.accept(delivery("bad"));
    assertThat(inbox.accept(delivery("good"))).isEqualTo(Receipt.DUPLICATE);
    AtomicInteger processed = new AtomicInteger();
    inbox.start(
        attempt -> {
          processed.incrementAndGet();
          return attempt.delivery().id().equals("bad") ? new Outcome.Dead("why") : DONE;
        });
    await().until(() -> processed.get() == 2 && dead(inbox).size() == 1);
    assertThat(inbox.accept(delivery("good"))).isEqualTo(Receipt.DUPLICATE);
    assertThat(inbox.accept(delivery("bad"))).isEqualTo(Receipt.DUPLICATE);
    assertThat(processed).hasValue(2);
  }

  @Test
  void anIdIsForgottenAfterTheRetention() throws Exception {
    InMemoryInbox inbox = open(builder().retention(Duration.ofDays(8)));
    CountDownLatch first = new CountDownLatch(1);
    AtomicInteger processed = new AtomicInteger();
    inbox.start(
        new DeliveryProcessor() {
          @Override
          public Outcome process(Attempt attempt) {
            processed.incrementAndGet();
            return DONE;
          }

          @Override
          public void settled(Delivery delivery, Outcome outcome) {
            first.countDown();
          }
        });
    inbox.accept(delivery("1"));
    assertThat(first.await(10, TimeUnit.SECONDS)).isTrue();
    clock.advance(Duration.ofDays(8).minusSeconds(1));
    assertThat(inbox.accept(delivery("1"))).isEqualTo(Receipt.DUPLICATE);
    clock.advance(Duration.ofSeconds(2));
    assertThat(inbox.accept(delivery("1"))).isEqualTo(Receipt.ACCEPTED);
    await().until(() -> processed.get() == 2);
  }

  @Test
  void ofManyWhoBringTheSameDeliveryAtOnceOneIsProcessed() throws Exception {
    InMemoryInbox inbox = open(builder());
    AtomicInteger processed = new AtomicInteger();
    inbox.start(
        attempt -> {
          processed.incrementAndGet();
          return DONE;
        });
    var pool = Executors.newFixedThreadPool(8);
    try {
      for (int round = 1; round <= 50; round++) {
        String id = "d" + round;
        CountDownLatch start = new CountDownLatch(1);
        List<Future<Receipt>> receipts = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          receipts.add(
              pool.submit(
                  () -> {
                    start.await();
                    return inbox.accept(delivery(id));
                  }));
        }
        start.countDown();
        int accepted = 0;
        for (Future<Receipt> receipt : receipts) {
          accepted += receipt.get() == Receipt.ACCEPTED ? 1 : 0;
        }
        assertThat(accepted).isEqualTo(1);
      }
      await().until(() -> processed.get() == 50);
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void aRetryComesWhenItIsDueAndNotBefore() throws Exception {
    InMemoryInbox inbox = open(builder());
    Instant due = clock.instant().plusSeconds(30);
    ConcurrentLinkedQueue<Instant> tries = new ConcurrentLinkedQueue<>();
    inbox.start(
        attempt -> {
          tries.add(clock.instant());
          return attempt.number() == 1 ? new Outcome.RetryAt(due, true, "again") : DONE;
        });
    inbox.accept(delivery("1"));
    await().until(() -> tries.size() == 1);
    clock.set(due.minusMillis(1));
    await().during(Duration.ofMillis(100)).until(() -> tries.size() == 1);
    clock.set(due);
    await().until(() -> tries.size() == 2);
  }

  @Test
  void triesThatCountAreNumberedAndWaitsAreNot() throws Exception {
    InMemoryInbox inbox = open(builder());
    ConcurrentLinkedQueue<String> tries = new ConcurrentLinkedQueue<>();
    inbox.start(
        attempt -> {
          tries.add(attempt.number() + "/" + attempt.waits());
          return switch (tries.size()) {
            case 1, 2, 4 -> new Outcome.RetryAt(clock.instant(), false, "wait");
            case 3, 5 -> new Outcome.RetryAt(clock.instant(), true, "fail");
            default -> DONE;
          };
        });
    inbox.accept(delivery("1"));
    await().until(() -> tries.size() == 6);
    assertThat(tries).containsExactly("1/0", "1/1", "1/2", "2/0", "2/1", "3/0");
  }

  @Test
  void whatFailsTooOftenIsADeadLetterAndAReplayStartsAnew() throws Exception {
    InMemoryInbox inbox =
        open(
            builder()
                .retryPolicy(
                    new RetryPolicy(
                        Duration.ofMillis(1), Duration.ofMillis(1), 3, Duration.ofDays(7))));
    ConcurrentLinkedQueue<Integer> tries = new ConcurrentLinkedQueue<>();
    inbox.start(
        attempt -> {
          tries.add(attempt.number());
          attempt.save(attempt.progress().with("tries", "" + tries.size()));
          return tries.size() > 3 ? DONE : new Outcome.RetryAt(clock.instant(), true, "broken");
        });
    inbox.accept(delivery("1"));
    await().until(() -> dead(inbox).equals(List.of("1")));
    assertThat(inbox.deadLetters().get("1"))
        .hasValueSatisfying(
            letter -> {
              assertThat(letter.attempts()).isEqualTo(3);
              assertThat(letter.why()).contains("broken");
              assertThat(letter.diedAt()).isEqualTo(clock.instant());
              assertThat(letter.progress().get("tries")).contains("3");
            });
    assertThat(inbox.deadLetters().replay("1")).isTrue();
    await().until(() -> tries.size() == 4);
    assertThat(tries).containsExactly(1, 2, 3, 1);
    await().until(() -> inbox.deadLetters().get("1").equals(Optional.empty()));
    assertThat(inbox.deadLetters().replay("1")).isFalse();
  }

  @Test
  void whatHasWaitedForAWeekIsADeadLetter() throws Exception {
    InMemoryInbox inbox = open(builder());
    AtomicInteger tries = new AtomicInteger();
    inbox.start(
        attempt -> {
          tries.incrementAndGet();
          return new Outcome.RetryAt(clock.instant().plus(Duration.ofDays(1)), false, "an outage");
        });
    inbox.accept(delivery("1"));
    for (int day = 1; day <= 7; day++) {
      int tried = day;
      await().until(() -> tries.get() == tried);
      assertThat(dead(inbox)).isEmpty();
      clock.advance(Duration.ofDays(1));
    }
    await().until(() -> dead(inbox).equals(List.of("1")));
    assertThat(tries).hasValue(8);
    assertThat(inbox.deadLetters().get("1").orElseThrow().why()).contains("an outage");
  }

  @Test
  void aProcessorThatThrowsIsACountedFailure() throws Exception {
    InMemoryInbox inbox =
        open(
            builder()
                .retryPolicy(
                    new RetryPolicy(
                        Duration.ofMillis(1), Duration.ofMillis(1), 2, Duration.ofDays(7))));
    inbox.start(
        attempt -> {
          if (attempt.number() == 1) {
            throw new AssertionError("one");
          }
          throw new IllegalStateException("two");
        });
    inbox.accept(delivery("1"));
    await()
        .until(
            () -> {
              clock.advance(Duration.ofMillis(1));
              return dead(inbox).equals(List.of("1"));
            });
    assertThat(inbox.deadLetters().get("1").orElseThrow().why()).contains("two");
  }

  @Test
  void whatAProcessorThrowsIsLoggedWithoutItsWords() throws Exception {
    try (LogCapture log = LogCapture.info()) {
      InMemoryInbox inbox = open(builder());
      inbox.start(
          attempt -> {
            throw new IllegalStateException("Private words of a mail");
          });
      inbox.accept(delivery("1"));
      await().until(() -> log.lines().stream().anyMatch(line -> line.contains("Delivery[1")));
      assertThat(log.lines())
          .anyMatch(line -> line.contains("IllegalStateException"))
          .noneMatch(line -> line.contains("Private"));
    }
  }

  @Test
  void aDeliveryThatIsDoneOrDiscardedLeavesTheMemory() throws Exception {
    InMemoryInbox inbox = open(builder());
    List<WeakReference<Delivery>> given = new ArrayList<>();
    for (String id : List.of("good", "bad")) {
      Delivery delivery = delivery(id);
      given.add(new WeakReference<>(delivery));
      inbox.accept(delivery);
    }
    CountDownLatch settled = new CountDownLatch(2);
    inbox.start(
        new DeliveryProcessor() {
          @Override
          public Outcome process(Attempt attempt) {
            return attempt.delivery().id().equals("bad") ? new Outcome.Dead("why") : DONE;
          }

          @Override
          public void settled(Delivery delivery, Outcome outcome) {
            settled.countDown();
          }
        });
    assertThat(settled.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(inbox.deadLetters().discard("bad")).isTrue();
    await()
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(given).allMatch(reference -> reference.get() == null);
            });
    assertThat(inbox.accept(delivery("good"))).isEqualTo(Receipt.DUPLICATE);
    assertThat(inbox.accept(delivery("bad"))).isEqualTo(Receipt.DUPLICATE);
  }

  @Test
  void aProcessorThatThrowsWhenToldStopsNothing() throws Exception {
    InMemoryInbox inbox = open(builder());
    AtomicInteger processed = new AtomicInteger();
    inbox.start(
        new DeliveryProcessor() {
          @Override
          public Outcome process(Attempt attempt) {
            processed.incrementAndGet();
            return DONE;
          }

          @Override
          public void settled(Delivery delivery, Outcome outcome) {
            throw new IllegalStateException("told");
          }
        });
    inbox.accept(delivery("1"));
    inbox.accept(delivery("2"));
    await().until(() -> processed.get() == 2);
    assertThat(inbox.accept(delivery("1"))).isEqualTo(Receipt.DUPLICATE);
  }

  @Test
  void deadLettersComeInPagesOldestFirst() throws Exception {
    InMemoryInbox inbox = open(builder().workers(1));
    inbox.start(attempt -> new Outcome.Dead("why"));
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      ids.add("d" + i);
      inbox.accept(delivery("d" + i));
    }
    await().until(() -> dead(inbox).size() == 7);
    List<String> seen = new ArrayList<>();
    String cursor = "";
    do {
      DeadLetters.Page page = inbox.deadLetters().list(cursor, 3);
      assertThat(page.letters()).hasSizeLessThanOrEqualTo(3);
      page.letters().forEach(letter -> seen.add(letter.delivery().id()));
      cursor = page.next();
    } while (!cursor.isEmpty());
    assertThat(seen).isEqualTo(ids);
    assertThatThrownBy(() -> inbox.deadLetters().list("", 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void closingLetsWhatIsUnderWayFinishAndRefusesTheRest() throws Exception {
    InMemoryInbox inbox = open(builder().drainTimeout(Duration.ofSeconds(10)));
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger finished = new AtomicInteger();
    inbox.start(
        attempt -> {
          started.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          finished.incrementAndGet();
          return DONE;
        });
    inbox.accept(delivery("1"));
    assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
    Thread closing = new Thread(inbox::close);
    closing.start();
    await()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> inbox.accept(delivery("2" + System.nanoTime())))
                    .isInstanceOf(InboxUnavailableException.class));
    assertThat(closing.isAlive()).isTrue();
    go.countDown();
    closing.join(5_000);
    assertThat(closing.isAlive()).isFalse();
    assertThat(finished).hasValue(1);
  }

  @Test
  void closingWaitsNoLongerThanItsBound() throws Exception {
    InMemoryInbox inbox = open(builder().drainTimeout(Duration.ofMillis(50)));
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    inbox.start(
        attempt -> {
          started.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.countDown();
          }
          return DONE;
        });
    inbox.accept(delivery("1"));
    assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
    long start = System.nanoTime();
    inbox.close();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void itIsStartedOnce() {
    InMemoryInbox inbox = open(builder());
    inbox.start(attempt -> DONE);
    assertThatThrownBy(() -> inbox.start(attempt -> DONE))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatCameBeforeTheStartIsProcessedAfterIt() throws Exception {
    InMemoryInbox inbox = open(builder());
    inbox.accept(delivery("1"));
    CountDownLatch processed = new CountDownLatch(1);
    inbox.start(
        attempt -> {
          processed.countDown();
          return DONE;
        });
    assertThat(processed.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aDeliveryNeedsAnId() {
    assertThatThrownBy(() -> delivery("")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void boundsHaveToBePositive() {
    assertThatThrownBy(() -> InMemoryInbox.builder().capacity(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> InMemoryInbox.builder().maxBytes(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> InMemoryInbox.builder().workers(0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
