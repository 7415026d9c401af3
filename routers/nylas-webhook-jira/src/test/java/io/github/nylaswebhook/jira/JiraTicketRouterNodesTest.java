package io.github.nylaswebhook.jira;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.InMemoryDedupStore;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.inbox.Sequence;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.pipeline.TicketPipeline;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.ticket.InMemoryConversationStore;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Processes that share the work: none knows what the others have tried. */
class JiraTicketRouterNodesTest {
  private static final int THREADS = 200;

  private static final RetryPolicy POLICY =
      new RetryPolicy(Duration.ofMillis(5), Duration.ofMillis(100), 100, Duration.ofDays(7));

  @Test
  void threeProcessesMakeEachIssueAndEachCommentOnce() throws Exception {
    try (JiraStandIn jira = new JiraStandIn();
        Nodes nodes = new Nodes(jira, 3);
        InMemoryInbox inbox =
            InMemoryInbox.builder()
                .retryPolicy(POLICY)
                .pollInterval(Duration.ofMillis(20))
                .build()) {
      jira.lag = Duration.ofMillis(150);
      Map<String, Mail> mailbox = new ConcurrentHashMap<>();
      TicketPipeline pipeline =
          TicketPipeline.builder()
              .dedupStore(new InMemoryDedupStore())
              .conversationStore(new InMemoryConversationStore())
              .messageFetcher(ref -> Message.of(mailbox.get(ref.messageId()).toJson()))
              .retryPolicy(POLICY)
              .ticketRouter(nodes)
              .build();
      inbox.start(pipeline);
      List<Mail> first =
          IntStream.range(0, THREADS).mapToObj(i -> mail("m" + i + "-1", "t" + i, 0)).toList();
      List<Mail> second =
          IntStream.range(0, THREADS).mapToObj(i -> mail("m" + i + "-2", "t" + i, 1)).toList();
      Stream.of(first, second).flatMap(List::stream).forEach(mail -> mailbox.put(mail.id(), mail));

      jira.fail(new Random(20_261_122), 0.25);
      deliver(inbox, first);
      deliver(inbox, second);
      pipeline.close();

      assertThat(inbox.deadLetters().list("", 10).letters()).isEmpty();
      assertThat(jira.tickets()).containsExactlyInAnyOrderElementsOf(keys(first));
      List<String> appended = new ArrayList<>();
      keys(first).forEach(key -> appended.addAll(jira.appended(key)));
      assertThat(appended).containsExactlyInAnyOrderElementsOf(keys(second));
      assertThat(nodes.turn).as("many had to come again").hasValueGreaterThan(5 * THREADS / 2);
    }
  }

  private static Mail mail(String id, String thread, int second) {
    return Mail.of("g1", id).thread(thread).date(Instant.now().plusSeconds(second));
  }

  private static List<String> keys(List<Mail> mails) {
    return mails.stream().map(mail -> Ticket.idempotencyKey("g1", mail.id())).toList();
  }

  private static void deliver(InMemoryInbox inbox, List<Mail> mails) throws Exception {
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
    Awaitility.await().atMost(Duration.ofMinutes(5)).until(() -> inbox.statistics().waiting() == 0);
  }

  /** One after the other has its turn, so that no two tries at a mail are by the same one. */
  private static final class Nodes implements TicketRouter, AutoCloseable {
    private final List<JiraTicketRouter> nodes;
    private final AtomicInteger turn = new AtomicInteger();

    Nodes(JiraStandIn jira, int count) {
      nodes =
          Stream.generate(
                  () ->
                      JiraTicketRouterTest.builder(jira).callTimeout(Duration.ofSeconds(1)).build())
              .limit(count)
              .toList();
    }

    @Override
    public TicketRef route(Ticket ticket) {
      return nodes.get(Math.floorMod(turn.getAndIncrement(), nodes.size())).route(ticket);
    }

    @Override
    public String destination() {
      return "jira";
    }

    @Override
    public boolean appends() {
      return true;
    }

    @Override
    public boolean idempotent() {
      return false;
    }

    @Override
    public void close() {
      nodes.forEach(JiraTicketRouter::close);
    }
  }
}
