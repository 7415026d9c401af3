package io.github.nylaswebhook.test;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.nylaswebhook.categorize.Evidence;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.inbox.Attempt;
import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.DeliveryProcessor;
import io.github.nylaswebhook.inbox.InMemoryDedupStore;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.inbox.OutcomeUnknownException;
import io.github.nylaswebhook.inbox.Predecessor;
import io.github.nylaswebhook.inbox.Progress;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.inbox.Sequence;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageRef;
import io.github.nylaswebhook.pipeline.TicketPipeline;
import io.github.nylaswebhook.ticket.Conversation;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.github.nylaswebhook.ticket.InMemoryConversationStore;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link TicketRouter} to one destination has to do: each mail is there once, whatever
 * fails on the way. Extend it, and give it a router and what stands in for its destination; keys
 * are unique to each test, so the stand-in may be one that other tests use, too.
 *
 * <p>A thousand tickets are routed, and two hundred threads; {@code NYLAS_CONTRACT_TICKETS} in the
 * environment, such as 100, makes that fewer, and faster.
 *
 * <p>The router under test has time-outs of about a second, no narrow rate limit, and {@code
 * ClosedTickets} as you like.
 */
public abstract class TicketRouterContract {
  /** Fewer where time is short: the environment says so. */
  private static final int TICKETS =
      Integer.parseInt(System.getenv().getOrDefault("NYLAS_CONTRACT_TICKETS", "1000"));

  /** Counted tries are many, and pauses short: it is the end that counts. */
  private static final RetryPolicy POLICY =
      new RetryPolicy(Duration.ofMillis(5), Duration.ofMillis(100), 100, Duration.ofDays(7));

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static final Duration LEASE = Duration.ofSeconds(5);

  /** Of each call, at the destination. */
  private static final double FAULTS = 0.1;

  /** Of each step of our own. */
  private static final double CRASHES = 0.03;

  private final String prefix = UUID.randomUUID().toString();
  private final Random random = new Random(20_261_122);
  private TicketRouter router;
  private Standing destination;

  protected TicketRouterContract() {}

  /** What the stand-in holds, over all that it was sent. */
  public interface Standing {
    /** The idempotency key of the mail that opened each ticket; doubles stand there twice. */
    List<String> tickets();

    /** The idempotency keys of the mails that were appended to the ticket that this one opened. */
    List<String> appended(String key);

    /** Those of them that only the team sees; none if the destination knows no such thing. */
    List<String> notes(String key);

    /** From now on each call fails with this probability, in every way it can; 0 mends it. */
    void fail(Random random, double share);

    /** The ticket that this mail opened is closed; nothing if there is no such thing. */
    void close(String key);
  }

  /** A new router to the stand-in; called once in each test. Closed afterwards if it can be. */
  protected abstract TicketRouter router() throws Exception;

  /** The stand-in behind the {@link #router()}; asked for after that. */
  protected abstract Standing destination();

  /** False where the destination can't be asked what it has: then doubles are possible. */
  protected boolean exactlyOnce() {
    return true;
  }

  /** False where all who see a ticket see everything in it. */
  protected boolean knowsNotes() {
    return true;
  }

  @BeforeEach
  void open() throws Exception {
    router = router();
    destination = destination();
  }

  @AfterEach
  void close() throws Exception {
    destination.fail(random, 0);
    if (router instanceof AutoCloseable closeable) {
      closeable.close();
    }
  }

  // ---- one by one

  @Test
  void aTicketIsOpenedAndNamed() throws Exception {
    Ticket ticket = ticket("1").build();
    TicketRef ref = router.route(ticket);
    assertEquals(List.of(ticket.idempotencyKey()), opened(ticket));
    assertFalse(ref.destination().isEmpty(), "the ref names the destination");
    assertTrue(!router.appends() || !ref.isNone(), "the ref of what is appended to has an id");
  }

  @Test
  void aTicketThatComesAgainIsTheSame() throws Exception {
    Ticket ticket = ticket("1").build();
    TicketRef first = router.route(ticket);
    if (router.idempotent()) {
      assertEquals(first, router.route(ticket), "again, without a word");
    }
    assertEquals(first, router.route(ticket.asRepeated()), "repeated");
    assertOnce(ticket);
  }

  @Test
  void aTicketThatIsSaidToBeRepeatedAndIsNotThereIsOpened() throws Exception {
    Ticket ticket = ticket("1").build().asRepeated();
    router.route(ticket);
    assertOnce(ticket);
  }

  @Test
  void aFollowUpIsAppendedOnce() throws Exception {
    assumeTrue(router.appends());
    Ticket ticket = ticket("1").build();
    TicketRef ref = router.route(ticket);
    Ticket second = ticket("2").build().followUp(ref);
    assertEquals(ref.id(), router.route(second).id(), "the same ticket");
    assertEquals(ref.id(), router.route(second.asRepeated()).id(), "repeated");
    Ticket third = ticket("3").build().followUp(ref);
    router.route(third.asRepeated());
    assertAppended(ticket, second, third);
    assertOnce(ticket);
    assertEquals(List.of(), opened(second), "no ticket of its own");
  }

  @Test
  void aNoteIsAppendedForTheTeam() throws Exception {
    assumeTrue(router.appends());
    Ticket ticket = ticket("1").build();
    TicketRef ref = router.route(ticket);
    Ticket note = ticket("2").build().asNote().followUp(ref);
    router.route(note);
    router.route(note.asRepeated());
    Ticket answer = ticket("3").build().followUp(ref);
    router.route(answer);
    assertAppended(ticket, note, answer);
    if (knowsNotes()) {
      List<String> notes = destination.notes(ticket.idempotencyKey());
      assertEquals(Set.of(note.idempotencyKey()), Set.copyOf(notes), "seen by the team alone");
    }
  }

  @Test
  void aFollowUpToAClosedTicketIsSomewhereOnce() throws Exception {
    assumeTrue(router.appends());
    Ticket ticket = ticket("1").build();
    TicketRef ref = router.route(ticket);
    destination.close(ticket.idempotencyKey());
    Ticket second = ticket("2").build().followUp(ref);
    TicketRef then = router.route(second);
    assertEquals(then.id(), router.route(second.asRepeated()).id(), "repeated");
    Ticket third = ticket("3").build().followUp(then);
    router.route(third);
    List<String> places = new ArrayList<>(opened(second));
    Stream.of(ticket, second)
        .flatMap(opener -> destination.appended(opener.idempotencyKey()).stream())
        .forEach(places::add);
    for (Ticket mail : List.of(second, third)) {
      long times = places.stream().filter(mail.idempotencyKey()::equals).count();
      assertTrue(exactlyOnce() ? times == 1 : times >= 1, mail + " is there " + times + " times");
    }
  }

  @Test
  void hardContentIsTaken() throws Exception {
    List<EmailAddress> crowd =
        IntStream.range(0, 200)
            .mapToObj(i -> new EmailAddress("Person \"" + i + "\" <x>", "p" + i + "@x.example"))
            .toList();
    String odd =
        "<b>&lt;&amp;</b> <!channel> {{x}} %s \\ \" ' \u0000\u0001\u001b\u007f\u0085\u2028"
            + "\ufeff\ufffe \u202e é 漢字 \ud83d\ude00 \ud83d \ude00 | *x* _y_ `z` [~a] \r\n\t";
    List<Ticket> hard =
        List.of(
            ticket("newline").subject("one\ntwo\r\nthree\u2028four").build(),
            ticket("long subject").subject("Subject ".repeat(625)).build(),
            ticket("astral subject").subject("\ud83d\ude00".repeat(2_500)).build(),
            ticket("no subject").subject("").build(),
            ticket("blank subject").subject(" \n ").build(),
            ticket("no sender").from(new EmailAddress("", "")).build(),
            ticket("odd sender").from(new EmailAddress(odd, "not an address " + odd)).build(),
            ticket("odd").subject(odd).text(odd).build(),
            ticket("no text").text("").build(),
            ticket("long text")
                .text("All work and no play, \ud83d\ude00 & <so> on.\n".repeat(8_000))
                .build(),
            ticket("one long word").text("x".repeat(300_000)).build(),
            ticket("crowd").recipients(crowd).build(),
            ticket("odd tags").category(odd).tags(Set.of(odd, "", " ", "t".repeat(500))).build());
    for (Ticket ticket : hard) {
      assertDoesNotThrow(() -> router.route(ticket), ticket::messageId);
      assertOnce(ticket);
    }
    if (!router.appends()) {
      return;
    }
    Ticket first = ticket("first").build();
    TicketRef ref = router.route(first);
    for (Ticket ticket : hard) {
      Ticket more = ticket("more " + ticket.messageId()).like(ticket).build().followUp(ref);
      assertDoesNotThrow(() -> router.route(more), ticket::messageId);
    }
    assertEquals(
        hard.size(), Set.copyOf(destination.appended(first.idempotencyKey())).size(), "appended");
  }

  @Test
  void manyAtOnceAreEachThereOnce() throws Exception {
    int threads = 64;
    List<Ticket> tickets =
        IntStream.range(0, threads).mapToObj(i -> ticket("many " + i).build()).toList();
    List<Callable<TicketRef>> all = new ArrayList<>();
    tickets.forEach(ticket -> all.add(() -> router.route(ticket)));
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (Future<TicketRef> ref : pool.invokeAll(all)) {
        ref.get();
      }
    } finally {
      pool.shutdownNow();
    }
    for (Ticket ticket : tickets) {
      assertOnce(ticket);
    }
  }

  // ---- through the pipeline, while everything fails now and then

  @Test
  void aThousandTicketsAreThereOnceWhateverFails() throws Exception {
    List<Mail> mails =
        IntStream.range(0, TICKETS).mapToObj(i -> mail("m" + i, "t" + i, i)).toList();
    try (Run run = new Run(mails)) {
      run.deliver(mails);
      run.awaitAllDone();
    }
    List<String> there = destination.tickets();
    Map<String, Long> counts = counts(there);
    for (Mail mail : mails) {
      assertCount(mail, counts.getOrDefault(key(mail), 0L));
    }
  }

  @Test
  void twoHundredThreadsAreATicketEachWhateverFails() throws Exception {
    assumeTrue(router.appends());
    int threads = TICKETS / 5;
    List<Mail> first = new ArrayList<>();
    List<Mail> later = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      first.add(mail("m" + i + "-1", "t" + i, 0));
      later.add(mail("m" + i + "-2", "t" + i, 1));
      later.add(mail("m" + i + "-3", "t" + i, 2));
    }
    Collections.shuffle(later, random);
    List<Mail> all = new ArrayList<>(first);
    all.addAll(later);
    try (Run run = new Run(all)) {
      // Whoever waits for a mail that fails some times in a row goes on without it, and opens the
      // ticket: so those that open them come first, and it is known which they are.
      run.deliver(first);
      run.awaitAllDone();
      run.deliver(later);
      run.awaitAllDone();
    }
    Map<String, Long> tickets = counts(destination.tickets());
    for (Mail mail : first) {
      assertCount(mail, tickets.getOrDefault(key(mail), 0L));
      Map<String, Long> appended = counts(destination.appended(key(mail)));
      String thread = mail.id().substring(0, mail.id().length() - 1);
      assertEquals(
          Set.of(
              Ticket.idempotencyKey(prefix, thread + "2"),
              Ticket.idempotencyKey(prefix, thread + "3")),
          appended.keySet(),
          mail.id());
      appended.values().forEach(times -> assertCount(mail, times));
    }
    for (Mail mail : later) {
      assertEquals(0L, tickets.getOrDefault(key(mail), 0L), "a ticket of its own: " + mail.id());
    }
  }

  private Mail mail(String id, String thread, int second) {
    return Mail.of(prefix, id)
        .thread(prefix + thread)
        .subject("Hello " + id)
        .date(Instant.now().plusSeconds(second % 3));
  }

  private static String key(Mail mail) {
    return Ticket.idempotencyKey(mail.grantId(), mail.id());
  }

  private static Map<String, Long> counts(List<String> keys) {
    Map<String, Long> counts = new ConcurrentHashMap<>();
    keys.forEach(key -> counts.merge(key, 1L, Long::sum));
    return counts;
  }

  private void assertCount(Mail mail, long times) {
    assertTrue(
        exactlyOnce() ? times == 1 : times >= 1, mail.id() + " is there " + times + " times");
  }

  /** An inbox and a pipeline in which everything fails now and then. */
  private final class Run implements AutoCloseable {
    private final Map<String, Mail> mailbox = new ConcurrentHashMap<>();
    private final InMemoryInbox inbox =
        InMemoryInbox.builder().retryPolicy(POLICY).pollInterval(Duration.ofMillis(20)).build();
    private final TicketPipeline pipeline;

    Run(List<Mail> mails) {
      mails.forEach(mail -> mailbox.put(mail.id(), mail));
      destination.fail(random, FAULTS);
      pipeline =
          TicketPipeline.builder()
              .dedupStore(new FailingDedupStore(random))
              // Whose completion fails isn't given back: it may be completed.
              .claimLease(LEASE)
              .conversationStore(new FailingConversationStore(random))
              .messageFetcher(this::fetch)
              .retryPolicy(POLICY)
              .ticketRouter(new Forgetful(router, random))
              .build();
      inbox.start(new FailingSaves(pipeline, random));
    }

    private Message fetch(MessageRef ref) {
      Mail mail = mailbox.get(ref.messageId());
      if (mail == null) {
        throw new AssertionError("no mail " + ref);
      }
      return Message.of(mail.toJson());
    }

    void deliver(List<Mail> mails) throws Exception {
      for (Mail mail : mails) {
        Message message = Message.of(mail.toJson());
        NotificationFixture notification = NotificationFixture.created(mail);
        inbox.accept(
            new Delivery(
                notification.id(),
                "message.created",
                false,
                Instant.now(),
                notification.json(),
                new Sequence(message.threadId(), message.date())));
      }
    }

    void awaitAllDone() throws StoreUnavailableException {
      Eventually.isTrue("all are done", PATIENCE, () -> inbox.statistics().waiting() == 0);
      assertEquals(
          List.of(),
          inbox.deadLetters().list("", 10).letters().stream()
              .map(letter -> letter.delivery() + ": " + letter.why())
              .toList(),
          "dead letters");
    }

    @Override
    public void close() {
      inbox.close();
      pipeline.close();
    }
  }

  /** Has done it, and loses the answer: as if the process ended at this moment. */
  private record Forgetful(TicketRouter router, Random random) implements TicketRouter {
    @Override
    public TicketRef route(Ticket ticket) throws Exception {
      TicketRef ref = router.route(ticket);
      if (random.nextDouble() < CRASHES) {
        throw random.nextBoolean()
            ? new OutcomeUnknownException("the answer is lost", null)
            : new IllegalStateException("the process ends");
      }
      return ref;
    }

    @Override
    public String destination() {
      return router.destination();
    }

    @Override
    public boolean appends() {
      return router.appends();
    }

    @Override
    public boolean idempotent() {
      return router.idempotent();
    }
  }

  /** Before it is done, or afterwards: who asks can't tell. */
  private static void maybe(Random random, Step step) throws StoreUnavailableException {
    double luck = random.nextDouble();
    if (luck < CRASHES / 2) {
      throw new StoreUnavailableException("out of reach", null);
    }
    step.run();
    if (luck > 1 - CRASHES / 2) {
      throw new StoreUnavailableException("out of reach, once it was done", null);
    }
  }

  private interface Step {
    void run() throws StoreUnavailableException;
  }

  private static final class FailingDedupStore implements DedupStore {
    private final DedupStore store = new InMemoryDedupStore();
    private final Random random;

    FailingDedupStore(Random random) {
      this.random = random;
    }

    @Override
    public Claim claim(String key, Duration lease) throws StoreUnavailableException {
      return store.claim(key, lease);
    }

    @Override
    public boolean renew(Claim.Claimed claim, Duration lease) throws StoreUnavailableException {
      return store.renew(claim, lease);
    }

    @Override
    public boolean complete(Claim.Claimed claim, Duration retention)
        throws StoreUnavailableException {
      boolean[] completed = new boolean[1];
      maybe(random, () -> completed[0] = store.complete(claim, retention));
      return completed[0];
    }

    @Override
    public boolean release(Claim.Claimed claim) throws StoreUnavailableException {
      return store.release(claim);
    }
  }

  private static final class FailingConversationStore implements ConversationStore {
    private final ConversationStore store = new InMemoryConversationStore();
    private final Random random;

    FailingConversationStore(Random random) {
      this.random = random;
    }

    @Override
    public List<Conversation> find(Collection<String> keys) throws StoreUnavailableException {
      return store.find(keys);
    }

    @Override
    public void save(Conversation conversation, Duration retention)
        throws StoreUnavailableException {
      maybe(random, () -> store.save(conversation, retention));
    }
  }

  private record FailingSaves(DeliveryProcessor processor, Random random)
      implements DeliveryProcessor {
    @Override
    public Outcome process(Attempt attempt) throws StoreUnavailableException {
      return processor.process(new FailingAttempt(attempt, random));
    }

    @Override
    public void settled(Delivery delivery, Outcome outcome) {
      processor.settled(delivery, outcome);
    }
  }

  private record FailingAttempt(Attempt attempt, Random random) implements Attempt {
    @Override
    public Delivery delivery() {
      return attempt.delivery();
    }

    @Override
    public int number() {
      return attempt.number();
    }

    @Override
    public int waits() {
      return attempt.waits();
    }

    @Override
    public Progress progress() {
      return attempt.progress();
    }

    @Override
    public List<Predecessor> predecessors() throws StoreUnavailableException {
      return attempt.predecessors();
    }

    @Override
    public void save(Progress progress) throws StoreUnavailableException {
      // Attempts keep what can't be stored now: in memory it is kept anyway.
      attempt.save(progress);
      if (random.nextDouble() < CRASHES) {
        throw new StoreUnavailableException("out of reach", null);
      }
    }
  }

  // ---- tickets

  private List<String> opened(Ticket ticket) {
    return destination.tickets().stream().filter(ticket.idempotencyKey()::equals).toList();
  }

  private void assertOnce(Ticket ticket) {
    int times = opened(ticket).size();
    assertTrue(
        exactlyOnce() ? times == 1 : times >= 1,
        ticket.messageId() + " is there " + times + " times");
  }

  private void assertAppended(Ticket ticket, Ticket... mails) {
    List<String> keys = Stream.of(mails).map(Ticket::idempotencyKey).toList();
    List<String> appended = destination.appended(ticket.idempotencyKey());
    assertEquals(keys, exactlyOnce() ? appended : appended.stream().distinct().toList());
  }

  private Draft ticket(String id) {
    return new Draft(prefix, prefix + " " + id);
  }

  /** A ticket with members that no message would give it. */
  private static final class Draft {
    private final String grantId;
    private final String id;
    private String subject = "It is broken";
    private String text = "Please help.\nThank you";
    private String category = "incidents";
    private EmailAddress from = new EmailAddress("Ann", "ann@customer.example");
    private List<EmailAddress> recipients = List.of(new EmailAddress("", "support@desk.example"));
    private Set<String> tags = Set.of("vip");

    Draft(String grantId, String id) {
      this.grantId = grantId;
      this.id = id;
    }

    Draft subject(String value) {
      subject = value;
      return this;
    }

    Draft text(String value) {
      text = value;
      return this;
    }

    Draft category(String value) {
      category = value;
      return this;
    }

    Draft from(EmailAddress value) {
      from = value;
      return this;
    }

    Draft recipients(List<EmailAddress> value) {
      recipients = value;
      return this;
    }

    Draft tags(Set<String> value) {
      tags = value;
      return this;
    }

    Draft like(Ticket ticket) {
      return subject(ticket.subject())
          .text(ticket.text())
          .category(ticket.category())
          .from(ticket.from())
          .recipients(ticket.recipients())
          .tags(ticket.tags());
    }

    Ticket build() {
      Instant now = Instant.now();
      Message message =
          Message.builder(grantId, id)
              .threadId("thread of " + id)
              .subject(subject)
              .from(List.of(from))
              .to(recipients)
              .date(now)
              .body("<p>" + text + "</p>")
              .headers(List.of())
              .build();
      return new Ticket(
          id,
          grantId,
          message.threadId(),
          subject,
          from,
          recipients,
          MessageKind.HUMAN,
          false,
          category,
          Priority.HIGH,
          tags,
          "",
          now,
          text.substring(0, Math.min(text.length(), Ticket.EXCERPT_LENGTH)),
          text,
          List.of(new Evidence("incidents", "subject", "broken", "broken")),
          Ticket.idempotencyKey(grantId, id),
          message,
          TicketRef.NONE,
          false,
          false);
    }
  }
}
