package io.github.nylaswebhook.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.SettableClock;
import io.github.nylaswebhook.inbox.Attempt;
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
import io.github.nylaswebhook.inbox.Sequence;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Header;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageRef;
import io.github.nylaswebhook.ticket.Conversation;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.github.nylaswebhook.ticket.InMemoryConversationStore;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConversationTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

  private final SettableClock clock = new SettableClock(NOW);
  private final InMemoryDedupStore claims = new InMemoryDedupStore(clock, 1000);
  private final InMemoryConversationStore conversations =
      new InMemoryConversationStore(clock, 1000);
  private final Map<String, Message> mailbox = new ConcurrentHashMap<>();
  private final List<String> fetched = new CopyOnWriteArrayList<>();
  private final Desk desk = new Desk("desk", true, true);
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable closeable : opened) {
      closeable.close();
    }
  }

  /** A destination that knows keys again, and shows what it was given. */
  private static final class Desk implements TicketRouter {
    private final String name;
    private final boolean appends;
    private final boolean idempotent;
    private final List<Ticket> routed = new CopyOnWriteArrayList<>();
    private final Map<String, TicketRef> byKey = new ConcurrentHashMap<>();
    private final AtomicInteger last = new AtomicInteger();

    /** Thrown, once each, before or after it is done. */
    private final List<Exception> before = new CopyOnWriteArrayList<>();

    private final List<Exception> after = new CopyOnWriteArrayList<>();
    private volatile boolean closesTickets;

    Desk(String name, boolean appends, boolean idempotent) {
      this.name = name;
      this.appends = appends;
      this.idempotent = idempotent;
    }

    @Override
    public TicketRef route(Ticket ticket) throws Exception {
      if (!before.isEmpty()) {
        throw before.remove(0);
      }
      routed.add(ticket);
      TicketRef ref =
          byKey.computeIfAbsent(
              ticket.idempotencyKey(),
              key ->
                  ticket.isFollowUp() && !closesTickets
                      ? ticket.parent()
                      : TicketRef.of(name, name + "-" + last.incrementAndGet()));
      if (!after.isEmpty()) {
        throw after.remove(0);
      }
      return ref;
    }

    @Override
    public String destination() {
      return name;
    }

    @Override
    public boolean appends() {
      return appends;
    }

    @Override
    public boolean idempotent() {
      return idempotent;
    }

    /** Each mail, and the ticket that it was to be appended to. */
    List<String> got() {
      return routed.stream()
          .map(
              ticket ->
                  ticket.messageId()
                      + (ticket.isFollowUp() ? ">" + ticket.parent().id() : "")
                      + (ticket.note() ? " note" : "")
                      + (ticket.repeated() ? " repeated" : ""))
          .toList();
    }
  }

  /** One try at a delivery, whose progress stays for the next. */
  private static final class Try implements Attempt {
    private final Delivery delivery;
    private final List<Predecessor> predecessors = new ArrayList<>();
    private Progress progress = Progress.NONE;
    private int number = 1;

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
      return 0;
    }

    @Override
    public Progress progress() {
      return progress;
    }

    @Override
    public List<Predecessor> predecessors() {
      return predecessors;
    }

    @Override
    public void save(Progress saved) {
      progress = saved;
    }
  }

  private Message.Builder mail(String id, String thread, String from, String... headers) {
    List<Header> lines = new ArrayList<>();
    lines.add(new Header("Message-ID", "<" + id + "@mail.example>"));
    for (int i = 0; i < headers.length; i += 2) {
      lines.add(new Header(headers[i], headers[i + 1]));
    }
    return Message.builder("g", id)
        .threadId(thread)
        .from(from)
        .to(List.of(new EmailAddress("", "support@desk.example")))
        .subject("It is broken")
        .body("Please help")
        .date(NOW)
        .headers(lines);
  }

  private String put(Message.Builder mail) {
    Message message = mail.build();
    mailbox.put(message.id(), message);
    return message.id();
  }

  private TicketPipeline.Builder builder(TicketRouter router) {
    return TicketPipeline.builder()
        .clock(clock)
        .dedupStore(claims)
        .conversationStore(conversations)
        .ownAddresses(List.of("Support@desk.example"))
        .messageFetcher(this::fetch)
        .ticketRouter(router);
  }

  private Message fetch(MessageRef ref) {
    fetched.add(ref.messageId());
    Message message = mailbox.get(ref.messageId());
    if (message == null) {
      throw new AssertionError("no mail " + ref);
    }
    return message;
  }

  private TicketPipeline open(TicketPipeline.Builder builder) {
    TicketPipeline pipeline = builder.build();
    opened.add(pipeline);
    return pipeline;
  }

  private Try attempt(String id) {
    return new Try(delivery(id, null));
  }

  private static Delivery delivery(String id, Sequence sequence) {
    String body =
        "{\"id\":\"n-%s\",\"type\":\"message.created\",\"data\":{\"application_id\":\"a\",\"object\":{\"id\":\"%s\",\"grant_id\":\"g\"}}}"
            .formatted(id, id);
    return new Delivery("n-" + id, "", false, NOW, body.getBytes(UTF_8), sequence);
  }

  private static Disposition done(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    return ((Outcome.Done) outcome).disposition();
  }

  private static Outcome.RetryAt retry(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.RetryAt.class);
    return (Outcome.RetryAt) outcome;
  }

  /** Processes mails in this order, each to its end. */
  private void process(TicketRouter router, String... ids) {
    TicketPipeline pipeline = open(builder(router));
    for (String id : ids) {
      done(pipeline.process(attempt(id)));
    }
  }

  // ---- which mails belong together

  @Test
  void aFurtherMailOfAThreadIsAFollowUp() {
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "ann@x.example", "In-Reply-To", "<1@mail.example>"));
    put(mail("3", "other", "ann@x.example"));
    process(desk, "1", "2", "3");
    assertThat(desk.got()).containsExactly("1", "2>desk-1", "3");
  }

  @Test
  void aRouterThatAppendsNothingGetsTicketsOnly() {
    Desk plain = new Desk("plain", false, true);
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "ann@x.example"));
    put(mail("away", "t", "ann@x.example", "Auto-Submitted", "auto-replied"));
    process(plain, "1", "2", "away");
    assertThat(plain.got()).containsExactly("1", "2");
    assertThat(conversations.find(List.of("thread:1:g:t"))).isEmpty();
  }

  @Test
  void aThreadOfAnotherGrantIsAnotherConversation() {
    put(mail("1", "t", "ann@x.example"));
    process(desk, "1");
    Message second = mail("2", "t", "ann@x.example").build();
    mailbox.put("2", second);
    Delivery elsewhere =
        new Delivery(
            "n-2",
            "",
            false,
            NOW,
            "{\"id\":\"n-2\",\"type\":\"message.created\",\"data\":{\"object\":{\"id\":\"2\",\"grant_id\":\"g2\"}}}"
                .getBytes(UTF_8));
    done(open(builder(desk)).process(new Try(elsewhere)));
    assertThat(desk.got()).containsExactly("1", "2");
  }

  @ParameterizedTest
  @CsvSource({
    "In-Reply-To, <1@mail.example>",
    "in-reply-to, '\"Ann\" wrote <1@mail.example>'",
    "References, <0@mail.example> <1@mail.example>",
    "References, '<1@mail.example>\r\n <unknown@mail.example>'"
  })
  void withoutAThreadTheReferencesTell(String header, String value) {
    put(mail("1", "", "ann@x.example"));
    put(mail("2", "", "bob@x.example", header, value));
    process(desk, "1", "2");
    assertThat(desk.got()).containsExactly("1", "2>desk-1");
  }

  @Test
  void anAnswerThatComesBeforeWhatItAnswersOpensTheTicketOfBoth() {
    put(mail("2", "", "bob@x.example", "References", "<1@mail.example> <1b@mail.example>"));
    put(mail("1", "", "ann@x.example"));
    process(desk, "2", "1");
    assertThat(desk.got()).containsExactly("2", "1>desk-1");
  }

  @Test
  void theThreadComesBeforeTheReferences() {
    put(mail("1", "a", "ann@x.example"));
    put(mail("2", "b", "ann@x.example"));
    put(mail("3", "b", "ann@x.example", "References", "<1@mail.example>"));
    process(desk, "1", "2", "3");
    assertThat(desk.got()).containsExactly("1", "2", "3>desk-2");
  }

  @Test
  void referencesLeadIntoAnotherThreadIfTheirOwnIsNew() {
    put(mail("1", "a", "ann@x.example"));
    put(mail("2", "b", "bob@x.example", "References", "<1@mail.example>"));
    put(mail("3", "b", "cat@x.example", "References", "<9@mail.example>"));
    process(desk, "1", "2", "3");
    assertThat(desk.got()).containsExactly("1", "2>desk-1", "3>desk-1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Re: [desk-1] broken", "AW: broken [#Desk-1]", "about #desk-1", "[EXT] [DESK-1]"})
  void aTicketThatTheSubjectNamesIsAppendedToBySomebodyWhoTakesPart(String subject) {
    put(mail("1", "a", "ann@x.example").cc(List.of(new EmailAddress("", "Bob@x.example"))));
    put(mail("2", "b", "bob@x.example").subject(subject));
    put(mail("3", "c", "stranger@x.example").subject(subject));
    process(desk, "1", "2", "3");
    assertThat(desk.got()).containsExactly("1", "2>desk-1", "3");
  }

  @Test
  void aStrangersMailOfTheSameSubjectIsATicketOfItsOwn() {
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "stranger@y.example"));
    put(mail("3", "t", "stranger@y.example"));
    put(mail("4", "t", "ann@x.example", "References", "<1@mail.example>"));
    put(mail("5", "t", "third@y.example", "References", "<2@mail.example> <our@desk.example>"));
    put(mail("6", "t", "fourth@y.example"));
    process(desk, "1", "2", "3", "4", "5", "6");
    assertThat(desk.got()).containsExactly("1", "2", "3>desk-2", "4>desk-1", "5>desk-2", "6");
  }

  @Test
  void aStrangerWhoAnswersBelongsToTheThread() {
    // To an answer of ours, which never came this way.
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "boss@x.example", "In-Reply-To", "<our-answer@desk.example>"));
    process(desk, "1", "2");
    assertThat(desk.got()).containsExactly("1", "2>desk-1");
  }

  @ParameterizedTest
  @CsvSource({"Re: It is broken, 2>desk-1", "It is broken, 2"})
  void withoutHeadersTheSubjectSaysWhetherItIsAnAnswer(String subject, String expected) {
    put(mail("1", "t", "ann@x.example"));
    put(
        Message.builder("g", "2")
            .threadId("t")
            .from("stranger@x.example")
            .subject(subject)
            .date(NOW));
    process(desk, "1", "2");
    assertThat(desk.got()).containsExactly("1", expected);
  }

  @Test
  void aConversationIsForgottenInTheEnd() {
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "ann@x.example"));
    process(desk, "1");
    clock.advance(ConversationStore.RETENTION.plusSeconds(1));
    process(desk, "2");
    assertThat(desk.got()).containsExactly("1", "2");
  }

  // ---- notes

  @Test
  void whatMachinesAnswerIsANoteOnTheTicket() {
    put(mail("1", "t", "ann@x.example"));
    put(mail("away", "t", "ann@x.example", "Auto-Submitted", "auto-replied"));
    put(
        mail(
            "bounce",
            "t",
            "MAILER-DAEMON@x.example",
            "Content-Type",
            "multipart/report; report-type=delivery-status"));
    process(desk, "1", "away", "bounce");
    assertThat(desk.got()).containsExactly("1", "away>desk-1 note", "bounce>desk-1 note");
    assertThat(desk.routed.get(1).silent()).isTrue();
  }

  @Test
  void whatMachinesAnswerWithoutATicketIsSkipped() {
    put(mail("away", "t", "ann@x.example", "Auto-Submitted", "auto-replied"));
    put(mail("1", "t", "ann@x.example"));
    TicketPipeline pipeline = open(builder(desk));
    assertThat(done(pipeline.process(attempt("away")))).isEqualTo(Disposition.SKIPPED);
    assertThat(done(pipeline.process(attempt("away")))).isEqualTo(Disposition.DUPLICATE);
    assertThat(pipeline.statistics().setAside()).hasSize(1);
    process(desk, "1");
    assertThat(desk.got()).containsExactly("1");
  }

  @Test
  void aNoteWaitsForTheTicketThatIsOnItsWay() {
    put(mail("away", "t", "ann@x.example", "Auto-Submitted", "auto-replied"));
    TicketPipeline pipeline = open(builder(desk));
    Try note = attempt("away");
    note.predecessors.add(new Predecessor("n-1", NOW, 0, Progress.NONE));
    assertThat(retry(pipeline.process(note)).countsAsAttempt()).isFalse();
    put(mail("1", "t", "ann@x.example"));
    done(pipeline.process(attempt("1")));
    note.predecessors.clear();
    assertThat(done(pipeline.process(note))).isEqualTo(Disposition.ROUTED);
    assertThat(desk.got()).containsExactly("1", "away>desk-1 note");
  }

  // ---- at once, and in order

  @Test
  void twoMailsOfANewThreadOnTwoNodesMakeOneTicketAndOneFollowUp() throws Exception {
    CountDownLatch routing = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    TicketRouter slow =
        new TicketRouter() {
          @Override
          public TicketRef route(Ticket ticket) throws Exception {
            routing.countDown();
            assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
            return desk.route(ticket);
          }

          @Override
          public boolean appends() {
            return true;
          }
        };
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "ann@x.example"));
    TicketPipeline one = open(builder(slow));
    TicketPipeline other = open(builder(slow));
    ExecutorService node = Executors.newSingleThreadExecutor();
    try {
      Future<Outcome> first = node.submit(() -> one.process(attempt("1")));
      assertThat(routing.await(20, TimeUnit.SECONDS)).isTrue();
      Outcome.RetryAt waits = retry(other.process(attempt("2")));
      assertThat(waits.countsAsAttempt()).isFalse();
      assertThat(waits.when()).isEqualTo(NOW.plusSeconds(1));
      go.countDown();
      done(first.get());
      done(other.process(attempt("2")));
    } finally {
      node.shutdownNow();
    }
    assertThat(desk.got()).containsExactly("1", "2>desk-1");
  }

  @Test
  void mailsThatWaitTogetherAreRoutedInTheOrderOfTheirDates() throws Exception {
    List<String> ids = new ArrayList<>();
    for (int i = 10; i < 20; i++) {
      ids.add(put(mail("m" + i, "t", "ann@x.example").date(NOW.plusSeconds(i))));
    }
    List<String> shuffled = new ArrayList<>(ids);
    Collections.shuffle(shuffled, new Random(7));
    InMemoryInbox inbox =
        InMemoryInbox.builder().pollInterval(Duration.ofMillis(20)).workers(4).build();
    opened.add(inbox);
    for (String id : shuffled) {
      inbox.accept(delivery(id, new Sequence("t", mailbox.get(id).date())));
    }
    inbox.start(open(TicketPipeline.builder().messageFetcher(this::fetch).ticketRouter(desk)));
    await().atMost(Duration.ofSeconds(60)).until(() -> desk.routed.size() == ids.size());
    assertThat(desk.routed).extracting(Ticket::messageId).containsExactlyElementsOf(ids);
    assertThat(desk.got().get(9)).isEqualTo("m19>desk-1");
  }

  @Test
  void anEarlierMailIsWaitedForWhereItIsNotYet() {
    Desk other = new Desk("other", true, true);
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "ann@x.example"));
    other.before.add(new RetryLaterException("closed", NOW.plusSeconds(300), false));
    TicketPipeline pipeline = open(builder(TicketRouter.allOf(desk, other)));
    Try first = attempt("1");
    assertThat(retry(pipeline.process(first)).when()).isEqualTo(NOW.plusSeconds(300));
    Try second = attempt("2");
    second.predecessors.add(new Predecessor("n-1", NOW.plusSeconds(300), 0, first.progress));
    assertThat(retry(pipeline.process(second)).when()).isEqualTo(NOW.plusSeconds(300));
    assertThat(desk.got()).containsExactly("1", "2>desk-1");
    assertThat(other.got()).isEmpty();
    done(pipeline.process(first));
    second.predecessors.clear();
    done(pipeline.process(second));
    assertThat(desk.got()).containsExactly("1", "2>desk-1");
    assertThat(other.got()).containsExactly("1", "2>other-1");
  }

  @Test
  void anEarlierMailThatKeepsFailingIsNotWaitedFor() {
    put(mail("2", "t", "ann@x.example"));
    TicketPipeline pipeline = open(builder(desk));
    Try second = attempt("2");
    second.predecessors.add(new Predecessor("n-1", NOW.plusSeconds(9), 2, Progress.NONE));
    assertThat(retry(pipeline.process(second)).when()).isEqualTo(NOW.plusSeconds(9));
    assertThat(fetched).isEmpty();
    second.predecessors.set(0, new Predecessor("n-1", NOW, 3, Progress.NONE));
    done(pipeline.process(second));
  }

  @Test
  void anEarlierMailWhoseTicketMayBeThereIsWaitedForHoweverOftenItFails() {
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "ann@x.example"));
    desk.after.add(new OutcomeUnknownException("no answer", null));
    TicketPipeline pipeline = open(builder(desk));
    Try first = attempt("1");
    retry(pipeline.process(first));
    Try second = attempt("2");
    second.predecessors.add(new Predecessor("n-1", NOW, 11, first.progress));
    retry(pipeline.process(second));
    done(pipeline.process(first));
    second.predecessors.clear();
    done(pipeline.process(second));
    assertThat(desk.byKey.values()).extracting(TicketRef::id).containsOnly("desk-1");
  }

  // ---- several destinations

  @Test
  void aFollowUpGoesWhereTheTicketIsWhateverRulesWouldSay() {
    Desk billing = new Desk("billing", true, true);
    TicketRouter router = TicketRouter.byCategory(Map.of("billing", billing), desk);
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "ann@x.example").subject("Re: invoice").body("My invoice, a refund please"));
    put(mail("3", "u", "ann@x.example").subject("Re: invoice").body("My invoice, a refund please"));
    process(router, "1", "2", "3");
    assertThat(desk.got()).containsExactly("1", "2>desk-1");
    assertThat(billing.got()).containsExactly("3");
  }

  @Test
  void aDestinationThatRemembersNothingGetsEveryMail() {
    Desk plain = new Desk("plain", false, true);
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "ann@x.example"));
    put(mail("away", "t", "ann@x.example", "Auto-Submitted", "auto-replied"));
    process(TicketRouter.allOf(desk, plain), "1", "2", "away");
    assertThat(desk.got()).containsExactly("1", "2>desk-1", "away>desk-1 note");
    assertThat(plain.got()).containsExactly("1", "2");
  }

  @Test
  void aDestinationThatWasPlannedAndFailedForGoodGetsItsTicketFromTheNextMail() {
    Desk other = new Desk("other", true, true);
    other.before.add(new PermanentException("no"));
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "ann@x.example"));
    TicketPipeline pipeline = open(builder(TicketRouter.allOf(desk, other)));
    assertThat(pipeline.process(attempt("1"))).isInstanceOf(Outcome.Dead.class);
    done(pipeline.process(attempt("2")));
    assertThat(desk.got()).containsExactly("1", "2>desk-1");
    assertThat(other.got()).containsExactly("2");
  }

  @Test
  void aNoteOpensNoTicketWhereTheConversationHasNone() {
    Desk other = new Desk("other", true, true);
    other.before.add(new PermanentException("no"));
    put(mail("1", "t", "ann@x.example"));
    put(mail("away", "t", "ann@x.example", "Auto-Submitted", "auto-replied"));
    TicketPipeline pipeline = open(builder(TicketRouter.allOf(desk, other)));
    assertThat(pipeline.process(attempt("1"))).isInstanceOf(Outcome.Dead.class);
    done(pipeline.process(attempt("away")));
    assertThat(desk.got()).containsExactly("1", "away>desk-1 note");
    assertThat(other.got()).isEmpty();
  }

  @Test
  void aTicketThatWasClosedIsSucceededByItsSuccessor() {
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "ann@x.example"));
    put(mail("3", "t", "ann@x.example"));
    process(desk, "1");
    desk.closesTickets = true;
    process(desk, "2");
    desk.closesTickets = false;
    process(desk, "3");
    assertThat(desk.got()).containsExactly("1", "2>desk-1", "3>desk-2");
  }

  @Test
  void renamedAndConditionalRoutersAppendToo() {
    TicketRouter router = desk.named("first").when(ticket -> !ticket.messageId().equals("2"));
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "ann@x.example"));
    process(TicketRouter.firstOf(router, TicketRouter.logging()), "1", "2");
    assertThat(desk.got()).containsExactly("1", "2>desk-1");
  }

  // ---- what goes wrong

  /** A store that fails when it is told to. */
  private final class Failing implements ConversationStore {
    private boolean find;
    private boolean slow;
    private int saves;

    @Override
    public List<Conversation> find(Collection<String> keys) throws StoreUnavailableException {
      if (slow) {
        clock.advance(TicketPipeline.CLAIM_LEASE.multipliedBy(2));
      }
      if (find) {
        throw new StoreUnavailableException("away", null);
      }
      return conversations.find(keys);
    }

    @Override
    public void save(Conversation conversation, Duration retention)
        throws StoreUnavailableException {
      if (saves > 0) {
        saves--;
        throw new StoreUnavailableException("away", null);
      }
      conversations.save(conversation, retention);
    }
  }

  @Test
  void whileTheStoreIsAwayNothingIsRoutedAndNothingCounts() {
    Failing store = new Failing();
    store.find = true;
    put(mail("1", "t", "ann@x.example"));
    TicketPipeline pipeline = open(builder(desk).conversationStore(store));
    Try attempt = attempt("1");
    assertThat(retry(pipeline.process(attempt)).countsAsAttempt()).isFalse();
    assertThat(desk.got()).isEmpty();
    store.find = false;
    done(pipeline.process(attempt));
    assertThat(desk.got()).containsExactly("1");
  }

  @Test
  void aTicketThatTheConversationDoesNotKnowYetIsRoutedAgainWithItsKey() {
    Failing store = new Failing();
    store.saves = 1;
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "ann@x.example"));
    TicketPipeline pipeline = open(builder(desk).conversationStore(store));
    Try attempt = attempt("1");
    assertThat(retry(pipeline.process(attempt)).countsAsAttempt()).isFalse();
    done(pipeline.process(attempt));
    done(pipeline.process(attempt("2")));
    assertThat(desk.byKey).hasSize(2);
    assertThat(desk.got()).containsExactly("1", "1", "2>desk-1");
  }

  @Test
  void aMailThatOpenedATicketIsNoFollowUpToItself() throws Exception {
    put(mail("1", "t", "ann@x.example"));
    AtomicBoolean fails = new AtomicBoolean(true);
    DedupStore forgetful = failingToComplete(fails);
    TicketPipeline pipeline = open(builder(desk).dedupStore(forgetful));
    // The process ends between the conversation's note and the progress.
    Try crashed = attempt("1");
    retry(pipeline.process(crashed));
    fails.set(false);
    clock.advance(Duration.ofMinutes(2));
    done(pipeline.process(attempt("1")));
    assertThat(desk.got()).containsExactly("1", "1");
  }

  private DedupStore failingToComplete(AtomicBoolean fails) {
    return (DedupStore)
        java.lang.reflect.Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {DedupStore.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("complete") && fails.get()) {
                throw new StoreUnavailableException("away", null);
              }
              return method.invoke(claims, arguments);
            });
  }

  @Test
  void aRouterThatHasToLookFirstIsToldWhen() {
    Desk careful = new Desk("careful", true, false);
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "ann@x.example"));
    careful.after.add(new IllegalStateException("crashed"));
    TicketPipeline pipeline = open(builder(careful));
    Try first = attempt("1");
    retry(pipeline.process(first));
    done(pipeline.process(first));
    done(pipeline.process(attempt("2")));
    assertThat(careful.got()).containsExactly("1", "1 repeated", "2>careful-1");
  }

  @Test
  void itIsToldByAnotherDeliveryOfTheMailToo() {
    Desk careful = new Desk("careful", false, false);
    put(mail("1", "t", "ann@x.example"));
    careful.after.add(new IllegalStateException("crashed"));
    TicketPipeline pipeline = open(builder(careful));
    retry(pipeline.process(attempt("1")));
    done(pipeline.process(attempt("1")));
    assertThat(careful.got()).containsExactly("1", "1 repeated");
  }

  @Test
  void nothingIsSentThatCouldNotBeLookedFor() {
    Desk careful = new Desk("careful", true, false);
    Failing store = new Failing();
    store.saves = 1;
    put(mail("1", "t", "ann@x.example"));
    TicketPipeline pipeline = open(builder(careful).conversationStore(store));
    Try first = attempt("1");
    assertThat(retry(pipeline.process(first)).countsAsAttempt()).isFalse();
    assertThat(careful.got()).isEmpty();
    done(pipeline.process(first));
    assertThat(careful.got()).containsExactly("1");
  }

  @Test
  void whatIsUnknownIsTriedAgainAsItWas() {
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "ann@x.example"));
    desk.after.add(new OutcomeUnknownException("no answer", null));
    TicketPipeline pipeline = open(builder(desk));
    Try first = attempt("1");
    assertThat(retry(pipeline.process(first)).countsAsAttempt()).isTrue();
    // It wasn't waited for, so the second mail has a ticket of its own by now.
    done(pipeline.process(attempt("2")));
    first.number = 2;
    done(pipeline.process(first));
    assertThat(desk.got()).containsExactly("1", "2", "1 repeated");
  }

  @Test
  void whoLostTheConversationToAnotherRoutesNothing() {
    Desk other = new Desk("other", true, true);
    other.before.add(new RetryLaterException("closed", NOW.plusSeconds(1), false));
    put(mail("1", "t", "ann@x.example"));
    Failing store = new Failing();
    TicketPipeline pipeline =
        open(builder(TicketRouter.allOf(desk, other)).conversationStore(store));
    Try first = attempt("1");
    retry(pipeline.process(first));
    store.slow = true;
    assertThat(retry(pipeline.process(first)).countsAsAttempt()).isFalse();
    assertThat(other.got()).isEmpty();
    store.slow = false;
    done(pipeline.process(first));
    assertThat(other.got()).containsExactly("1");
  }

  @Test
  void aFailedMailLeavesTheConversationToTheOthers() {
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "ann@x.example"));
    desk.before.addAll(Arrays.asList(new IllegalStateException("a"), new PermanentException("b")));
    TicketPipeline pipeline = open(builder(desk));
    retry(pipeline.process(attempt("1")));
    assertThat(pipeline.process(attempt("1"))).isInstanceOf(Outcome.Dead.class);
    done(pipeline.process(attempt("2")));
    assertThat(desk.got()).containsExactly("2");
  }

  // ---- who wrote it

  @Test
  void aFormThatWritesForManyPeopleMakesATicketForEach() {
    EmailAddress one = new EmailAddress("", "one@x.example");
    EmailAddress other = new EmailAddress("", "Other@y.example ");
    put(mail("1", "t", "form@shop.example").replyTo(List.of(one)));
    put(mail("2", "t", "form@shop.example").replyTo(List.of(other)));
    put(mail("3", "t", "form@shop.example").replyTo(List.of(one)));
    put(mail("4", "t", "other@y.example"));
    process(desk, "1", "2", "3", "4");
    assertThat(desk.got()).containsExactly("1", "2", "3>desk-1", "4>desk-2");
  }

  @Test
  void whoWritesByAFormNamesNobodyElsesTicket() {
    put(
        mail("1", "a", "form@shop.example")
            .replyTo(List.of(new EmailAddress("", "one@x.example"))));
    put(
        mail("2", "b", "form@shop.example")
            .subject("[desk-1]")
            .replyTo(List.of(new EmailAddress("", "other@y.example"))));
    process(desk, "1", "2");
    assertThat(desk.got()).containsExactly("1", "2");
  }

  @Test
  void aMessageIdThatAProgramAlwaysGivesJoinsNoStrangers() {
    for (String id : List.of("1", "2", "3", "4")) {
      put(
          mail(id, id.equals("4") ? "t1" : "t" + id, id.equals("3") ? "ann@x.example" : "s" + id)
              .headers(List.of(new Header("Message-ID", "<always@localhost>"))));
    }
    put(mail("0", "t2", "zoe@x.example"));
    put(mail("5", "t2", "s2"));
    process(desk, "1", "0", "2", "3", "5");
    assertThat(desk.got()).containsExactly("1", "0", "2", "3", "5>desk-3");
    assertThat(
            conversations.find(List.of("thread:1:g:t1")).get(0).tickets().get("desk").messageId())
        .isEqualTo("1");
  }

  @Test
  void headersThatNobodyMeansAreReadAtTheirEnds() {
    put(mail("1", "", "ann@x.example"));
    String filler = "<x@y> ".repeat(900_000);
    put(mail("2", "", "bob@x.example", "References", filler + "<1@mail.example>"));
    put(mail("3", "", "bob@x.example", "References", "<1@mail.example>" + filler));
    put(mail("4", "", "bob@x.example", "References", "<".repeat(5_000_000)));
    put(mail("5", "", "bob@x.example", "References", "<" + "a".repeat(5_000_000)));
    process(desk, "1", "2", "3", "4", "5");
    assertThat(desk.got()).containsExactly("1", "2>desk-1", "3>desk-1", "4", "5");
  }

  @Test
  void aLongConversationIsFoundByItsThreadAndItsTicketAllAlong() {
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "bob@y.example"));
    process(desk, "1", "2");
    TicketPipeline pipeline = open(builder(desk));
    for (int i = 10; i < 600; i++) {
      done(pipeline.process(attempt(put(mail("" + i, "t", "bob@y.example")))));
      done(
          pipeline.process(
              attempt(put(mail("s" + i, "s" + i, "bob@y.example").subject("[desk-2]")))));
    }
    assertThat(desk.got()).hasSize(2 + 2 * 590);
    assertThat(desk.got().subList(2, desk.got().size())).allMatch(got -> got.endsWith(">desk-2"));
  }

  @Test
  void whatARouterDoesNotSayOfAFollowUpIsWhereItsParentIs() {
    TicketRouter silent =
        new TicketRouter() {
          @Override
          public TicketRef route(Ticket ticket) throws Exception {
            TicketRef ref = desk.route(ticket);
            return ticket.messageId().equals("2")
                ? null
                : ticket.messageId().equals("3") ? TicketRef.NONE : ref;
          }

          @Override
          public boolean appends() {
            return true;
          }
        };
    for (String id : List.of("1", "2", "3", "4")) {
      put(mail(id, "t", "ann@x.example"));
    }
    process(silent, "1", "2", "3", "4");
    assertThat(desk.got()).containsExactly("1", "2>desk-1", "3>desk-1", "4>desk-1");
  }

  @Test
  void routersThatAppendHaveNamesOfTheirOwn() {
    Desk namesake = new Desk("desk", true, true);
    Desk careful = new Desk("desk", false, false);
    for (TicketRouter other : List.of(namesake, careful)) {
      TicketPipeline.Builder builder =
          builder(TicketRouter.byCategory(Map.of("billing", other), desk));
      assertThatThrownBy(builder::build)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("\"desk\"")
          .hasMessageContaining("named");
    }
    open(builder(TicketRouter.byCategory(Map.of("billing", namesake.named("billing")), desk)));
    open(builder(TicketRouter.byCategory(Map.of("billing", desk), desk.when(ticket -> true))));
  }

  // ---- who is waited for

  private Try inSequence(String id) {
    return new Try(delivery(id, new Sequence("t", mailbox.get(id).date())));
  }

  @Test
  void aMailThatOnlyAListenerStillFailsAtIsNotWaitedFor() {
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "ann@x.example"));
    put(mail("away", "t", "ann@x.example", "Auto-Submitted", "auto-replied"));
    TicketPipeline pipeline =
        open(
            builder(desk)
                .onAny(
                    notification -> {
                      if (notification.objectId().equals("1")) {
                        throw new RetryLaterException("away", NOW.plusSeconds(300), false);
                      }
                    }));
    Try first = inSequence("1");
    assertThat(retry(pipeline.process(first)).when()).isEqualTo(NOW.plusSeconds(300));
    for (String id : List.of("2", "away")) {
      Try next = inSequence(id);
      next.predecessors.add(new Predecessor("n-1", NOW.plusSeconds(300), 0, first.progress));
      done(pipeline.process(next));
    }
    assertThat(desk.got()).containsExactly("1", "2>desk-1", "away>desk-1 note");
  }

  @Test
  void aMailThatAlwaysFailsUncountedIsWaitedForAnHour() {
    put(mail("1", "t", "ann@x.example"));
    put(mail("2", "t", "ann@x.example"));
    put(mail("3", "t", "ann@x.example"));
    TicketPipeline pipeline =
        open(
            builder(desk)
                .messageFetcher(
                    ref -> {
                      if (ref.messageId().equals("1")) {
                        throw new IOException("cut off");
                      }
                      return fetch(ref);
                    }));
    Try first = inSequence("1");
    Try second = inSequence("2");
    Try third = inSequence("3");
    retry(pipeline.process(first));
    clock.advance(Duration.ofMinutes(59));
    retry(pipeline.process(first));
    second.predecessors.add(new Predecessor("n-1", clock.instant(), 0, first.progress));
    assertThat(retry(pipeline.process(second)).countsAsAttempt()).isFalse();
    clock.advance(Duration.ofMinutes(2));
    // Waiting for one's turn is not failing: the one behind goes on waiting.
    third.predecessors.add(new Predecessor("n-2", clock.instant(), 0, second.progress));
    retry(pipeline.process(third));
    assertThat(fetched).isEmpty();
    done(pipeline.process(second));
    assertThat(desk.got()).containsExactly("2");
  }

  @Test
  void aLongLineOfMailsMovesOnAndIsLookedAtSeldom() {
    int mails = 100;
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < mails; i++) {
      put(mail("m" + i, "t", "ann@x.example"));
      order.add(i);
    }
    Collections.shuffle(order, new Random(7));
    InMemoryInbox inbox = InMemoryInbox.builder().build();
    opened.add(inbox);
    for (int i : order) {
      assertThatNoException()
          .isThrownBy(() -> inbox.accept(delivery("m" + i, new Sequence("t", NOW.plusSeconds(i)))));
    }
    AtomicInteger tries = new AtomicInteger();
    TicketPipeline pipeline =
        open(TicketPipeline.builder().messageFetcher(this::fetch).ticketRouter(desk));
    inbox.start(
        attempt -> {
          tries.incrementAndGet();
          return pipeline.process(attempt);
        });
    await().atMost(Duration.ofSeconds(60)).until(() -> desk.routed.size() == mails);
    assertThat(desk.routed)
        .extracting(Ticket::messageId)
        .isEqualTo(order.stream().sorted().map(i -> "m" + i).toList());
    assertThat(fetched).hasSize(mails);
    assertThat(tries.get()).isLessThan(20 * mails);
  }
}
