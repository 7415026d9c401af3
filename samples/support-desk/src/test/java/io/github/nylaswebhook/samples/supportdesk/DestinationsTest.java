package io.github.nylaswebhook.samples.supportdesk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.github.nylaswebhook.categorize.Classification;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.destination.HttpTicketRouter;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.message.AttachmentSource;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageText;
import io.github.nylaswebhook.test.RecordingRouter;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import jakarta.jms.Connection;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DestinationsTest {
  private static final AttachmentSource NOTHING =
      (message, attachment) -> new ByteArrayInputStream(new byte[0]);

  private final List<String> asked = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private String url;

  @TempDir Path folder;

  /** Answers everything as each of the destinations might. */
  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath());
          exchange.getRequestBody().readAllBytes();
          byte[] answer =
              exchange.getRequestURI().getPath().equals("/services/hook")
                  ? "ok".getBytes(UTF_8)
                  : """
                    {"id": "10001", "key": "SUP-1", "ok": true, "channel": "C0123", "ts": "1.5",
                     "ticket": {"id": 17}, "message": {"ts": "1.5"}}"""
                      .getBytes(UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(201, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    url = "http://localhost:" + server.getAddress().getPort();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private static Ticket ticket() {
    Message mail =
        Message.builder("grant", "message")
            .from("ann@x.example")
            .subject("Broken")
            .body("It is broken")
            .build();
    return Ticket.of(
        mail,
        MessageText.of(mail),
        MessageKind.HUMAN,
        false,
        new Classification("bugs", Priority.MEDIUM, Set.of(), List.of()),
        Instant.parse("2026-11-22T10:00:00Z"));
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>();
    environment.put("ZENDESK_URL", url);
    environment.put("ZENDESK_EMAIL", "bot@acme.example");
    environment.put("ZENDESK_API_TOKEN", "t");
    environment.put("JIRA_URL", url);
    environment.put("JIRA_PROJECT", "SUP");
    environment.put("JIRA_EMAIL", "bot@acme.example");
    environment.put("JIRA_API_TOKEN", "t");
    environment.put("SLACK_BOT_TOKEN", "xoxb-1");
    environment.put("SLACK_CHANNEL", "C0123");
    environment.put("SLACK_API_URL", url + "/api/");
    environment.put("SLACK_WEBHOOK_URL", url + "/services/hook");
    environment.put("TICKET_URL", url + "/tickets");
    environment.put("TICKET_SECRET", HttpTicketRouter.newSecret());
    return environment;
  }

  @ParameterizedTest
  @CsvSource({
    "zendesk, POST /api/v2/tickets.json, 17",
    "jira, POST /rest/api/3/issue, SUP-1",
    "slack, POST /api/chat.postMessage, C0123:1.5",
    "slack-webhook, POST /services/hook, ''",
    "http, POST /tickets, 10001"
  })
  void eachIsTakenFromTheEnvironment(String name, String request, String id) throws Exception {
    Map<String, String> environment = environment();
    environment.put("ROUTER", name);
    environment.put("ATTACHMENTS_MAX_BYTES", "1000");
    try (Destinations destinations =
        Destinations.open(DestinationSettings.of(environment), TicketRouter.logging(), NOTHING)) {
      TicketRef ref = destinations.router().route(ticket());
      assertThat(asked).contains(request);
      assertThat(ref.destination()).isEqualTo(name);
      if (!id.isEmpty()) {
        assertThat(ref.id()).isEqualTo(id);
      }
      assertThat(destinations.router().appends()).isTrue();
    }
  }

  @Test
  void severalGetEachTicket() throws Exception {
    RecordingRouter desk = new RecordingRouter("desk");
    Map<String, String> environment = environment();
    environment.put("ROUTER", " http, database ,zendesk ");
    try (Destinations destinations =
        Destinations.open(DestinationSettings.of(environment), desk, NOTHING)) {
      assertThat(destinations.router().members())
          .extracting(TicketRouter::destination)
          .containsExactly("http", "desk", "zendesk");
      destinations.router().route(ticket());
      assertThat(desk.tickets()).hasSize(1);
      assertThat(asked).contains("POST /tickets").anyMatch(path -> path.contains("/api/v2/"));
    }
  }

  @Test
  void withoutAWordItIsTheDesksOwn() throws Exception {
    RecordingRouter desk = new RecordingRouter();
    try (Destinations destinations =
        Destinations.open(DestinationSettings.of(Map.of()), desk, NOTHING)) {
      assertThat(destinations.router()).isSameAs(desk);
    }
  }

  @Test
  void aQueueGetsTicketsByItsBrokersClient() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    String broker = "tcp://127.0.0.1:" + port;
    EmbeddedActiveMQ artemis = new EmbeddedActiveMQ();
    artemis.setConfiguration(
        new ConfigurationImpl()
            .setPersistenceEnabled(false)
            .setSecurityEnabled(false)
            .setMaxDiskUsage(-1)
            .setJournalDirectory(folder.resolve("journal").toString())
            .addAcceptorConfiguration("tcp", broker));
    artemis.start();
    try (ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(broker);
        Destinations destinations =
            Destinations.open(
                DestinationSettings.of(Map.of("ROUTER", "jms", "JMS_URL", broker)),
                TicketRouter.logging(),
                NOTHING);
        Connection connection = factory.createConnection()) {
      destinations.router().route(ticket());
      connection.start();
      Session session = connection.createSession();
      TextMessage message =
          (TextMessage) session.createConsumer(session.createQueue("tickets")).receive(20_000);
      assertThat(message.getText()).contains("Broken");
      assertThat(message.getJMSCorrelationID()).isEqualTo(ticket().idempotencyKey());
    } finally {
      artemis.stop();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "zendsk, 'ROUTER doesn''t know \"zendsk\": it is one or several, with commas, of database, http, jira, jms, slack, slack-webhook, zendesk'",
    "', ,', ROUTER names no destination",
    "'slack,http,slack', ROUTER names a destination twice"
  })
  void whatItCannotBeIsSaid(String router, String said) {
    Map<String, String> environment = environment();
    environment.put("ROUTER", router);
    assertThatThrownBy(() -> DestinationSettings.of(environment))
        .isInstanceOf(Settings.InvalidException.class)
        .hasMessageContaining(said);
  }

  @Test
  void everythingThatIsMissingIsNamedAtOnce() {
    assertThatThrownBy(
            () ->
                DestinationSettings.of(
                    Map.of("ROUTER", "zendesk,slack,jms", "ZENDESK_EMAIL", "bot@acme.example")))
        .isInstanceOf(Settings.InvalidException.class)
        .hasMessage(
            "Missing in the environment: ZENDESK_URL (for ROUTER=zendesk), ZENDESK_API_TOKEN (for"
                + " ROUTER=zendesk), SLACK_BOT_TOKEN (for ROUTER=slack), SLACK_CHANNEL (for"
                + " ROUTER=slack), JMS_URL (for ROUTER=jms); --help says more");
  }

  @ParameterizedTest
  @CsvSource({
    "zendesk, ZENDESK_URL, http://desk.example",
    "jira, JIRA_URL, acme",
    "slack, SLACK_CHANNEL, #support",
    "slack-webhook, SLACK_WEBHOOK_URL, hunter2",
    "http, TICKET_URL, hunter2",
    "http, TICKET_SECRET, hunter2",
    "jms, JMS_URL, hunter2 x",
    "jira, ATTACHMENTS_MAX_BYTES, 10MB"
  })
  void aValueThatCannotBeIsSaidInOneLineWithoutSecrets(String router, String name, String value) {
    Map<String, String> environment = environment();
    environment.put("JMS_URL", "tcp://localhost:1");
    environment.put("ROUTER", router);
    environment.put(name, value);
    assertThatThrownBy(
            () ->
                Destinations.open(
                        DestinationSettings.of(environment), TicketRouter.logging(), NOTHING)
                    .close())
        .isInstanceOf(Settings.InvalidException.class)
        .hasMessageMatching("(ROUTER=" + router + " can't be used: |ATTACHMENTS_MAX_BYTES ).+")
        .hasMessageNotContaining("hunter2");
  }
}
