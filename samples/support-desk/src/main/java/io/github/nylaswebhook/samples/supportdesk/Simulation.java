package io.github.nylaswebhook.samples.supportdesk;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.categorize.RuleSet;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.notification.TriggerType;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.test.DeliveryReport;
import io.github.nylaswebhook.test.Destination;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Fault;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.ticket.Ticket;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The desk and a fake Nylas in one process, over real HTTP: plays a mailbox through, in disorder,
 * with duplicates, rate limits and failures, and checks that each mail became what it had to.
 */
final class Simulation {
  private static final int FEWEST_TICKETS = 25;
  private static final int DUPLICATES = 12;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The same disorder each time, so that a failure can be repeated. */
  private static final long SEED = 20261122;

  private final PrintStream out;

  Simulation(PrintStream out) {
    this.out = out;
  }

  /** Runs it; the process' exit code: 0 only if nothing was lost, doubled or misjudged. */
  int run(Storage storage, int port, boolean keepServing)
      throws IOException, StoreUnavailableException {
    out.println(storage.found());
    // Mail is dated to the second, and grants have to be seen before it comes.
    List<SimulatedMailbox.Case> cases = new SimulatedMailbox().cases();
    Tally tally = new Tally(out);
    AtomicInteger opened = new AtomicInteger();
    try (FakeNylas nylas =
            FakeNylas.builder()
                .retryDelays(Duration.ofMillis(200), Duration.ofMillis(400))
                .start();
        NylasClient client = NylasClient.builder(nylas.apiKey()).baseUrl(nylas.url()).build();
        DeskServer server =
            new DeskServer(port, handler(nylas, client, tally, storage, opened), storage, "")) {
      CountDownLatch closed = SupportDesk.closeAtShutdown(server);
      fill(nylas, cases);
      server.start();
      out.println("The desk listens on " + server.url() + ", a fake Nylas on " + nylas.url());
      Destination destination = nylas.subscribe(server.url() + DeskServer.WEBHOOK_PATH);
      out.println("The challenge is answered; " + cases.size() + " mails arrive");
      out.println();
      boolean delivered = deliver(nylas, destination, cases, tally);
      boolean passed = judge(cases, tally, storage, delivered && opened.get() == 1);
      if (keepServing) {
        out.println();
        out.println("Serving " + server.url() + "/tickets until the process is ended");
        out.flush();
        SupportDesk.await(closed);
      }
      return passed ? 0 : 1;
    }
  }

  private static WebhookHandler handler(
      FakeNylas nylas, NylasClient client, Tally tally, Storage storage, AtomicInteger opened) {
    return WebhookHandler.builder()
        .webhookSecret(nylas.webhookSecret())
        .nylas(client)
        .categorizer(RuleSet.standard().withVipDomains(RuleSet.TUTORIAL_VIP_DOMAINS))
        .ownAddresses(List.of(SimulatedMailbox.OWN_ADDRESS))
        .inbox(storage.inbox())
        .dedupStore(storage.dedupStore())
        .conversationStore(storage.conversations())
        .ticketRouter(storage.router())
        .observer(tally)
        .on(TriggerType.MESSAGE_OPENED, notification -> opened.incrementAndGet())
        // What takes minutes with Nylas is to be seen here.
        .goneLookups(List.of(Duration.ofMillis(300), Duration.ofMillis(600)))
        .claimLease(Duration.ofSeconds(3))
        .build();
  }

  private static void fill(FakeNylas nylas, List<SimulatedMailbox.Case> cases) {
    SimulatedMailbox.grants().forEach(nylas::addGrant);
    for (SimulatedMailbox.Case one : cases) {
      if (!one.skipReason().filter("gone"::equals).isPresent()) {
        nylas.add(one.mail());
      }
    }
  }

  private boolean deliver(
      FakeNylas nylas, Destination destination, List<SimulatedMailbox.Case> cases, Tally tally) {
    List<CompletableFuture<DeliveryReport>> reports = new ArrayList<>();
    for (String grant : SimulatedMailbox.grants()) {
      reports.add(destination.deliver(grantCreated(grant)));
    }
    reports.forEach(CompletableFuture::join);
    nylas.failNext(cases.get(0).mail(), new Fault.HangUp());
    nylas.failNext(cases.get(1).mail(), Fault.status(504, "provider_error"));
    for (SimulatedMailbox.Case one : cases.subList(2, 10)) {
      nylas.failNext(one.mail(), Fault.tooManyRequests(1));
    }
    List<NotificationFixture> all = new ArrayList<>();
    cases.stream().filter(one -> !one.isLater()).forEach(one -> all.addAll(one.notifications()));
    all.add(opened());
    all.add(NotificationFixture.of("some.trigger.of_next_year").object(Map.of("id", "1")));
    reports.addAll(destination.deliverShuffled(all, DUPLICATES, new Random(SEED)));
    reports.forEach(CompletableFuture::join);
    awaitIdle(tally);
    // What people write once their first mail is a ticket.
    for (SimulatedMailbox.Case one : cases) {
      if (one.isLater()) {
        one.notifications().forEach(later -> reports.add(destination.deliver(later)));
      }
    }
    reports.forEach(CompletableFuture::join);
    boolean delivered = reports.stream().allMatch(report -> report.join().delivered());
    // Anybody may knock; nobody gets in without the secret.
    destination.post(all.get(0).sign("not the secret"));
    destination.sendTestEvent(all.get(0));
    awaitIdle(tally);
    return delivered && tally.isIdle();
  }

  private static void awaitIdle(Tally tally) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!tally.isIdle() && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  private static NotificationFixture grantCreated(String grant) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    object.put("grant_id", grant);
    object.put("code", 25012);
    return NotificationFixture.of(TriggerType.GRANT_CREATED)
        .source("/nylas/system")
        .time(Instant.now().minus(Duration.ofHours(1)))
        .object(object);
  }

  private static NotificationFixture opened() {
    return NotificationFixture.of(TriggerType.MESSAGE_OPENED)
        .source("/com/nylas/tracking")
        .data("grant_id", SimulatedMailbox.grants().get(0))
        .object(Map.of("message_id", "gm1", "message_data", Map.of("count", 1)));
  }

  private boolean judge(
      List<SimulatedMailbox.Case> cases, Tally tally, Storage storage, boolean allDelivered)
      throws StoreUnavailableException {
    tally.summarize();
    List<String> wrong = new ArrayList<>();
    int expected = 0;
    int missing = 0;
    for (SimulatedMailbox.Case one : cases) {
      List<Ticket> tickets = tally.routed(one.mail().id());
      if (one.ticket().isEmpty()) {
        if (!tickets.isEmpty()) {
          wrong.add(one.mail().id() + " is a ticket, and should be set aside");
        }
        continue;
      }
      expected++;
      SimulatedMailbox.Expected ticket = one.ticket().get();
      if (tickets.isEmpty()) {
        missing++;
        wrong.add(one.mail().id() + " is no ticket");
      } else if (ticket.isFollowUp() != tickets.get(0).isFollowUp()
          || ticket.isNote() != tickets.get(0).note()) {
        wrong.add(one.mail().id() + " should be " + ticket + " and is " + tickets.get(0).parent());
      } else if (!tickets.get(0).category().equals(ticket.category())
          || tickets.get(0).priority() != ticket.priority()) {
        wrong.add(one.mail().id() + " should be " + ticket + " and is " + tickets.get(0));
      }
    }
    Map<String, Integer> reasons = tally.skipReasons();
    TreeSet<String> absent = new TreeSet<>();
    cases.forEach(
        one -> one.skipReason().filter(r -> !reasons.containsKey(r)).ifPresent(absent::add));
    absent.forEach(reason -> wrong.add("nothing was set aside as " + reason));
    if (!allDelivered) {
      wrong.add("not everything was acknowledged, processed and told to its listener");
    }
    List<TicketBook.Row> kept = storage.newest(TicketBook.CAPACITY);
    int appended = kept.stream().mapToInt(TicketBook.Row::followUps).sum();
    if (kept.size() != tally.routedCount() - tally.appended() || appended != tally.appended()) {
      wrong.add(
          "%d tickets with %d follow-ups are kept, and %d mails were routed, %d of them appended"
              .formatted(kept.size(), appended, tally.routedCount(), tally.appended()));
    }
    if (expected < FEWEST_TICKETS) {
      wrong.add("only " + expected + " tickets are expected");
    }
    wrong.forEach(line -> out.println("WRONG: " + line));
    out.printf(
        "routed=%d duplicates=%d skipped=%d doubled=%d missing=%d%n",
        tally.routedCount(), tally.duplicates(), tally.skippedCount(), tally.doubled(), missing);
    return wrong.isEmpty() && tally.doubled() == 0 && tally.dead().isEmpty();
  }
}
