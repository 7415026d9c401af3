package io.github.nylaswebhook.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.test.DeliveryReport;
import io.github.nylaswebhook.test.Destination;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Two nodes on one database, and threads whose mails come to both of them, in disorder. */
class ConversationFaultTest {
  private static final int THREADS = 40;
  private static final int MAILS = 3;

  @Test
  void eachThreadIsOneTicketThoughANodeDiesNowAndThen() throws Exception {
    String test = "conversations";
    Path folder = Faults.folder(test);
    Random random = Faults.random(test);
    try (Postgres postgres = Postgres.start(folder);
        FakeNylas nylas =
            FakeNylas.builder()
                .retryDelays(Duration.ofMillis(500), Duration.ofSeconds(1))
                .senders(16)
                .start();
        Node one = new Node(folder, postgres.database("desk"), nylas);
        Node other = new Node(folder, postgres.url("desk"), nylas)) {
      List<Node> nodes = List.of(one, other);
      for (Node node : nodes) {
        node.start();
      }
      List<Destination> destinations = new ArrayList<>();
      for (Node node : nodes) {
        node.awaitListening();
        destinations.add(nylas.subscribe(node.url()));
      }
      int sent = 0;
      for (int round = 1; round <= Faults.rounds(); round++) {
        List<NotificationFixture> mails = mails(round, nylas);
        Collections.shuffle(mails, random);
        AtomicInteger open = new AtomicInteger(mails.size());
        for (NotificationFixture mail : mails) {
          deliver(mail, destinations, random.nextInt(2), open);
        }
        sent += mails.size();
        Faults.anyMoment(random, 1500);
        Node victim = nodes.get(random.nextInt(2));
        victim.kill();
        Faults.anyMoment(random, 500);
        victim.start();
        victim.awaitListening();
        await("every mail to be accepted").atMost(Faults.PATIENCE).until(() -> open.get() == 0);
      }
      int all = sent;
      await("every mail to be a row")
          .atMost(Faults.PATIENCE)
          .untilAsserted(() -> assertThat(rows(postgres.url("desk"))).isEqualTo(all));
      Storage storage = new Storage(postgres.url("desk"));
      await("nothing to be left")
          .atMost(Faults.PATIENCE)
          .until(() -> storage.count("WAITING") == 0);
      assertThat(storage.count("DEAD")).isZero();
      Map<String, List<Integer>> tickets = followUpsOfTicketsByThread(postgres.url("desk"));
      Faults.say(
          test, Faults.rounds() + " rounds; " + tickets.size() + " threads, " + sent + " mails");
      assertThat(tickets).hasSize(THREADS * Faults.rounds());
      assertThat(tickets.values()).allSatisfy(of -> assertThat(of).containsExactly(MAILS - 1));
    }
  }

  private static List<NotificationFixture> mails(int round, FakeNylas nylas) {
    List<NotificationFixture> mails = new ArrayList<>();
    Instant first = Instant.now().minusSeconds(60);
    for (int thread = 0; thread < THREADS; thread++) {
      for (int i = 0; i < MAILS; i++) {
        String id = round + "-" + thread + "-" + i;
        Mail mail =
            Mail.of("grant-" + thread % 5, id)
                .thread("thread-" + round + "-" + thread)
                .date(first.plusSeconds(i));
        nylas.add(mail);
        mails.add(NotificationFixture.created(mail));
      }
    }
    return mails;
  }

  /** Until it is accepted, at the other node if this one is dead. */
  private static void deliver(
      NotificationFixture mail, List<Destination> destinations, int node, AtomicInteger open) {
    CompletableFuture<DeliveryReport> unused =
        destinations
            .get(node)
            .deliver(mail)
            .whenComplete(
                (report, failure) -> {
                  if (failure == null && report.delivered()) {
                    open.decrementAndGet();
                  } else if (failure == null) {
                    deliver(mail, destinations, 1 - node, open);
                  }
                });
  }

  private static int rows(String url) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select count(*) from nylas_webhook_ticket")) {
      row.next();
      return row.getInt(1);
    }
  }

  private static Map<String, List<Integer>> followUpsOfTicketsByThread(String url)
      throws SQLException {
    Map<String, List<Integer>> tickets = new TreeMap<>();
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select thread_id, (select count(*) from nylas_webhook_ticket f"
                    + " where f.follow_up_to = t.ticket_id) from nylas_webhook_ticket t"
                    + " where follow_up_to is null")) {
      while (row.next()) {
        tickets.computeIfAbsent(row.getString(1), none -> new ArrayList<>()).add(row.getInt(2));
      }
    }
    return tickets;
  }

  /** A {@link FaultDesk} whose tickets are in the database. */
  private static final class Node implements AutoCloseable {
    private final Path folder;
    private final String database;
    private final FakeNylas nylas;
    private final int port = Faults.freePort();
    private Child child;
    private int lives;

    Node(Path folder, String database, FakeNylas nylas) {
      this.folder = folder;
      this.database = database;
      this.nylas = nylas;
    }

    String url() {
      return "http://localhost:" + port + "/webhooks/nylas";
    }

    void start() throws IOException {
      lives++;
      child =
          Child.command(FaultDesk.class.getName())
              .property(FaultDesk.JDBC, database)
              .property(FaultDesk.TICKETS, true)
              .property(FaultDesk.PORT, port)
              .property(FaultDesk.NYLAS_URL, nylas.url())
              .property(FaultDesk.NYLAS_KEY, nylas.apiKey())
              .property(FaultDesk.NYLAS_SECRET, nylas.webhookSecret())
              .start(folder, "desk-" + port + "-" + lives);
    }

    void awaitListening() {
      child.awaitLine("Listening on ");
    }

    void kill() {
      child.kill();
    }

    @Override
    public void close() {
      if (child != null) {
        child.close();
      }
    }
  }
}
