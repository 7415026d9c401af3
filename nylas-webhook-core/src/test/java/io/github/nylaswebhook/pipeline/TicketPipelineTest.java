package io.github.nylaswebhook.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.LogCapture;
import io.github.nylaswebhook.SettableClock;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.filter.Policy;
import io.github.nylaswebhook.filter.Verdict;
import io.github.nylaswebhook.inbox.Attempt;
import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.Disposition;
import io.github.nylaswebhook.inbox.InMemoryDedupStore;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.inbox.OutcomeUnknownException;
import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.inbox.Predecessor;
import io.github.nylaswebhook.inbox.Progress;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.internal.Threads;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageRef;
import io.github.nylaswebhook.notification.Notification;
import io.github.nylaswebhook.notification.TriggerType;
import io.github.nylaswebhook.nylas.NylasApiException;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TicketPipelineTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

  private final SettableClock clock = new SettableClock(NOW);
  private final InMemoryDedupStore store = new InMemoryDedupStore(clock, 1000);
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<MessageRef> fetched = new CopyOnWriteArrayList<>();
  private final List<Ticket> routed = new CopyOnWriteArrayList<>();

  /** What the fetcher throws, if anything. */
  private final AtomicReference<Exception> fetchFailure = new AtomicReference<>();

  /** What the router throws, if anything. */
  private final AtomicReference<Exception> routeFailure = new AtomicReference<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable closeable : opened) {
      closeable.close();
    }
  }

  private Message fetch(MessageRef ref) throws IOException {
    fetched.add(ref);
    Exception failure = fetchFailure.get();
    if (failure instanceof IOException e) {
      throw e;
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    return Message.builder(ref.grantId(), ref.messageId())
        .from("customer@x.example")
        .subject("The site is down")
        .body("A body that was fetched")
        .date(NOW.minusSeconds(60))
        .build();
  }

  private TicketRef route(Ticket ticket) throws Exception {
    if (routeFailure.get() != null) {
      throw routeFailure.get();
    }
    routed.add(ticket);
    return TicketRef.of("desk", "DESK-" + routed.size());
  }

  private TicketPipeline.Builder builder() {
    return TicketPipeline.builder()
        .clock(clock)
        .dedupStore(store)
        .messageFetcher(this::fetch)
        .ticketRouter(this::route);
  }

  private TicketPipeline open(TicketPipeline.Builder builder) {
    TicketPipeline pipeline = builder.build();
    opened.add(pipeline);
    return pipeline;
  }

  private TicketPipeline pipeline() {
    return open(builder());
  }

  /** One try at a delivery, whose progress stays for the next. */
  private static final class Try implements Attempt {
    private final Delivery delivery;
    private Progress progress = Progress.NONE;
    private int number = 1;
    private int waits;

    Try(Delivery delivery) {
      this.delivery = delivery;
    }

    @Override
    public Delivery delivery() {
      return delivery;
    }

    @Override
    public int number() {
      return number;
    }

    @Override
    public int waits() {
      return waits;
    }

    @Override
    public Progress progress() {
      return progress;
    }

    @Override
    public List<Predecessor> predecessors() {
      return List.of();
    }

    @Override
    public void save(Progress saved) {
      progress = saved;
    }
  }

  private Delivery delivery(String body) {
    return new Delivery(
        "d" + System.identityHashCode(body), "", false, clock.instant(), body.getBytes(UTF_8));
  }

  private Try attempt(String body) {
    return new Try(delivery(body));
  }

  private static String envelope(String type, Instant time, String object) {
    return "{\"id\":\"n\",\"type\":\""
        + type
        + "\",\"time\":"
        + time.getEpochSecond()
        + ",\"data\":{\"application_id\":\"app\",\"object\":"
        + object
        + "}}";
  }

  private static String message(String id, Instant date, String more) {
    return "{\"id\":\""
        + id
        + "\",\"grant_id\":\"g\",\"date\":"
        + date.getEpochSecond()
        + ",\"from\":[{\"email\":\"customer@x.example\"}],\"subject\":\"Told subject\""
        + more
        + "}";
  }

  private static String created(String id) {
    return envelope(
        "message.created", NOW, message(id, NOW.minusSeconds(60), ",\"body\":\"Told body\""));
  }

  private static String updated(String id, Instant time, Instant date) {
    return envelope("message.updated", time, message(id, date, ",\"body\":\"Told body\""));
  }

  private static Disposition done(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    return ((Outcome.Done) outcome).disposition();
  }

  private static Outcome.RetryAt retry(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.RetryAt.class);
    return (Outcome.RetryAt) outcome;
  }

  private static Outcome.Dead dead(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Dead.class);
    return (Outcome.Dead) outcome;
  }

  private static NylasApiException api(int status, String type, Instant retryAfter) {
    return new NylasApiException(status, type, "words", "r", false, retryAfter);
  }

  // ---- once

  @Test
  void aCreatedMessageIsFetchedAndBecomesATicket() {
    assertThat(done(pipeline().process(attempt(created("m"))))).isEqualTo(Disposition.ROUTED);
    assertThat(fetched).containsExactly(new MessageRef("app", "g", "m"));
    assertThat(routed)
        .singleElement()
        .satisfies(
            ticket -> {
              assertThat(ticket.messageId()).isEqualTo("m");
              assertThat(ticket.grantId()).isEqualTo("g");
              assertThat(ticket.subject()).isEqualTo("The site is down");
              assertThat(ticket.excerpt()).isEqualTo("A body that was fetched");
              assertThat(ticket.category()).isEqualTo("incidents");
              assertThat(ticket.priority()).isEqualTo(Priority.HIGH);
              assertThat(ticket.kind()).isEqualTo(MessageKind.HUMAN);
              assertThat(ticket.receivedAt()).isEqualTo(NOW.minusSeconds(60));
              assertThat(ticket.idempotencyKey()).isEqualTo(Ticket.idempotencyKey("g", "m"));
              assertThat(ticket.message().body()).isEqualTo("A body that was fetched");
            });
  }

  @Test
  void anotherNotificationOfTheSameMessageIsADuplicate() {
    TicketPipeline pipeline = pipeline();
    pipeline.process(attempt(created("m")));
    String cleaned =
        envelope("message.created.cleaned", NOW, message("m", NOW, ",\"body\":\"Markdown\""));
    assertThat(done(pipeline.process(attempt(cleaned)))).isEqualTo(Disposition.DUPLICATE);
    assertThat(routed).hasSize(1);
    assertThat(fetched).hasSize(1);
  }

  @Test
  void theSameIdInAnotherGrantIsAnotherMessage() {
    TicketPipeline pipeline = pipeline();
    pipeline.process(attempt(created("m")));
    pipeline.process(attempt(created("m").replace("\"g\"", "\"g2\"")));
    pipeline.process(attempt(created("b:c").replace("\"g\"", "\"a\"")));
    pipeline.process(attempt(created("c").replace("\"g\"", "\"a:b\"")));
    pipeline.process(attempt(created(":c").replace("\"g\"", "\"1:a\"")));
    assertThat(routed).hasSize(5);
  }

  @Test
  void twoNotificationsOfAMessageAtOnceMakeOneTicket() throws Exception {
    CountDownLatch fetching = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    TicketPipeline pipeline =
        open(
            builder()
                .messageFetcher(
                    ref -> {
                      fetching.countDown();
                      try {
                        go.await();
                      } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                      }
                      return fetch(ref);
                    }));
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      Future<Outcome> first = other.submit(() -> pipeline.process(attempt(created("m"))));
      assertThat(fetching.await(10, TimeUnit.SECONDS)).isTrue();
      Outcome.RetryAt waits = retry(pipeline.process(attempt(created("m"))));
      assertThat(waits.countsAsAttempt()).isFalse();
      assertThat(waits.when()).isEqualTo(NOW.plus(TicketPipeline.CLAIM_LEASE));
      go.countDown();
      assertThat(done(first.get())).isEqualTo(Disposition.ROUTED);
      assertThat(done(pipeline.process(attempt(created("m"))))).isEqualTo(Disposition.DUPLICATE);
      assertThat(routed).hasSize(1);
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  void manyNotificationsOfAMessageThroughTheInboxMakeOneTicket() throws Exception {
    InMemoryInbox inbox = InMemoryInbox.builder().pollInterval(Duration.ofMillis(5)).build();
    opened.add(inbox);
    AtomicInteger done = new AtomicInteger();
    TicketPipeline pipeline =
        open(
            TicketPipeline.builder()
                .claimLease(Duration.ofMillis(200))
                .messageFetcher(this::fetch)
                .ticketRouter(this::route)
                .observer(
                    new PipelineObserver() {
                      @Override
                      public void done(Delivery delivery, Outcome.Done outcome, Duration took) {
                        done.incrementAndGet();
                      }
                    }));
    inbox.start(pipeline);
    for (int i = 0; i < 200; i++) {
      inbox.accept(
          new Delivery("d" + i, "", false, Instant.now(), created("m" + i % 10).getBytes(UTF_8)));
    }
    await().atMost(Duration.ofSeconds(20)).until(() -> done.get() == 200);
    assertThat(routed).extracting(Ticket::messageId).hasSize(10).doesNotHaveDuplicates();
  }

  /** Writes down what happens to claims. */
  private DedupStore recording(List<String> events) {
    return new DedupStore() {
      @Override
      public Claim claim(String key, Duration lease) {
        events.add("claim");
        return store.claim(key, lease);
      }

      @Override
      public boolean renew(Claim.Claimed claim, Duration lease) {
        events.add("renew");
        return store.renew(claim, lease);
      }

      @Override
      public boolean complete(Claim.Claimed claim, Duration retention) {
        events.add("complete " + retention.toDays());
        return store.complete(claim, retention);
      }

      @Override
      public boolean release(Claim.Claimed claim) {
        events.add("release");
        return store.release(claim);
      }
    };
  }

  @Test
  void aMessageIsMarkedDoneAfterItsRouteSucceededAndNotBefore() {
    List<String> events = new CopyOnWriteArrayList<>();
    TicketPipeline pipeline =
        open(
            builder()
                .dedupStore(recording(events))
                .ticketRouter(
                    ticket -> {
                      events.add("route");
                      return route(ticket);
                    }));
    pipeline.process(attempt(created("m")));
    assertThat(events).containsExactly("claim", "route", "complete 8");

    events.clear();
    routeFailure.set(new IllegalStateException("no"));
    pipeline.process(attempt(created("m2")));
    assertThat(events).containsExactly("claim", "route", "release");
  }

  @Test
  void whatCannotBeRoutedOrFetchedGivesItsClaimBack() {
    TicketPipeline pipeline = pipeline();
    for (Exception failure :
        List.of(
            new IllegalStateException("broken"),
            new PermanentException("never"),
            new RetryLaterException("later", NOW.plusSeconds(5), false),
            new IOException("no route to host"))) {
      routeFailure.set(failure);
      pipeline.process(attempt(created("m")));
      routeFailure.set(null);
      fetchFailure.set(failure);
      pipeline.process(attempt(created("m")));
      fetchFailure.set(null);
    }
    assertThat(done(pipeline.process(attempt(created("m"))))).isEqualTo(Disposition.ROUTED);
  }

  @Test
  void whatMayHaveBeenRoutedIsTriedAgainByItsOwnDeliveryOnly() {
    TicketPipeline pipeline = pipeline();
    Try first = attempt(created("m"));
    routeFailure.set(new OutcomeUnknownException("unknown", null));
    assertThat(retry(pipeline.process(first)).countsAsAttempt()).isTrue();
    routeFailure.set(null);
    assertThat(done(pipeline.process(attempt(created("m"))))).isEqualTo(Disposition.DUPLICATE);
    assertThat(done(pipeline.process(first))).isEqualTo(Disposition.ROUTED);
    assertThat(routed).hasSize(1);
  }

  @Test
  void whatOneDestinationHasIsRoutedToTheOthersByItsOwnDeliveryOnly() {
    List<String> one = new ArrayList<>();
    List<String> other = new ArrayList<>();
    AtomicBoolean down = new AtomicBoolean(true);
    TicketPipeline pipeline =
        open(
            builder()
                .ticketRouter(
                    TicketRouter.allOf(
                        ticket -> {
                          one.add(ticket.messageId());
                          return TicketRef.of("one", "1");
                        },
                        ((TicketRouter)
                                ticket -> {
                                  if (down.get()) {
                                    throw new IOException("down");
                                  }
                                  other.add(ticket.messageId());
                                  return TicketRef.of("other", "2");
                                })
                            .named("other"))));
    Try first = attempt(created("m"));
    retry(pipeline.process(first));
    for (int i = 0; i < 5; i++) {
      pipeline.process(attempt(created("m")));
    }
    retry(pipeline.process(first));
    down.set(false);
    assertThat(done(pipeline.process(first))).isEqualTo(Disposition.ROUTED);
    assertThat(one).containsExactly("m");
    assertThat(other).containsExactly("m");
  }

  @Test
  void aRouterThatGivesNoRefHasRoutedAllTheSame() {
    AtomicInteger calls = new AtomicInteger();
    for (TicketRef ref : new TicketRef[] {null, TicketRef.of("desk", null)}) {
      calls.set(0);
      TicketPipeline pipeline =
          open(
              builder()
                  .ticketRouter(
                      ticket -> {
                        calls.incrementAndGet();
                        return ref;
                      }));
      assertThat(done(pipeline.process(attempt(created("null " + ref)))))
          .isEqualTo(Disposition.ROUTED);
      assertThat(calls).hasValue(1);
    }
  }

  @Test
  void aGrantThatIsNotFoundSaysNothingOfTheMail() {
    TicketPipeline pipeline = pipeline();
    fetchFailure.set(api(404, "grant.not_found", null));
    Try attempt = attempt(created("m"));
    retry(pipeline.process(attempt));
    retry(pipeline.process(attempt));
    assertThat(pipeline.process(attempt)).isInstanceOf(Outcome.Dead.class);
  }

  @Test
  void whatAsksToBeTriedAtOnceWaitsAllTheSame() {
    TicketPipeline pipeline = pipeline();
    fetchFailure.set(api(429, "rate_limit_error", NOW));
    assertThat(retry(pipeline.process(attempt(created("m")))).when())
        .isAfterOrEqualTo(NOW.plusMillis(500));
    fetchFailure.set(null);
    routeFailure.set(new RetryLaterException("later", NOW.minusSeconds(5), false));
    assertThat(retry(pipeline.process(attempt(created("m")))).when())
        .isAfterOrEqualTo(NOW.plusMillis(500));
  }

  @Test
  void anyAnswerButARefusalOpensTheGate() {
    TicketPipeline pipeline = pipeline();
    fetchFailure.set(api(401, "unauthorized", null));
    Outcome.RetryAt refused = retry(pipeline.process(attempt(created("m"))));
    assertThat(pipeline.problems()).isNotEmpty();
    clock.set(refused.when());
    fetchFailure.set(api(404, "not_found_error", null));
    retry(pipeline.process(attempt(created("m"))));
    assertThat(pipeline.problems()).isEmpty();
  }

  @Test
  void aRouteWhoseEndGotLostIsNotRepeated() {
    TicketPipeline pipeline = pipeline();
    Try attempt = attempt(created("m"));
    pipeline.process(attempt);
    assertThat(done(pipeline.process(attempt))).isEqualTo(Disposition.DUPLICATE);
    assertThat(routed).hasSize(1);
  }

  @Test
  void whereATicketIsIsStoredBeforeTheNextOneIsRoutedAndByTheClaimAfterTheLast() {
    Try attempt = attempt(created("m"));
    List<Integer> savedBefore = new ArrayList<>();
    TicketRouter counting =
        ticket -> {
          savedBefore.add(attempt.progress().entries().size());
          return TicketRef.of("somewhere", "1");
        };
    TicketPipeline pipeline =
        open(
            builder()
                .ticketRouter(
                    TicketRouter.allOf(
                        counting.named("a"), counting.named("b"), counting.named("c"))));
    assertThat(done(pipeline.process(attempt))).isEqualTo(Disposition.ROUTED);
    assertThat(savedBefore).containsExactly(0, 1, 2);
    assertThat(attempt.progress().entries()).hasSize(2);
  }

  @Test
  void aRouteWhoseCompletionCantBeStoredIsntRepeated() throws Exception {
    InMemoryDedupStore store = new InMemoryDedupStore(clock, 10);
    AtomicBoolean down = new AtomicBoolean(true);
    DedupStore failing =
        new DedupStore() {
          @Override
          public Claim claim(String key, Duration lease) {
            return store.claim(key, lease);
          }

          @Override
          public boolean renew(Claim.Claimed claim, Duration lease) {
            return store.renew(claim, lease);
          }

          @Override
          public boolean complete(Claim.Claimed claim, Duration retention)
              throws StoreUnavailableException {
            if (down.get()) {
              throw new StoreUnavailableException("down", null);
            }
            return store.complete(claim, retention);
          }

          @Override
          public boolean release(Claim.Claimed claim) {
            return store.release(claim);
          }
        };
    TicketPipeline pipeline = open(builder().dedupStore(failing));
    Try attempt = attempt(created("m"));
    assertThat(retry(pipeline.process(attempt)).countsAsAttempt()).isFalse();
    down.set(false);
    Outcome.RetryAt leased = retry(pipeline.process(attempt));
    clock.set(leased.when());
    assertThat(done(pipeline.process(attempt))).isEqualTo(Disposition.ROUTED);
    assertThat(routed).hasSize(1);
  }

  @Test
  void aClaimIsRenewedWhileTheRouterTakesLongerThanTheLease() throws Exception {
    InMemoryDedupStore shared = new InMemoryDedupStore();
    CountDownLatch routing = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    TicketPipeline slow =
        open(
            builder()
                .clock(InstantSource.system())
                .dedupStore(shared)
                .claimLease(Duration.ofMillis(300))
                .ticketRouter(
                    ticket -> {
                      routing.countDown();
                      go.await();
                      return route(ticket);
                    }));
    TicketPipeline other = open(builder().clock(InstantSource.system()).dedupStore(shared));
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try {
      Future<Outcome> first = pool.submit(() -> slow.process(attempt(created("m"))));
      assertThat(routing.await(10, TimeUnit.SECONDS)).isTrue();
      await()
          .atMost(Duration.ofSeconds(5))
          .during(Duration.ofSeconds(1))
          .until(() -> other.process(attempt(created("m"))) instanceof Outcome.RetryAt);
      go.countDown();
      assertThat(done(first.get())).isEqualTo(Disposition.ROUTED);
      assertThat(routed).hasSize(1);
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void whoHasLostTheLeaseDoesNotRoute() {
    TicketPipeline pipeline =
        open(
            builder()
                .messageFetcher(
                    ref -> {
                      clock.advance(TicketPipeline.CLAIM_LEASE.plusSeconds(1));
                      return fetch(ref);
                    }));
    Outcome.RetryAt outcome = retry(pipeline.process(attempt(created("m"))));
    assertThat(outcome.countsAsAttempt()).isFalse();
    assertThat(outcome.when()).isAfter(clock.instant());
    assertThat(routed).isEmpty();
  }

  @Test
  void aLeaseThatIsHalfOverIsRenewedBeforeTheRoute() {
    List<String> events = new CopyOnWriteArrayList<>();
    TicketPipeline pipeline =
        open(
            builder()
                .dedupStore(recording(events))
                .messageFetcher(
                    ref -> {
                      clock.advance(Duration.ofSeconds(45));
                      return fetch(ref);
                    }));
    assertThat(done(pipeline.process(attempt(created("m"))))).isEqualTo(Disposition.ROUTED);
    assertThat(events).containsExactly("claim", "renew", "complete 8");
  }

  @Test
  void withoutTheDedupStoreNothingIsDone() {
    DedupStore down =
        new DedupStore() {
          @Override
          public Claim claim(String key, Duration lease) throws StoreUnavailableException {
            throw new StoreUnavailableException("the store is down", null);
          }

          @Override
          public boolean renew(Claim.Claimed claim, Duration lease) {
            return false;
          }

          @Override
          public boolean complete(Claim.Claimed claim, Duration retention) {
            return false;
          }

          @Override
          public boolean release(Claim.Claimed claim) {
            return false;
          }
        };
    Outcome.RetryAt outcome =
        retry(open(builder().dedupStore(down)).process(attempt(created("m"))));
    assertThat(outcome.countsAsAttempt()).isFalse();
    assertThat(outcome.when()).isAfter(NOW);
    assertThat(outcome.why()).contains("the store is down");
    assertThat(fetched).isEmpty();
    assertThat(routed).isEmpty();
  }

  /** On JDK 17 there are fewer threads that compute than processors, and all may wait at once. */
  @Test
  void deliveriesThatWaitForTheDedupStoreHoldNoOthersUp() throws Exception {
    int deliveries = Runtime.getRuntime().availableProcessors() + 2;
    CountDownLatch together = new CountDownLatch(deliveries);
    DedupStore remote =
        new DedupStore() {
          @Override
          public Claim claim(String key, Duration lease) throws StoreUnavailableException {
            together.countDown();
            try {
              if (!together.await(20, TimeUnit.SECONDS)) {
                throw new StoreUnavailableException("the others didn't come", null);
              }
            } catch (InterruptedException e) {
              throw new StoreUnavailableException("interrupted", e);
            }
            return store.claim(key, lease);
          }

          @Override
          public boolean renew(Claim.Claimed claim, Duration lease) {
            return store.renew(claim, lease);
          }

          @Override
          public boolean complete(Claim.Claimed claim, Duration retention) {
            return store.complete(claim, retention);
          }

          @Override
          public boolean release(Claim.Claimed claim) {
            return store.release(claim);
          }
        };
    TicketPipeline pipeline = open(builder().dedupStore(remote));
    ExecutorService workers = Threads.workers("test-worker", deliveries);
    try {
      List<Future<Outcome>> outcomes = new ArrayList<>();
      for (int i = 0; i < deliveries; i++) {
        Try attempt = attempt(created("m" + i));
        outcomes.add(workers.submit(() -> pipeline.process(attempt)));
      }
      for (Future<Outcome> outcome : outcomes) {
        assertThat(done(outcome.get())).isEqualTo(Disposition.ROUTED);
      }
    } finally {
      workers.shutdownNow();
    }
  }

  // ---- message.updated

  private TicketPipeline knowingTheGrantSince(Instant since, List<Notification> told) {
    TicketPipeline pipeline = open(builder().on(TriggerType.MESSAGE_UPDATED, told::add));
    pipeline.process(attempt(envelope("grant.created", since, "{\"grant_id\":\"g\",\"code\":1}")));
    return pipeline;
  }

  @Test
  void anUpdateOfAMessageThatIsNewIsATicketAndToldToListeners() {
    List<Notification> told = new ArrayList<>();
    TicketPipeline pipeline = knowingTheGrantSince(NOW.minus(Duration.ofDays(1)), told);
    assertThat(done(pipeline.process(attempt(updated("m", NOW, NOW.minusSeconds(600))))))
        .isEqualTo(Disposition.ROUTED);
    assertThat(routed).hasSize(1);
    assertThat(told).hasSize(1);
  }

  @Test
  void anUpdateOfAMessageThatIsTooOldIsOnlyToldToListeners() {
    List<Notification> told = new ArrayList<>();
    TicketPipeline pipeline = knowingTheGrantSince(NOW.minus(Duration.ofDays(1)), told);
    Instant tooOld = NOW.minus(TicketPipeline.NEW_WITHIN).minusSeconds(1);
    assertThat(done(pipeline.process(attempt(updated("m", NOW, tooOld)))))
        .isEqualTo(Disposition.NOTIFIED);
    assertThat(told).hasSize(1);
    assertThat(fetched).isEmpty();
    assertThat(done(pipeline.process(attempt(updated("m2", NOW, tooOld.plusSeconds(61))))))
        .isEqualTo(Disposition.ROUTED);
  }

  @Test
  void anUpdateOfAMessageFromBeforeTheGrantIsNoTicket() {
    List<Notification> told = new ArrayList<>();
    TicketPipeline pipeline = knowingTheGrantSince(NOW.minusSeconds(300), told);
    assertThat(done(pipeline.process(attempt(updated("m", NOW, NOW.minusSeconds(301))))))
        .isEqualTo(Disposition.NOTIFIED);
    assertThat(routed).isEmpty();
    assertThat(told).hasSize(1);
    assertThat(done(pipeline.process(attempt(updated("m", NOW, NOW.minusSeconds(300))))))
        .isEqualTo(Disposition.ROUTED);
  }

  @Test
  void anUpdateOfAMessageThatIsATicketIsOnlyToldToListeners() {
    List<Notification> told = new ArrayList<>();
    TicketPipeline pipeline = knowingTheGrantSince(NOW.minus(Duration.ofDays(1)), told);
    pipeline.process(attempt(created("m")));
    assertThat(done(pipeline.process(attempt(updated("m", NOW, NOW.minusSeconds(60))))))
        .isEqualTo(Disposition.NOTIFIED);
    assertThat(routed).hasSize(1);
    assertThat(told).hasSize(1);
  }

  @Test
  void anUpdateWithoutADateIsJudgedByTheFetchedOne() {
    TicketPipeline pipeline =
        open(
            builder()
                .messageFetcher(
                    ref -> {
                      fetched.add(ref);
                      return Message.builder("g", ref.messageId())
                          .from("c@x.example")
                          .date(ref.messageId().equals("old") ? NOW.minusSeconds(9_999) : NOW)
                          .build();
                    }));
    pipeline.process(
        attempt(envelope("grant.created", NOW.minusSeconds(99_999), "{\"grant_id\":\"g\"}")));
    String undated = envelope("message.updated", NOW, "{\"id\":\"old\",\"grant_id\":\"g\"}");
    assertThat(done(pipeline.process(attempt(undated)))).isEqualTo(Disposition.NOTIFIED);
    assertThat(done(pipeline.process(attempt(undated.replace("\"old\"", "\"new\"")))))
        .isEqualTo(Disposition.ROUTED);
    assertThat(fetched).hasSize(2);
    assertThat(done(pipeline.process(attempt(created("old"))))).isEqualTo(Disposition.ROUTED);
  }

  // ---- other notifications

  @Test
  void everyOtherTypeIsToldToItsListenersAndToThoseForAny() {
    List<String> told = new ArrayList<>();
    TicketPipeline pipeline =
        open(
            builder()
                .on(TriggerType.MESSAGE_DELETED, n -> told.add("deleted"))
                .on(TriggerType.FOLDER_CREATED, n -> told.add("folder"))
                .onAny(n -> told.add("any " + n.type())));
    assertThat(done(pipeline.process(attempt(envelope("message.deleted", NOW, "{\"id\":\"m\"}")))))
        .isEqualTo(Disposition.NOTIFIED);
    pipeline.process(attempt(envelope("holodeck.engaged", NOW, "null")));
    pipeline.process(attempt(envelope("message.bounced", NOW, "{\"message\":{\"id\":\"m\"}}")));
    assertThat(told)
        .containsExactly(
            "deleted", "any message.deleted", "any holodeck.engaged", "any message.bounced");
    assertThat(fetched).isEmpty();
  }

  @Test
  void aListenerThatFailsIsToldAgainTheOthersAndTheRouterAreNot() {
    List<String> told = new ArrayList<>();
    AtomicInteger failures = new AtomicInteger(2);
    TicketPipeline pipeline =
        open(
            builder()
                .onAny(n -> told.add("good"))
                .onAny(
                    n -> {
                      if (failures.getAndDecrement() > 0) {
                        throw new IOException("listener is out");
                      }
                      told.add("late");
                    })
                .onAny(n -> told.add("last")));
    Try attempt = attempt(created("m"));
    assertThat(retry(pipeline.process(attempt)).countsAsAttempt()).isTrue();
    assertThat(retry(pipeline.process(attempt)).countsAsAttempt()).isTrue();
    assertThat(done(pipeline.process(attempt))).isEqualTo(Disposition.ROUTED);
    assertThat(told).containsExactly("good", "last", "late");
    assertThat(routed).hasSize(1);
  }

  @Test
  void aCreatedMessageWithoutIdsIsADeadLetter() {
    assertThat(dead(pipeline().process(attempt(envelope("message.created", NOW, "null")))).why())
        .contains("no grant or no message");
  }

  @Test
  void aFilteredMessageIsSetAsideForGood() {
    TicketPipeline pipeline = open(builder().ownAddresses(List.of("CUSTOMER@x.example")));
    Outcome.Done outcome = (Outcome.Done) pipeline.process(attempt(created("m")));
    assertThat(outcome.disposition()).isEqualTo(Disposition.SKIPPED);
    assertThat(outcome.reasons()).containsExactly("own-address");
    assertThat(done(pipeline.process(attempt(created("m"))))).isEqualTo(Disposition.DUPLICATE);
    assertThat(routed).isEmpty();
  }

  @Test
  void whatIsSetAsideIsCountedByKindAndReason() {
    TicketPipeline pipeline = open(builder().ownAddresses(List.of("customer@x.example")));
    pipeline.process(attempt(created("m")));
    pipeline.process(attempt(created("m")));
    pipeline.process(attempt(created("n")));
    assertThat(pipeline.statistics())
        .isEqualTo(
            new PipelineStatistics(
                0, Map.of(MessageKind.OWN, 2L), Map.of("own-address", 2L), 1, 0, 0));
    TicketPipeline routing = open(builder());
    routing.process(attempt(created("o")));
    assertThat(routing.statistics())
        .isEqualTo(new PipelineStatistics(1, Map.of(), Map.of(), 0, 0, 0));
  }

  @ParameterizedTest
  @EnumSource(MessageKind.class)
  void aKindHasThePolicyThatItsBuilderWasGiven(MessageKind kind) {
    for (Policy policy : Policy.values()) {
      routed.clear();
      TicketPipeline pipeline =
          open(
              builder()
                  .messageFilter((message, context) -> new Verdict(kind, List.of(), true))
                  .policy(kind, policy));
      Disposition disposition = done(pipeline.process(attempt(created("m-" + policy))));
      assertThat(disposition).isEqualTo(policy.routes() ? Disposition.ROUTED : Disposition.SKIPPED);
      assertThat(routed).hasSize(policy.routes() ? 1 : 0);
      assertThat(routed)
          .allSatisfy(
              ticket -> assertThat(ticket.silent()).isEqualTo(policy == Policy.ROUTE_SILENTLY));
    }
  }

  // ---- what is fetched

  @Test
  void byDefaultEveryMessageIsFetched() {
    pipeline().process(attempt(created("m")));
    assertThat(fetched).hasSize(1);
  }

  @Test
  void aMessageThatCameWholeNeedNotBeFetched() {
    TicketPipeline pipeline = open(builder().fetchPolicy(FetchPolicy.WHEN_INCOMPLETE));
    assertThat(done(pipeline.process(attempt(created("m"))))).isEqualTo(Disposition.ROUTED);
    assertThat(fetched).isEmpty();
    assertThat(routed.get(0).excerpt()).isEqualTo("Told body");
  }

  @ParameterizedTest
  @ValueSource(strings = {",\"body\":\"\"", ",\"body\":null", "", ",\"body\":\"half a bo\""})
  void aTruncatedMessageIsFetchedWhateverItsBody(String body) {
    TicketPipeline pipeline = open(builder().fetchPolicy(FetchPolicy.WHEN_INCOMPLETE));
    pipeline.process(
        attempt(envelope("message.created.cleaned.truncated", NOW, message("m", NOW, body))));
    assertThat(fetched).hasSize(1);
    assertThat(routed.get(0).excerpt()).isEqualTo("A body that was fetched");
  }

  @ParameterizedTest
  @ValueSource(strings = {",\"body\":\"\"", ",\"body\":null", ""})
  void aMessageWithoutABodyIsFetchedThoughNothingSaysTruncated(String body) {
    TicketPipeline pipeline = open(builder().fetchPolicy(FetchPolicy.WHEN_INCOMPLETE));
    pipeline.process(
        attempt(envelope("message.created.transformed", NOW, message("m", NOW, body))));
    assertThat(fetched).hasSize(1);
  }

  @Test
  void aMessageOfTheMetadataScopeIsNeverFetched() {
    for (FetchPolicy policy : FetchPolicy.values()) {
      TicketPipeline pipeline = open(builder().fetchPolicy(policy));
      assertThat(
              done(
                  pipeline.process(
                      attempt(
                          envelope(
                              "message.created.metadata", NOW, message("m" + policy, NOW, ""))))))
          .isEqualTo(Disposition.ROUTED);
    }
    assertThat(fetched).isEmpty();
  }

  // ---- when Nylas doesn't give it

  @Test
  void aMessageThatIsGoneIsLookedUpTwiceMoreAndThenSkipped() {
    TicketPipeline pipeline = pipeline();
    fetchFailure.set(api(404, "not_found_error", null));
    Try attempt = attempt(created("m"));
    Outcome.RetryAt first = retry(pipeline.process(attempt));
    assertThat(first.when()).isEqualTo(NOW.plusSeconds(30));
    assertThat(first.countsAsAttempt()).isFalse();
    Outcome.RetryAt second = retry(pipeline.process(attempt));
    assertThat(second.when()).isEqualTo(NOW.plus(Duration.ofMinutes(2)));
    assertThat(second.countsAsAttempt()).isFalse();
    assertThat(done(pipeline.process(attempt))).isEqualTo(Disposition.GONE);
    fetchFailure.set(null);
    assertThat(done(pipeline.process(attempt(created("m"))))).isEqualTo(Disposition.ROUTED);
  }

  @Test
  void aMessageThatIsFoundAtTheSecondLookIsRouted() {
    TicketPipeline pipeline = pipeline();
    fetchFailure.set(api(404, "grant.not_found", null));
    Try attempt = attempt(created("m"));
    retry(pipeline.process(attempt));
    fetchFailure.set(null);
    assertThat(done(pipeline.process(attempt))).isEqualTo(Disposition.ROUTED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"401 unauthorized", "400 token.unauthorized_access"})
  void aRefusedKeyPausesTheApplicationAndEmptiesNothing(String refusal) {
    TicketPipeline pipeline = pipeline();
    String[] statusAndType = refusal.split(" ", 2);
    fetchFailure.set(api(Integer.parseInt(statusAndType[0]), statusAndType[1], null));
    assertThat(pipeline.problems()).isEmpty();
    Outcome.RetryAt refused = retry(pipeline.process(attempt(created("m"))));
    assertThat(refused.countsAsAttempt()).isFalse();
    assertThat(refused.when()).isAfter(NOW);
    assertThat(pipeline.problems()).singleElement().asString().contains("app");

    Outcome.RetryAt paused = retry(pipeline.process(attempt(created("m2"))));
    assertThat(paused.countsAsAttempt()).isFalse();
    assertThat(paused.when()).isEqualTo(refused.when());
    assertThat(fetched).as("the second wasn't even asked for").hasSize(1);

    fetchFailure.set(null);
    clock.set(refused.when());
    assertThat(done(pipeline.process(attempt(created("m"))))).isEqualTo(Disposition.ROUTED);
    assertThat(pipeline.problems()).isEmpty();
    assertThat(done(pipeline.process(attempt(created("m2"))))).isEqualTo(Disposition.ROUTED);
  }

  @Test
  void whileOneGoesToSeeTheOthersWait() {
    TicketPipeline pipeline = pipeline();
    fetchFailure.set(api(401, "unauthorized", null));
    Instant until = retry(pipeline.process(attempt(created("m")))).when();
    clock.set(until);
    Instant longer = retry(pipeline.process(attempt(created("m")))).when();
    assertThat(fetched).hasSize(2);
    assertThat(longer).isAfter(until);
    retry(pipeline.process(attempt(created("m2"))));
    assertThat(fetched).hasSize(2);
  }

  @Test
  void aGrantThatTheProviderRefusesPausesNoOther() {
    TicketPipeline pipeline = pipeline();
    fetchFailure.set(new NylasApiException(401, "provider_error", "", "r", true, null));
    retry(pipeline.process(attempt(created("m"))));
    assertThat(pipeline.problems()).singleElement().asString().contains("grant g");
    fetchFailure.set(null);
    assertThat(done(pipeline.process(attempt(created("m").replace("\"g\"", "\"g2\"")))))
        .isEqualTo(Disposition.ROUTED);
    assertThat(retry(pipeline.process(attempt(created("m2")))).countsAsAttempt()).isFalse();
  }

  @Test
  void anotherApplicationGoesOn() {
    TicketPipeline pipeline = pipeline();
    fetchFailure.set(api(401, "unauthorized", null));
    retry(pipeline.process(attempt(created("m"))));
    fetchFailure.set(null);
    assertThat(done(pipeline.process(attempt(created("m2").replace("\"app\"", "\"other\"")))))
        .isEqualTo(Disposition.ROUTED);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 403, 409, 410, 422, 423})
  void aRefusalThatStaysIsADeadLetterAtOnce(int status) {
    fetchFailure.set(api(status, "api.error", null));
    assertThat(dead(pipeline().process(attempt(created("m")))).why())
        .contains(Integer.toString(status));
    assertThat(routed).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404, 429, 500})
  void whatNylasRefusesGivesItsClaimBackAndAReplayRoutesIt(int status) {
    List<String> events = new CopyOnWriteArrayList<>();
    TicketPipeline pipeline = open(builder().dedupStore(recording(events)));
    fetchFailure.set(api(status, "api.error", null));
    pipeline.process(attempt(created("m")));
    assertThat(events).containsExactly("claim", "release");
    fetchFailure.set(null);
    clock.advance(RetryPolicy.MAX);
    assertThat(done(pipeline.process(attempt(created("m"))))).isEqualTo(Disposition.ROUTED);
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void anOutageIsWaitedForAsLongAsItSays(int status) {
    Instant when = NOW.plusSeconds(77);
    fetchFailure.set(api(status, "api.error", when));
    Outcome.RetryAt told = retry(pipeline().process(attempt(created("m"))));
    assertThat(told.when()).isEqualTo(when);
    assertThat(told.countsAsAttempt()).isFalse();

    fetchFailure.set(api(status, "api.error", null));
    Outcome.RetryAt untold = retry(pipeline().process(attempt(created("m"))));
    assertThat(untold.when()).isBetween(NOW.plusMillis(500), NOW.plusSeconds(1));
    assertThat(untold.countsAsAttempt()).isFalse();
  }

  @Test
  void anUnreachableNylasIsWaitedForLongerAndLonger() {
    fetchFailure.set(new IOException("no route to host"));
    Try attempt = attempt(created("m"));
    attempt.waits = 5;
    Outcome.RetryAt outcome = retry(pipeline().process(attempt));
    assertThat(outcome.countsAsAttempt()).isFalse();
    assertThat(outcome.when()).isBetween(NOW.plusSeconds(16), NOW.plusSeconds(32));
  }

  @Test
  void aFetcherThatFailsOtherwiseIsACountedFailure() {
    fetchFailure.set(new IllegalStateException("a bug"));
    assertThat(retry(pipeline().process(attempt(created("m")))).countsAsAttempt()).isTrue();
  }

  // ---- when the destination doesn't take it

  @Test
  void aRouterThatFailsIsACountedFailureWithGrowingPauses() {
    routeFailure.set(new IllegalStateException("the desk is closed"));
    Try attempt = attempt(created("m"));
    attempt.number = 4;
    Outcome.RetryAt outcome = retry(pipeline().process(attempt));
    assertThat(outcome.countsAsAttempt()).isTrue();
    assertThat(outcome.when()).isBetween(NOW.plusSeconds(4), NOW.plusSeconds(8));
    assertThat(outcome.why()).contains("the desk is closed");
  }

  @Test
  void aRouterSaysWhenToComeBackAndWhetherItCounts() {
    TicketPipeline pipeline = pipeline();
    routeFailure.set(new RetryLaterException("busy", NOW.plusSeconds(99), false));
    assertThat(pipeline.process(attempt(created("m"))))
        .isEqualTo(new Outcome.RetryAt(NOW.plusSeconds(99), false, "busy"));
    routeFailure.set(new RetryLaterException("busy", NOW.plusSeconds(99), true));
    assertThat(pipeline.process(attempt(created("m"))))
        .isEqualTo(new Outcome.RetryAt(NOW.plusSeconds(99), true, "busy"));
    routeFailure.set(new PermanentException("never"));
    assertThat(dead(pipeline.process(attempt(created("m")))).why()).isEqualTo("never");
    routeFailure.set(new OutcomeUnknownException("no answer", null));
    assertThat(retry(pipeline.process(attempt(created("m")))).countsAsAttempt()).isTrue();
  }

  @Test
  void failuresThatAskForAShortPauseComeBackNoSoonerThanOthers() {
    Try attempt = attempt(created("m"));
    attempt.number = 6;
    routeFailure.set(new RetryLaterException("busy", NOW.plusSeconds(2), true));
    assertThat(retry(pipeline().process(attempt)).when())
        .isBetween(NOW.plusSeconds(16), NOW.plusSeconds(32));
    routeFailure.set(new RetryLaterException("busy", NOW.plusSeconds(2), false));
    assertThat(retry(pipeline().process(attempt)).when()).isEqualTo(NOW.plusSeconds(2));
  }

  @Test
  void theKeyIsTheSameForEveryTry() {
    List<String> keys = new ArrayList<>();
    TicketPipeline pipeline =
        open(
            builder()
                .ticketRouter(
                    ticket -> {
                      keys.add(ticket.idempotencyKey());
                      throw new OutcomeUnknownException("no answer", null);
                    }));
    Try attempt = attempt(created("m"));
    pipeline.process(attempt);
    clock.advance(Duration.ofMinutes(5));
    pipeline.process(attempt);
    assertThat(keys).hasSize(2);
    assertThat(keys.get(0)).isEqualTo(keys.get(1)).isEqualTo(Ticket.idempotencyKey("g", "m"));
  }

  @Test
  void twelveFailuresAreADeadLetterAndAReplayRoutesIt() throws Exception {
    InMemoryInbox inbox =
        InMemoryInbox.builder().clock(clock).pollInterval(Duration.ofMillis(1)).build();
    opened.add(inbox);
    AtomicInteger tries = new AtomicInteger();
    List<String> observed = new CopyOnWriteArrayList<>();
    inbox.start(
        open(
            builder()
                .ticketRouter(
                    ticket -> {
                      tries.incrementAndGet();
                      return route(ticket);
                    })
                .observer(
                    new PipelineObserver() {
                      @Override
                      public void dead(Delivery delivery, String why) {
                        observed.add("dead");
                      }

                      @Override
                      public void done(Delivery delivery, Outcome.Done outcome, Duration took) {
                        observed.add("done " + outcome.disposition());
                      }
                    })));
    routeFailure.set(new IllegalStateException("the desk is closed"));
    Delivery delivery = delivery(created("m"));
    inbox.accept(delivery);
    await()
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              clock.advance(RetryPolicy.MAX);
              return observed.contains("dead");
            });
    assertThat(tries).hasValue(RetryPolicy.MAX_ATTEMPTS);
    assertThat(inbox.deadLetters().get(delivery.id()).orElseThrow().why())
        .contains("12 attempts", "the desk is closed");

    routeFailure.set(null);
    assertThat(inbox.deadLetters().replay(delivery.id())).isTrue();
    await().until(() -> observed.contains("done ROUTED"));
    assertThat(routed).hasSize(1);
    assertThat(inbox.deadLetters().list("", 1).letters()).isEmpty();
  }

  @Test
  void ofSeveralDestinationsARetryGoesOnlyToTheOneThatFailed() {
    List<String> calls = new ArrayList<>();
    AtomicReference<Exception> failure = new AtomicReference<>(new IOException("out"));
    TicketRouter first = ticket -> TicketRef.of("a", record(calls, "a"));
    TicketRouter second =
        ticket -> {
          calls.add("b");
          if (failure.get() != null) {
            throw failure.get();
          }
          return TicketRef.of("b", "B-1");
        };
    TicketRouter third = ticket -> TicketRef.of("c", record(calls, "c"));
    TicketPipeline pipeline =
        open(
            builder()
                .ticketRouter(
                    TicketRouter.allOf(first.named("a"), second.named("b"), third.named("c"))));
    Try attempt = attempt(created("m"));
    retry(pipeline.process(attempt));
    assertThat(calls).containsExactly("a", "b", "c");
    failure.set(new PermanentException("never"));
    dead(pipeline.process(attempt));
    failure.set(null);
    assertThat(done(pipeline.process(attempt))).isEqualTo(Disposition.ROUTED);
    assertThat(calls).containsExactly("a", "b", "c", "b", "b");
  }

  private static String record(List<String> calls, String name) {
    calls.add(name);
    return name;
  }

  @Test
  void aPermanentFailureOfOneDestinationWaitsForTheOthers() {
    TicketRouter never =
        ticket -> {
          throw new PermanentException("never");
        };
    TicketRouter later =
        ticket -> {
          throw new RetryLaterException("busy", NOW.plusSeconds(9), false);
        };
    for (TicketRouter router :
        List.of(
            TicketRouter.allOf(never.named("a"), later.named("b")),
            TicketRouter.allOf(later.named("b"), never.named("a")))) {
      assertThat(open(builder().ticketRouter(router)).process(attempt(created("m"))))
          .isEqualTo(new Outcome.RetryAt(NOW.plusSeconds(9), false, "busy"));
    }
  }

  @Test
  void aTicketThatNobodyAcceptsIsADeadLetter() {
    TicketRouter nobody = TicketRouter.firstOf(((TicketRouter) this::route).when(ticket -> false));
    assertThat(dead(open(builder().ticketRouter(nobody)).process(attempt(created("m")))).why())
        .contains("no router accepts", "incidents");
  }

  // ---- several in one POST

  private static String deltas(String... ids) {
    List<String> deltas = new ArrayList<>();
    for (String id : ids) {
      deltas.add(
          "{\"type\":\"message.created\",\"data\":{\"grant_id\":\"g\",\"id\":\"" + id + "\"}}");
    }
    return "{\"deltas\":[" + String.join(",", deltas) + "]}";
  }

  @Test
  void ofSeveralDeltasOnlyTheOneThatFailedIsRepeated() {
    List<String> told = new ArrayList<>();
    AtomicInteger failures = new AtomicInteger(1);
    TicketPipeline pipeline =
        open(
            builder()
                .ticketRouter(
                    ticket -> {
                      if (ticket.messageId().equals("b") && failures.getAndDecrement() > 0) {
                        throw new IOException("out");
                      }
                      return route(ticket);
                    })
                .onAny(n -> told.add(n.objectId())));
    Try attempt = attempt(deltas("a", "b", "c"));
    assertThat(retry(pipeline.process(attempt)).countsAsAttempt()).isTrue();
    assertThat(routed).extracting(Ticket::messageId).containsExactly("a", "c");
    assertThat(done(pipeline.process(attempt))).isEqualTo(Disposition.ROUTED);
    assertThat(routed).extracting(Ticket::messageId).containsExactly("a", "c", "b");
    assertThat(told).containsExactly("a", "c", "b");
    assertThat(fetched).extracting(MessageRef::messageId).containsExactly("a", "b", "c", "b");
  }

  @Test
  void aDeltaThatIsDeadKeepsNoneOfTheOthersFromBeingRouted() {
    TicketPipeline pipeline =
        open(
            builder()
                .messageFetcher(
                    ref -> {
                      if (ref.messageId().equals("a")) {
                        throw api(403, "forbidden", null);
                      }
                      return fetch(ref);
                    }));
    assertThat(dead(pipeline.process(attempt(deltas("a", "b")))).why()).contains("403");
    assertThat(routed).extracting(Ticket::messageId).containsExactly("b");
  }

  // ---- around it

  @Test
  void anObserverThatThrowsChangesNothing() {
    PipelineObserver broken =
        (PipelineObserver)
            java.lang.reflect.Proxy.newProxyInstance(
                PipelineObserver.class.getClassLoader(),
                new Class<?>[] {PipelineObserver.class},
                (proxy, method, arguments) -> {
                  throw new IllegalStateException(method.getName());
                });
    List<String> told = new ArrayList<>();
    PipelineObserver good =
        new PipelineObserver() {
          @Override
          public void fetched(MessageRef ref, Duration took) {
            told.add("fetched");
          }

          @Override
          public void routed(Ticket ticket, TicketRef ref, Duration took) {
            told.add("routed " + ref.id());
          }

          @Override
          public void duplicateMessage(MessageRef ref) {
            told.add("duplicate");
          }

          @Override
          public void skipped(MessageRef ref, Verdict verdict) {
            told.add("skipped");
          }

          @Override
          public void gone(MessageRef ref) {
            told.add("gone");
          }
        };
    TicketPipeline pipeline =
        open(builder().goneLookups(List.of()).observer(broken).observer(good));
    assertThat(done(pipeline.process(attempt(created("m"))))).isEqualTo(Disposition.ROUTED);
    assertThat(done(pipeline.process(attempt(created("m"))))).isEqualTo(Disposition.DUPLICATE);
    fetchFailure.set(api(404, "", null));
    assertThat(done(pipeline.process(attempt(created("m2"))))).isEqualTo(Disposition.GONE);
    pipeline.settled(delivery(created("m")), new Outcome.Dead("why"));
    pipeline.settled(delivery(created("m")), new Outcome.RetryAt(NOW, true, "why"));
    assertThat(told).containsExactly("fetched", "routed DESK-1", "duplicate", "gone");
  }

  @Test
  void aRetentionWithinTheReconcilersReachIsRefused() {
    for (Duration retention :
        List.of(TicketPipeline.RECONCILE_REACH, Duration.ofDays(1), Duration.ZERO)) {
      TicketPipeline.Builder builder = builder().retention(retention);
      assertThatThrownBy(builder::build)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("reconciler");
    }
    assertThat(open(builder().retention(Duration.ofDays(7).plusMillis(1)))).isNotNull();
    TicketPipeline.Builder hasty = builder().claimLease(Duration.ofMillis(2));
    assertThatThrownBy(hasty::build).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void withoutARouterTicketsGoToTheLogAndItSaysSoOnce() {
    try (LogCapture log = LogCapture.info()) {
      TicketPipeline pipeline =
          open(TicketPipeline.builder().clock(clock).dedupStore(store).messageFetcher(this::fetch));
      assertThat(done(pipeline.process(attempt(created("m"))))).isEqualTo(Disposition.ROUTED);
      assertThat(done(pipeline.process(attempt(created("m2"))))).isEqualTo(Disposition.ROUTED);
      assertThat(log.lines()).filteredOn(line -> line.contains("No TicketRouter")).hasSize(1);
      assertThat(log.lines()).filteredOn(line -> line.contains("Ticket[incidents")).isNotEmpty();
    }
  }

  @Test
  void aClosedPipelineLetsDeliveriesWait() {
    TicketPipeline pipeline = pipeline();
    pipeline.close();
    Outcome.RetryAt outcome = retry(pipeline.process(attempt(created("m"))));
    assertThat(outcome.countsAsAttempt()).isFalse();
    assertThat(outcome.when()).isAfter(NOW);
    assertThat(fetched).isEmpty();
  }

  @Test
  void whatAnExceptionQuotesOfAMailIsNotLogged() {
    try (LogCapture log = LogCapture.info()) {
      TicketPipeline pipeline = pipeline();
      for (Exception failure :
          List.of(
              new IllegalStateException("can't file 'Secret subject'"),
              new IOException("rejected: Secret body"))) {
        routeFailure.set(failure);
        Try attempt = attempt(created("m"));
        Outcome outcome = pipeline.process(attempt);
        assertThat(retry(outcome).why()).as("it is kept for people").contains("Secret");
        pipeline.settled(attempt.delivery(), outcome);
        pipeline.settled(
            attempt.delivery(),
            new RetryPolicy(Duration.ofSeconds(1), Duration.ofSeconds(1), 1, Duration.ofDays(7))
                .settle(outcome, 1, NOW));
      }
      assertThat(log.lines())
          .anyMatch(line -> line.contains("failed") && line.contains("IllegalStateException"))
          .anyMatch(line -> line.contains("dead letter") && line.contains("IOException"))
          .noneMatch(line -> line.contains("Secret"));
    }
  }

  @Test
  void whatAMailSaysIsNeverLogged() throws Exception {
    try (LogCapture log = LogCapture.info()) {
      InMemoryInbox inbox =
          InMemoryInbox.builder()
              .retryPolicy(
                  new RetryPolicy(
                      Duration.ofMillis(1), Duration.ofMillis(1), 2, Duration.ofDays(7)))
              .pollInterval(Duration.ofMillis(1))
              .build();
      opened.add(inbox);
      AtomicInteger ended = new AtomicInteger();
      inbox.start(
          open(
              TicketPipeline.builder()
                  .retryPolicy(
                      new RetryPolicy(
                          Duration.ofMillis(1), Duration.ofMillis(1), 2, Duration.ofDays(7)))
                  .ownAddresses(List.of("own@x.example"))
                  .goneLookups(List.of())
                  .messageFetcher(
                      ref -> {
                        switch (ref.messageId()) {
                          case "gone" -> throw api(404, "not_found", null);
                          case "forbidden" -> throw api(403, "forbidden", null);
                          default -> {}
                        }
                        return Message.builder("g", ref.messageId())
                            .from(ref.messageId().equals("own") ? "own@x.example" : "c@x.example")
                            .subject("Secret subject, urgent")
                            .body("Secret body, it is down")
                            .build();
                      })
                  .ticketRouter(
                      ticket -> {
                        if (ticket.messageId().equals("failing")) {
                          throw new IllegalStateException("the desk is closed");
                        }
                        return TicketRef.of("desk", "1");
                      })
                  .observer(
                      new PipelineObserver() {
                        @Override
                        public void done(Delivery delivery, Outcome.Done outcome, Duration took) {
                          ended.incrementAndGet();
                        }

                        @Override
                        public void dead(Delivery delivery, String why) {
                          ended.incrementAndGet();
                        }
                      })));
      List<String> bodies = new ArrayList<>();
      for (String id : List.of("good", "gone", "forbidden", "own", "failing")) {
        bodies.add(
            envelope(
                "message.created",
                NOW,
                message(id, NOW, ",\"body\":\"Secret body\",\"snippet\":\"Secret snippet\"")
                    .replace("Told subject", "Secret subject")));
      }
      bodies.add("{\"type\":\"message.created\",\"Secret member\":\"Secret value\" Secret broken");
      bodies.add("Secret garbage");
      bodies.add("{\"Secret\":1}");
      for (int i = 0; i < bodies.size(); i++) {
        inbox.accept(
            new Delivery("d" + i, "", false, Instant.now(), bodies.get(i).getBytes(UTF_8)));
      }
      await().until(() -> ended.get() == bodies.size());
      assertThat(log.lines()).hasSizeGreaterThanOrEqualTo(bodies.size());
      assertThat(log.lines()).noneMatch(line -> line.contains("Secret"));
    }
  }

  // ---- folders

  private TicketPipeline withoutFolders(IOException failure) {
    return open(
        builder()
            .messageFetcher(
                ref ->
                    Message.builder(ref.grantId(), ref.messageId())
                        .from("customer@x.example")
                        .folders(List.of("AAMkOpaque"))
                        .build())
            .folderSource(
                (application, grant, ids) -> {
                  throw failure;
                }));
  }

  @Test
  void foldersThatCannotBeListedForGoodHoldNoMailBack() {
    for (IOException failure : List.of(api(500, "api.x", null), new IOException("broken"))) {
      TicketPipeline pipeline = withoutFolders(failure);
      Try attempt = attempt(created(failure.toString()));
      for (int i = 1; i < 5; i++) {
        assertThat(retry(pipeline.process(attempt)).countsAsAttempt()).isFalse();
      }
      assertThat(done(pipeline.process(attempt))).isEqualTo(Disposition.ROUTED);
    }
  }

  @Test
  void foldersThatAreRefusedWithTheCredentialsDoHoldMailBack() {
    for (int status : List.of(401, 429)) {
      TicketPipeline pipeline = withoutFolders(api(status, "api.x", null));
      Try attempt = attempt(created("m" + status));
      for (int i = 1; i < 10; i++) {
        assertThat(retry(pipeline.process(attempt)).countsAsAttempt()).isFalse();
        clock.advance(Duration.ofHours(2));
      }
    }
    assertThat(routed).isEmpty();
  }
}
