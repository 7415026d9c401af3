package io.github.nylaswebhook.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nylaswebhook.inbox.Attempt;
import io.github.nylaswebhook.inbox.DeadLetter;
import io.github.nylaswebhook.inbox.DeadLetters;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.DeliveryProcessor;
import io.github.nylaswebhook.inbox.Disposition;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.inbox.InboxStatistics;
import io.github.nylaswebhook.inbox.InboxUnavailableException;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.inbox.Predecessor;
import io.github.nylaswebhook.inbox.Progress;
import io.github.nylaswebhook.inbox.Receipt;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.inbox.Sequence;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Inbox} has to do. Extend it, and give it an inbox; ids are unique to each test,
 * so the storage behind it may be a shared one that other tests don't process from.
 */
public abstract class InboxContract {
  /** Three attempts, with pauses that a test can wait for. */
  protected static final RetryPolicy POLICY =
      new RetryPolicy(Duration.ofMillis(20), Duration.ofMillis(50), 3, Duration.ofDays(7));

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Outcome DONE = new Outcome.Done(Disposition.ROUTED, List.of());

  private final String prefix = UUID.randomUUID() + ":";
  private Inbox inbox;
  private final Script script = new Script();

  protected InboxContract() {}

  /** A fresh inbox that isn't started, polls often, and keeps to this policy. */
  protected abstract Inbox newInbox(RetryPolicy policy) throws Exception;

  @BeforeEach
  void open() throws Exception {
    inbox = newInbox(POLICY);
  }

  @AfterEach
  void close() throws Exception {
    inbox.close();
  }

  @Test
  void anAcceptedDeliveryIsProcessedAsItCame() throws Exception {
    Delivery sent =
        new Delivery(
            prefix + "ä/1",
            "message.created.truncated",
            true,
            Instant.now().truncatedTo(ChronoUnit.MILLIS),
            new byte[] {0, 1, 13, 10, -1, -128});
    inbox.start(script);
    assertEquals(Receipt.ACCEPTED, inbox.accept(sent));
    Delivery got = script.awaitTries(1).get(0).delivery;
    assertEquals(sent.id(), got.id());
    assertEquals(sent.type(), got.type());
    assertEquals(sent.gzip(), got.gzip());
    assertEquals(sent.receivedAt(), got.receivedAt());
    assertArrayEquals(bytes(sent), bytes(got));
  }

  @Test
  void aDeliveryIsAcceptedOnce() throws Exception {
    CountDownLatch processing = new CountDownLatch(1);
    CountDownLatch finish = new CountDownLatch(1);
    script.then(
        attempt -> {
          processing.countDown();
          await(finish);
          return DONE;
        });
    assertEquals(Receipt.ACCEPTED, inbox.accept(delivery("1")));
    assertEquals(Receipt.DUPLICATE, inbox.accept(delivery("1")), "while it waits");
    inbox.start(script);
    await(processing);
    assertEquals(Receipt.DUPLICATE, inbox.accept(delivery("1")), "while it is processed");
    finish.countDown();
    script.awaitSettled(1);
    assertEquals(Receipt.DUPLICATE, inbox.accept(delivery("1")), "when it is done");
    inbox.accept(delivery("2"));
    script.awaitSettled(2);
    assertEquals(2, script.tries().size(), "nothing is processed twice");
  }

  @Test
  void aDeadDeliveryIsStillKnown() throws Exception {
    script.then(attempt -> new Outcome.Dead("no"));
    inbox.start(script);
    inbox.accept(delivery("1"));
    script.awaitSettled(1);
    assertEquals(Receipt.DUPLICATE, inbox.accept(delivery("1")));
    assertTrue(inbox.deadLetters().discard(prefix + "1"));
    assertEquals(Receipt.DUPLICATE, inbox.accept(delivery("1")), "when it was discarded");
  }

  @Test
  void ofManyWhoDeliverTheSameAtOnceOneIsAccepted() throws Exception {
    inbox.start(script);
    int senders = 16;
    for (int round = 0; round < 10; round++) {
      Delivery same = delivery("round " + round);
      List<Callable<Receipt>> all = new ArrayList<>();
      for (int i = 0; i < senders; i++) {
        all.add(() -> inbox.accept(same));
      }
      ExecutorService threads = Executors.newFixedThreadPool(senders);
      try {
        int accepted = 0;
        for (Future<Receipt> receipt : threads.invokeAll(all)) {
          accepted += receipt.get() == Receipt.ACCEPTED ? 1 : 0;
        }
        assertEquals(1, accepted);
      } finally {
        threads.shutdownNow();
      }
    }
    script.awaitSettled(10);
    assertEquals(10, script.tries().size());
  }

  @Test
  void idsAreComparedToTheLetter() throws Exception {
    inbox.start(script);
    for (String id :
        List.of("Id", "ID", "id", "id ", "id\u00e4", "ida", longest("a"), longest("b"))) {
      assertEquals(Receipt.ACCEPTED, inbox.accept(delivery(id)), "[" + id + "]");
    }
    script.awaitSettled(8);
  }

  /** As long as an id may be: IMAP's are up to 998 characters, and those may take three bytes. */
  private String longest(String end) {
    return "€".repeat(998 - prefix.length() - end.length()) + end;
  }

  @Test
  void itKnowsHowMuchThereIsToDo() throws Exception {
    InboxStatistics empty = inbox.statistics();
    Instant first = Instant.now().minusSeconds(3600).truncatedTo(ChronoUnit.MILLIS);
    inbox.accept(new Delivery(prefix + "1", "", false, first, new byte[1]));
    inbox.accept(delivery("2"));
    assertEquals(empty.waiting() + 2, inbox.statistics().waiting());
    assertEquals(first, inbox.statistics().oldestReceivedAt().orElseThrow());
    script.then(attempt -> new Outcome.Dead("because"));
    inbox.start(script);
    script.awaitSettled(2);
    assertEquals(empty.waiting(), inbox.statistics().waiting());
    assertEquals(empty.deadLetters() + 1, inbox.statistics().deadLetters());
    assertEquals(empty.oldestReceivedAt(), inbox.statistics().oldestReceivedAt());
  }

  @Test
  void aLargeBodyIsKept() throws Exception {
    byte[] body = new byte[2 << 20];
    new Random(1).nextBytes(body);
    inbox.accept(new Delivery(prefix + "large", "message.created", false, Instant.now(), body));
    inbox.start(script);
    assertArrayEquals(body, bytes(script.awaitTries(1).get(0).delivery));
  }

  @Test
  void whatWasAcceptedBeforeTheStartIsProcessed() throws Exception {
    for (int i = 0; i < 20; i++) {
      inbox.accept(delivery("" + i));
    }
    inbox.start(script);
    script.awaitSettled(20);
    assertEquals(20, script.tries().stream().map(t -> t.delivery.id()).distinct().count());
  }

  @Test
  void aFailedTryIsRepeatedAndCounted() throws Exception {
    script.then(attempt -> retry(10, true)).then(attempt -> retry(10, true));
    processOne("1");
    assertEquals(List.of(1, 2, 3), script.tries().stream().map(t -> t.number).toList());
  }

  @Test
  void waitingIsntCounted() throws Exception {
    for (int i = 0; i < 5; i++) {
      script.then(attempt -> retry(5, false));
    }
    processOne("1");
    assertEquals(List.of(1, 1, 1, 1, 1, 1), script.tries().stream().map(t -> t.number).toList());
    assertEquals(List.of(0, 1, 2, 3, 4, 5), script.tries().stream().map(t -> t.waits).toList());
  }

  @Test
  void aTryIsNotRepeatedBeforeItsTime() throws Exception {
    Instant[] due = new Instant[1];
    Instant[] second = new Instant[1];
    script
        .then(
            attempt -> {
              due[0] = Instant.now().plusMillis(400);
              return new Outcome.RetryAt(due[0], false, "later");
            })
        .then(
            attempt -> {
              second[0] = Instant.now();
              return DONE;
            });
    processOne("1");
    // Clocks of databases and machines differ by a little.
    assertFalse(second[0].isBefore(due[0].minusMillis(50)), due[0] + " <= " + second[0]);
  }

  @Test
  void aStoreThatIsOutOfReachIsWaitedFor() throws Exception {
    for (int i = 0; i < POLICY.maxAttempts() + 1; i++) {
      script.then(
          attempt -> {
            throw new StoreUnavailableException("on purpose", null);
          });
    }
    processOne("1");
    assertTrue(script.tries().stream().allMatch(t -> t.number == 1));
  }

  @Test
  void whatAProcessorThrowsIsAFailedTry() throws Exception {
    script.then(
        attempt -> {
          throw new IllegalStateException("on purpose");
        });
    processOne("1");
    assertEquals(List.of(1, 2), script.tries().stream().map(t -> t.number).toList());
  }

  @Test
  void progressIsThereAtTheNextTry() throws Exception {
    script
        .then(
            attempt -> {
              attempt.save(attempt.progress().with("ticket", "Ä-1\n\"x\""));
              return retry(5, true);
            })
        .then(
            attempt -> {
              attempt.save(attempt.progress().with("more", ""));
              throw new IllegalStateException("on purpose");
            });
    processOne("1");
    Try last = script.tries().get(2);
    assertEquals("Ä-1\n\"x\"", last.attemptProgress.get("ticket").orElse("none"));
    assertTrue(last.attemptProgress.has("more"));
  }

  @Test
  void afterItsAttemptsADeliveryIsADeadLetterAndHeldNobodyUp() throws Exception {
    inbox.start(
        new DeliveryProcessor() {
          @Override
          public Outcome process(Attempt attempt) throws StoreUnavailableException {
            script.process(attempt);
            return attempt.delivery().id().endsWith("poison") ? retry(1, true) : DONE;
          }

          @Override
          public void settled(Delivery delivery, Outcome outcome) {
            script.settled(delivery, outcome);
          }
        });
    inbox.accept(delivery("poison"));
    for (int i = 0; i < 20; i++) {
      inbox.accept(delivery("" + i));
    }
    Eventually.isTrue("the poison is a dead letter", PATIENCE, () -> isDead("poison"));
    script.awaitSettled(22);
    DeadLetter letter = inbox.deadLetters().get(prefix + "poison").orElseThrow();
    assertEquals(POLICY.maxAttempts(), letter.attempts());
    assertTrue(letter.why().contains("contract"), letter.why());
    assertEquals(
        POLICY.maxAttempts(),
        script.tries().stream().filter(t -> t.delivery.id().endsWith("poison")).count());
  }

  @Test
  void aDeadLetterIsShownAsItWas() throws Exception {
    script.then(
        attempt -> {
          attempt.save(attempt.progress().with("ticket", "T-1"));
          return new Outcome.Dead("because");
        });
    Instant before = Instant.now().minusSeconds(5);
    inbox.start(script);
    inbox.accept(delivery("1"));
    script.awaitSettled(1);
    DeadLetter letter = inbox.deadLetters().get(prefix + "1").orElseThrow();
    assertEquals("because", letter.why());
    assertEquals(1, letter.attempts());
    assertEquals("T-1", letter.progress().get("ticket").orElse(""));
    assertTrue(letter.diedAt().isAfter(before));
    assertArrayEquals(bytes(delivery("1")), bytes(letter.delivery()));
    assertTrue(inbox.deadLetters().get(prefix + "2").isEmpty());
  }

  @Test
  void aReplayedDeadLetterStartsAnewAndKeepsItsProgress() throws Exception {
    script.then(
        attempt -> {
          attempt.save(attempt.progress().with("ticket", "T-1"));
          return new Outcome.Dead("because");
        });
    inbox.start(script);
    inbox.accept(delivery("1"));
    script.awaitSettled(1);
    assertTrue(inbox.deadLetters().replay(prefix + "1"));
    script.awaitSettled(2);
    Try second = script.tries().get(1);
    assertEquals(1, second.number);
    assertEquals("T-1", second.attemptProgress.get("ticket").orElse(""));
    assertTrue(inbox.deadLetters().get(prefix + "1").isEmpty());
    assertFalse(inbox.deadLetters().replay(prefix + "1"), "it is no dead letter any more");
    assertEquals(Receipt.DUPLICATE, inbox.accept(delivery("1")));
  }

  @Test
  void aDiscardedDeadLetterIsGone() throws Exception {
    script.then(attempt -> new Outcome.Dead("because"));
    inbox.start(script);
    inbox.accept(delivery("1"));
    script.awaitSettled(1);
    assertTrue(inbox.deadLetters().discard(prefix + "1"));
    assertTrue(inbox.deadLetters().get(prefix + "1").isEmpty());
    assertFalse(inbox.deadLetters().discard(prefix + "1"));
    assertFalse(inbox.deadLetters().replay(prefix + "1"));
  }

  @Test
  void deadLettersAreListedInPages() throws Exception {
    for (int i = 0; i < 7; i++) {
      script.then(attempt -> new Outcome.Dead("because"));
    }
    inbox.start(script);
    for (int i = 0; i < 7; i++) {
      inbox.accept(delivery("" + i));
    }
    script.awaitSettled(7);
    List<String> listed = new ArrayList<>();
    String cursor = "";
    int pages = 0;
    do {
      DeadLetters.Page page = inbox.deadLetters().list(cursor, 3);
      assertTrue(page.letters().size() <= 3);
      page.letters().forEach(letter -> listed.add(letter.delivery().id()));
      cursor = page.next();
      pages++;
    } while (!cursor.isEmpty() && pages < 10);
    List<String> own = listed.stream().filter(id -> id.startsWith(prefix)).sorted().toList();
    assertEquals(7, own.size(), () -> listed.toString());
    assertEquals(7, own.stream().distinct().count());
    assertThrows(IllegalArgumentException.class, () -> inbox.deadLetters().list("", 0));
  }

  @Test
  void manyAreProcessedOnceEach() throws Exception {
    int count = 500;
    AtomicInteger atOnce = new AtomicInteger();
    inbox.start(
        new DeliveryProcessor() {
          @Override
          public Outcome process(Attempt attempt) throws StoreUnavailableException {
            atOnce.incrementAndGet();
            return script.process(attempt);
          }

          @Override
          public void settled(Delivery delivery, Outcome outcome) {
            script.settled(delivery, outcome);
          }
        });
    List<Callable<Receipt>> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Delivery delivery = delivery("" + i);
      all.add(() -> inbox.accept(delivery));
    }
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      for (Future<Receipt> receipt : threads.invokeAll(all)) {
        assertEquals(Receipt.ACCEPTED, receipt.get());
      }
    } finally {
      threads.shutdownNow();
    }
    script.awaitSettled(count);
    assertEquals(count, atOnce.get());
    assertEquals(count, script.tries().stream().map(t -> t.delivery.id()).distinct().count());
  }

  @Test
  void aClosedInboxRefuses() throws Exception {
    inbox.start(script);
    inbox.close();
    assertThrows(InboxUnavailableException.class, () -> inbox.accept(delivery("1")));
  }

  @Test
  void closingWaitsForWhatIsBeingProcessed() throws Exception {
    CountDownLatch processing = new CountDownLatch(1);
    CountDownLatch closing = new CountDownLatch(1);
    AtomicInteger finished = new AtomicInteger();
    script.then(
        attempt -> {
          processing.countDown();
          await(closing);
          finished.incrementAndGet();
          return DONE;
        });
    inbox.start(script);
    inbox.accept(delivery("1"));
    await(processing);
    Thread closer = new Thread(inbox::close);
    closer.start();
    Eventually.isTrue("close() has begun", PATIENCE, this::refuses);
    closing.countDown();
    closer.join(PATIENCE.toMillis());
    assertFalse(closer.isAlive());
    assertEquals(1, finished.get());
  }

  @Test
  void itStartsOnce() throws Exception {
    inbox.start(script);
    assertThrows(IllegalStateException.class, () -> inbox.start(script));
  }

  @Test
  void aDeliveryKeepsItsPlaceInItsSequence() throws Exception {
    Sequence place = new Sequence(prefix + "Thread-\u00e4\ud83d\ude00 ", at(1));
    script.then(attempt -> new Outcome.Dead("because"));
    inbox.start(script);
    inbox.accept(delivery("1", place));
    script.awaitSettled(1);
    assertEquals(Optional.of(place), script.tries().get(0).delivery.sequence());
    DeadLetter letter = inbox.deadLetters().get(prefix + "1").orElseThrow();
    assertEquals(Optional.of(place), letter.delivery().sequence(), "as a dead letter");
    assertTrue(inbox.deadLetters().replay(prefix + "1"));
    script.awaitSettled(2);
    assertEquals(Optional.of(place), script.tries().get(1).delivery.sequence(), "replayed");
    inbox.accept(delivery("2"));
    script.awaitSettled(3);
    assertEquals(Optional.empty(), script.tries().get(2).delivery.sequence());
  }

  @Test
  void whatWaitsAndIsEarlierInASequenceGoesBefore() throws Exception {
    Look look = new Look();
    Instant due = Instant.now().plusSeconds(3600).truncatedTo(ChronoUnit.MILLIS);
    look.outcome = () -> new Outcome.RetryAt(due, true, "the contract says so");
    inbox.start(look);
    // In no order.
    for (int second : List.of(2, 1, 3, 4)) {
      inbox.accept(delivery("" + second, place("thread", second)));
    }
    inbox.accept(delivery("also 3", place("thread", 3)));
    inbox.accept(delivery("other", place("other thread", 1)));
    inbox.accept(delivery("none"));
    look.awaitSettled(7);
    look.outcome = () -> DONE;
    inbox.accept(delivery("last", place("thread", 3)));
    look.awaitSettled(8);
    List<Predecessor> before = look.before("last");
    assertEquals(List.of("1", "2"), ids(before), "neither those as early nor any later");
    for (Predecessor one : before) {
      assertEquals(1, one.failures());
      assertEquals("yes", one.progress().get("looked").orElse("no"));
      // Clocks of databases and machines differ by a little.
      assertTrue(
          Duration.between(due, one.due()).abs().compareTo(Duration.ofSeconds(2)) < 0,
          due + " " + one.due());
    }
    inbox.accept(delivery("first", place("thread", 0)));
    inbox.accept(delivery("without"));
    look.awaitSettled(10);
    assertEquals(List.of(), look.before("first"));
    assertEquals(List.of(), look.before("without"));
  }

  @Test
  void whatIsWorkedOnGoesBeforeAndWhatIsDoneDoesNot() throws Exception {
    CountDownLatch finish = new CountDownLatch(1);
    CountDownLatch working = new CountDownLatch(1);
    Look look = new Look();
    look.outcome =
        () -> {
          working.countDown();
          awaitAsWorker(finish);
          return DONE;
        };
    inbox.start(look);
    inbox.accept(delivery("1", place("thread", 1)));
    await(working);
    look.outcome = () -> DONE;
    inbox.accept(delivery("2", place("thread", 2)));
    look.awaitSettled(1);
    List<Predecessor> before = look.before("2");
    assertEquals(List.of("1"), ids(before));
    assertEquals(0, before.get(0).failures());
    assertTrue(before.get(0).due().isBefore(Instant.now().plusSeconds(2)), "it is due already");
    finish.countDown();
    look.awaitSettled(2);
    inbox.accept(delivery("3", place("thread", 3)));
    look.awaitSettled(3);
    assertEquals(List.of(), look.before("3"));
  }

  @Test
  void deadLettersGoBeforeNothingUntilTheyAreReplayed() throws Exception {
    Look look = new Look();
    look.outcome = () -> new Outcome.Dead("because");
    inbox.start(look);
    inbox.accept(delivery("1", place("thread", 1)));
    inbox.accept(delivery("2", place("thread", 2)));
    look.awaitSettled(2);
    look.outcome = () -> retry(3_600_000, false);
    inbox.accept(delivery("3", place("thread", 3)));
    look.awaitSettled(3);
    assertEquals(List.of(), look.before("3"));
    assertTrue(inbox.deadLetters().replay(prefix + "1"));
    assertTrue(inbox.deadLetters().discard(prefix + "2"));
    look.awaitSettled(4);
    look.outcome = () -> DONE;
    inbox.accept(delivery("4", place("thread", 4)));
    look.awaitSettled(5);
    assertEquals(List.of("1", "3"), ids(look.before("4")));
    assertEquals(0, look.before("4").get(0).failures());
  }

  @Test
  void ofALongSequenceTheEarliestAreTold() throws Exception {
    Look look = new Look();
    look.outcome = () -> retry(3_600_000, false);
    for (int i = Attempt.MAX_PREDECESSORS + 5; i > 0; i--) {
      inbox.accept(delivery("" + i, place("thread", i)));
    }
    inbox.start(look);
    look.awaitSettled(Attempt.MAX_PREDECESSORS + 5);
    List<String> earliest =
        IntStream.rangeClosed(1, Attempt.MAX_PREDECESSORS).mapToObj(Integer::toString).toList();
    assertEquals(earliest, ids(look.before("" + (Attempt.MAX_PREDECESSORS + 5))));
    assertEquals(earliest.subList(0, 9), ids(look.before("10")));
  }

  @Test
  void sequencesAreWhateverTheyAre() throws Exception {
    Look look = new Look();
    look.outcome = () -> retry(3_600_000, false);
    inbox.start(look);
    List<String> keys =
        List.of(
            "key",
            "KEY",
            "key ",
            "key\0",
            "key\n",
            "k\u00e9y",
            "key\ud83d\ude00",
            "key\ud800",
            "",
            "\u20ac".repeat(2_000) + "a",
            "\u20ac".repeat(2_000) + "b");
    for (int i = 0; i < keys.size(); i++) {
      inbox.accept(delivery("first " + i, new Sequence(prefix + keys.get(i), Instant.MIN)));
    }
    look.awaitSettled(keys.size());
    look.outcome = () -> DONE;
    for (int i = 0; i < keys.size(); i++) {
      inbox.accept(delivery("last " + i, new Sequence(prefix + keys.get(i), Instant.MAX)));
    }
    look.awaitSettled(2 * keys.size());
    for (int i = 0; i < keys.size(); i++) {
      assertEquals(List.of("first " + i), ids(look.before("last " + i)), keys.get(i));
    }
  }

  @Test
  void whoWaitsForTheirPredecessorsAreProcessedInOrder() throws Exception {
    int threads = 4;
    int mails = 8;
    List<Delivery> deliveries = new ArrayList<>();
    for (int i = 0; i < threads * mails; i++) {
      deliveries.add(delivery("" + i, place("thread " + i % threads, i)));
    }
    Collections.shuffle(deliveries, new Random(1));
    List<Integer> order = new CopyOnWriteArrayList<>();
    for (Delivery delivery : deliveries) {
      inbox.accept(delivery);
    }
    inbox.start(
        attempt -> {
          if (!attempt.predecessors().isEmpty()) {
            return retry(5, false);
          }
          order.add(Integer.valueOf(attempt.delivery().id().substring(prefix.length())));
          return DONE;
        });
    Eventually.isTrue("all are done", PATIENCE, () -> order.size() >= threads * mails);
    for (int i = 0; i < threads; i++) {
      int thread = i;
      List<Integer> ofThread = order.stream().filter(n -> n % threads == thread).toList();
      assertEquals(ofThread.stream().sorted().distinct().toList(), ofThread);
    }
  }

  /** Writes down what goes before each delivery, and does the same with all. */
  private final class Look implements DeliveryProcessor {
    private final Map<String, List<Predecessor>> seen = new ConcurrentHashMap<>();
    private final AtomicInteger settled = new AtomicInteger();
    private volatile Supplier<Outcome> outcome = () -> DONE;

    @Override
    public Outcome process(Attempt attempt) throws StoreUnavailableException {
      Supplier<Outcome> then = outcome;
      seen.put(attempt.delivery().id().substring(prefix.length()), attempt.predecessors());
      attempt.save(attempt.progress().with("looked", "yes"));
      return then.get();
    }

    @Override
    public void settled(Delivery delivery, Outcome ended) {
      settled.incrementAndGet();
    }

    void awaitSettled(int count) {
      Eventually.isTrue(count + " tries are settled", PATIENCE, () -> settled.get() >= count);
    }

    List<Predecessor> before(String id) {
      return seen.getOrDefault(id, List.of());
    }
  }

  private List<String> ids(List<Predecessor> predecessors) {
    return predecessors.stream().map(one -> one.deliveryId().substring(prefix.length())).toList();
  }

  private Sequence place(String key, int second) {
    return new Sequence(prefix + key, at(second));
  }

  private static Instant at(int second) {
    return Instant.parse("2026-03-29T01:00:00Z").plusSeconds(second);
  }

  private Delivery delivery(String id, Sequence sequence) {
    byte[] body = "{}".getBytes(UTF_8);
    return new Delivery(prefix + id, "message.created", false, Instant.now(), body, sequence);
  }

  private boolean isDead(String id) {
    try {
      return inbox.deadLetters().get(prefix + id).isPresent();
    } catch (StoreUnavailableException e) {
      throw new AssertionError(e);
    }
  }

  private boolean refuses() {
    try {
      inbox.accept(delivery("probe " + UUID.randomUUID()));
      return false;
    } catch (InboxUnavailableException e) {
      return true;
    }
  }

  private void processOne(String id) throws Exception {
    inbox.start(script);
    inbox.accept(delivery(id));
    Eventually.isTrue(id + " is done", PATIENCE, () -> script.finished.get() == 1);
  }

  private Delivery delivery(String id) {
    byte[] body = ("{\"id\":\"" + id.toLowerCase(Locale.ROOT) + "\"}").getBytes(UTF_8);
    return new Delivery(prefix + id, "message.created", false, Instant.now(), body);
  }

  private static Outcome retry(long millis, boolean counts) {
    return new Outcome.RetryAt(Instant.now().plusMillis(millis), counts, "the contract says so");
  }

  private static byte[] bytes(Delivery delivery) {
    try (InputStream in = delivery.open()) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      in.transferTo(out);
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * So that the inbox has somebody else do what comes meanwhile, before there were virtual threads.
   */
  private static void awaitAsWorker(CountDownLatch latch) {
    try {
      ForkJoinPool.managedBlock(
          new ForkJoinPool.ManagedBlocker() {
            @Override
            public boolean block() {
              InboxContract.await(latch);
              return true;
            }

            @Override
            public boolean isReleasable() {
              return latch.getCount() == 0;
            }
          });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** What a try saw. */
  private record Try(Delivery delivery, int number, int waits, Progress attemptProgress) {}

  /** Does what it was told for one try after the other, and is done with everything after that. */
  private static final class Script implements DeliveryProcessor {
    private final Queue<DeliveryProcessor> steps = new ConcurrentLinkedQueue<>();
    private final List<Try> tries = new CopyOnWriteArrayList<>();
    private final AtomicInteger settled = new AtomicInteger();
    private final AtomicInteger finished = new AtomicInteger();

    Script then(DeliveryProcessor step) {
      steps.add(step);
      return this;
    }

    @Override
    public Outcome process(Attempt attempt) throws StoreUnavailableException {
      DeliveryProcessor step = steps.poll();
      tries.add(new Try(attempt.delivery(), attempt.number(), attempt.waits(), attempt.progress()));
      return step == null ? DONE : step.process(attempt);
    }

    @Override
    public void settled(Delivery delivery, Outcome outcome) {
      if (!(outcome instanceof Outcome.RetryAt)) {
        finished.incrementAndGet();
      }
      settled.incrementAndGet();
    }

    List<Try> tries() {
      return tries;
    }

    List<Try> awaitTries(int count) {
      Eventually.isTrue(count + " tries", PATIENCE, () -> tries.size() >= count);
      return tries;
    }

    void awaitSettled(int count) {
      Eventually.isTrue(count + " tries are settled", PATIENCE, () -> settled.get() >= count);
    }
  }
}
