package io.github.nylaswebhook.faults;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.squareup.moshi.JsonAdapter;
import com.squareup.moshi.Moshi;
import com.squareup.moshi.Types;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * SIGKILL for the support desk, as it is run: what was answered 200 is a ticket, and no message is
 * two. Its own destination tells by the idempotency key; {@link KillFaultTest} has a witness.
 */
class DeskKillFaultTest {
  private static final String DESK = "io.github.nylaswebhook.samples.supportdesk.SupportDesk";

  /** A server's node is found by its missing heartbeats, after a minute and a half at most. */
  private static final Duration REVIVED = Duration.ofMinutes(3);

  private static final JsonAdapter<List<Map<String, Object>>> TICKETS =
      new Moshi.Builder()
          .build()
          .adapter(
              Types.newParameterizedType(
                  List.class, Types.newParameterizedType(Map.class, String.class, Object.class)));

  @Test
  void onItsOwnFolderEveryAcceptedMailIsOneTicket() throws Exception {
    everyAcceptedMailIsOneTicket("desk-sqlite", Faults.folder("desk-sqlite"), null);
  }

  @Test
  void onPostgresEveryAcceptedMailIsOneTicket() throws Exception {
    Path folder = Faults.folder("desk-postgres");
    try (Postgres postgres = Postgres.start(folder)) {
      everyAcceptedMailIsOneTicket(
          "desk-postgres", folder, new Storage(postgres.database("support")));
    }
  }

  /** The folder is where it works; without a server, it keeps its database there. */
  private static void everyAcceptedMailIsOneTicket(String test, Path folder, Storage server)
      throws Exception {
    Random random = Faults.random(test);
    int port = Faults.freePort();
    AtomicInteger tickets = new AtomicInteger();
    HttpClient http = HttpClient.newHttpClient();
    try (Load load = new Load(random, Duration.ofSeconds(2), 200, tickets::get)) {
      Child.Command command =
          Child.command(DESK)
              .environment("NYLAS_WEBHOOK_SECRET", load.nylas().webhookSecret())
              .environment("NYLAS_API_KEY", load.nylas().apiKey())
              .environment("NYLAS_API_URL", load.nylas().url())
              .environment("PORT", Integer.toString(port));
      if (server != null) {
        command.environment("DATABASE_URL", server.url());
      }
      Child desk = command.start(folder, "desk-1");
      try {
        desk.awaitLine("Listening on ");
        load.to("http://localhost:" + port + "/webhooks/nylas");
        // It takes what KillFaultTest takes, and is only the second to show it.
        int rounds = Faults.isLong() ? Faults.rounds() : Math.min(2, Faults.rounds());
        for (int round = 1; round <= rounds; round++) {
          desk.awaitLine("Listening on ");
          int enough = load.acceptedDeliveries() + 20 + random.nextInt(100);
          await("deliveries to be accepted in round " + round + ": " + load)
              .atMost(Faults.PATIENCE)
              .pollInterval(Duration.ofMillis(50))
              .until(
                  () -> {
                    // The load waits for them, too.
                    tickets.set(tickets(http, port).size());
                    return load.acceptedDeliveries();
                  },
                  accepted -> accepted >= enough);
          desk.kill();
          // In the long form the last one is waited for.
          if (server != null && !(Faults.isLong() && round == rounds)) {
            server.letTimePass();
          }
          desk = command.start(folder, "desk-" + (round + 1));
        }
        long started = System.nanoTime();
        desk.awaitLine("Listening on ");
        load.end();
        await("every accepted mail to be a ticket: " + load)
            .atMost(server == null ? Faults.PATIENCE : REVIVED)
            .pollInterval(Duration.ofMillis(100))
            .untilAsserted(
                () -> {
                  Set<String> missing = new TreeSet<>(load.accepted());
                  missing.removeAll(tickets(http, port).keySet());
                  assertThat(missing).as("accepted, and no ticket").isEmpty();
                });
        Faults.say(
            test,
            "%d rounds; %s; %d tickets; all there %d ms after the last start"
                .formatted(
                    rounds,
                    load,
                    tickets(http, port).size(),
                    (System.nanoTime() - started) / 1_000_000));
        assertThat(load.answers().keySet()).as("answers").isSubsetOf(0, 200, 503);
      } finally {
        desk.close();
      }
    }
  }

  /** The idempotency keys of the tickets by their messages; fails if a message has two. */
  private static Map<String, String> tickets(HttpClient http, int port)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/tickets?limit=1000000"))
            .timeout(Duration.ofSeconds(20))
            .build();
    String json = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    return TICKETS.fromJson(json).stream()
        .collect(
            toMap(
                ticket -> (String) ticket.get("messageId"),
                ticket -> (String) ticket.get("idempotencyKey")));
  }
}
