package io.github.nylaswebhook.samples.supportdesk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.squareup.moshi.JsonReader;
import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.categorize.RuleSet;
import io.github.nylaswebhook.notification.TriggerType;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.test.Destination;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Fault;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.ticket.Ticket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The desk's endpoints, over HTTP, with everything in memory. */
class DeskServerTest {
  private static final String SLOW = "slow.thing";

  private final CountDownLatch slowBegun = new CountDownLatch(1);
  private final CountDownLatch slowMayEnd = new CountDownLatch(1);
  private final CountDownLatch slowEnded = new CountDownLatch(1);
  private final HttpClient http = HttpClient.newHttpClient();
  FakeNylas nylas;
  private NylasClient client;
  private WebhookHandler handler;
  Storage storage;
  DeskServer server;

  Storage openStorage() throws Exception {
    return new MemoryStorage();
  }

  @BeforeEach
  void start() throws Exception {
    nylas = FakeNylas.builder().retryDelays(Duration.ofMillis(50), Duration.ofMillis(50)).start();
    client = NylasClient.builder(nylas.apiKey()).baseUrl(nylas.url()).build();
    storage = openStorage();
    handler =
        WebhookHandler.builder()
            .webhookSecret(nylas.webhookSecret())
            .nylas(client)
            .categorizer(RuleSet.standard().withVipDomains(List.of("bigcorp.com")))
            .inbox(storage.inbox())
            .dedupStore(storage.dedupStore())
            .ticketRouter(storage.router())
            .on(
                TriggerType.of(SLOW),
                notification -> {
                  slowBegun.countDown();
                  // Less than the inbox drains for.
                  if (slowMayEnd.await(8, TimeUnit.SECONDS)) {
                    slowEnded.countDown();
                  }
                })
            .build();
    server = new DeskServer(0, handler, storage, "the token");
    server.start();
  }

  @AfterEach
  void stop() {
    server.close();
    client.close();
    nylas.close();
  }

  HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.url() + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static List<?> json(String text) throws Exception {
    return (List<?>) JsonReader.of(new Buffer().writeUtf8(text)).readJsonValue();
  }

  void deliver(Mail... mails) throws Exception {
    Destination destination = nylas.subscribe(server.url() + DeskServer.WEBHOOK_PATH);
    for (Mail mail : mails) {
      nylas.add(mail);
      assertThat(destination.deliver(NotificationFixture.created(mail)).join().delivered())
          .isTrue();
      String id = mail.id();
      await().until(() -> get("/tickets?limit=1000000").body().contains(id));
    }
  }

  @Test
  void ticketsAreListedNewestFirstWithAllTheirMembers() throws Exception {
    Mail first =
        Mail.of("grant-1", "message-1")
            .thread("thread-1")
            .subject("Billing \"question\"")
            .from("Ann", "ann@BigCorp.com")
            .date(Instant.parse("2026-11-22T10:11:12Z"));
    Mail second = Mail.of("grant-1", "message-2").subject("It would be nice to have a map");
    deliver(first, second);
    List<?> tickets = json(get("/tickets").body());
    assertThat(tickets).hasSize(2);
    assertThat((Map<?, ?>) tickets.get(0))
        .extracting(ticket -> ticket.get("category"), ticket -> ticket.get("priority"))
        .containsExactly("feature_requests", "low");
    assertThat(tickets.get(1))
        .isEqualTo(
            Map.ofEntries(
                Map.entry("id", "DESK-1"),
                Map.entry("messageId", "message-1"),
                Map.entry("grantId", "grant-1"),
                Map.entry("threadId", "thread-1"),
                Map.entry("subject", "Billing \"question\""),
                Map.entry("from", "ann@BigCorp.com"),
                Map.entry("category", "billing"),
                Map.entry("priority", "high"),
                Map.entry("tags", List.of()),
                Map.entry("receivedAt", "2026-11-22T10:11:12Z"),
                Map.entry("idempotencyKey", Ticket.idempotencyKey("grant-1", "message-1")),
                Map.entry("followUps", 0.0)));
    assertThat(json(get("/tickets?limit=1").body())).hasSize(1);
  }

  @Test
  void aFurtherMailOfAThreadIsCountedWithItsTicket() throws Exception {
    Mail first = Mail.of("grant-1", "message-1").thread("thread-1");
    deliver(first);
    Mail second = Mail.of("grant-1", "message-2").thread("thread-1");
    nylas.add(second);
    Destination destination = nylas.subscribe(server.url() + DeskServer.WEBHOOK_PATH);
    destination.deliver(NotificationFixture.created(second)).join();
    await().until(() -> get("/tickets").body().contains("\"followUps\":1"));
    assertThat(json(get("/tickets").body())).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "1000001", "many", "", "99999999999999999999"})
  void aLimitThatCannotBeIsRefused(String limit) throws Exception {
    HttpResponse<String> answer = get("/tickets?limit=" + limit);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("limit", "1000000");
  }

  @Test
  void ticketsAreShownOnlyToThisMachineOrWithTheToken() throws Exception {
    assertThat(get("/tickets").statusCode()).isEqualTo(200);
    // As it looks when a reverse proxy on this machine passes somebody else's request on.
    assertThat(get("/tickets", "X-Forwarded-For", "203.0.113.7").statusCode()).isEqualTo(401);
    assertThat(
            get("/tickets", "X-Forwarded-For", "203.0.113.7", "Authorization", "Bearer no")
                .statusCode())
        .isEqualTo(401);
    assertThat(
            get("/tickets", "X-Forwarded-For", "203.0.113.7", "Authorization", "Bearer the token")
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void itIsHealthyWhileItAcceptsAndSaysWhatIsWrongBehindIt() throws Exception {
    assertThat(get("/healthz").statusCode()).isEqualTo(200);
    assertThat(get("/healthz").body()).contains("\"status\":\"up\"");
    nylas.refuseKey();
    Mail mail = Mail.of("grant-1", "message-1");
    nylas.add(mail);
    Destination destination = nylas.subscribe(server.url() + DeskServer.WEBHOOK_PATH);
    destination.deliver(NotificationFixture.created(mail)).join();
    await().until(() -> get("/healthz").body().contains("\"status\":\"down\""));
    assertThat(get("/healthz").statusCode()).isEqualTo(200);
    assertThat(get("/healthz").body()).contains("refuses the API key");
  }

  @Test
  void itSaysHowMuchWaits() throws Exception {
    assertThat(get("/healthz").body())
        .endsWith("\"waiting\":0,\"deadLetters\":0,\"oldestReceivedAt\":null}");
    Mail mail = Mail.of("grant-1", "message-1");
    nylas.add(mail).failAlways(Fault.status(503, "provider_error"));
    nylas
        .subscribe(server.url() + DeskServer.WEBHOOK_PATH)
        .deliver(NotificationFixture.created(mail))
        .join();
    assertThat(get("/healthz").body())
        .containsPattern(
            "\"waiting\":1,\"deadLetters\":0,\"oldestReceivedAt\":\"[0-9-]{10}T[0-9:.]+Z\"");
  }

  @Test
  void itSaysWhatItSetAside() throws Exception {
    assertThat(get("/healthz").body()).contains("\"setAside\":{}");
    Destination destination = nylas.subscribe(server.url() + DeskServer.WEBHOOK_PATH);
    for (Mail mail :
        List.of(
            Mail.of("grant-1", "message-1").header("Auto-Submitted", "auto-replied"),
            Mail.of("grant-1", "message-2").header("X-Failed-Recipients", "a@x.example"))) {
      nylas.add(mail);
      destination.deliver(NotificationFixture.created(mail)).join();
    }
    await()
        .until(
            () -> get("/healthz").body().contains("\"setAside\":{\"auto_reply\":1,\"bounce\":1}"));
  }

  @Test
  void onceItIsToldToEndItRefusesAndFinishesWhatItWorksOn() throws Exception {
    Destination destination = nylas.subscribe(server.url() + DeskServer.WEBHOOK_PATH);
    destination.deliver(NotificationFixture.of(SLOW).object(Map.of("id", "1"))).join();
    assertThat(slowBegun.await(20, TimeUnit.SECONDS)).isTrue();
    Thread closing = new Thread(server::close);
    closing.start();
    await().until(() -> get("/healthz").statusCode() == 503);
    assertThat(
            destination
                .post(NotificationFixture.created(Mail.of("g", "m")).sign(nylas.webhookSecret()))
                .status())
        .isEqualTo(503);
    assertThat(closing.isAlive()).isTrue();
    slowMayEnd.countDown();
    closing.join();
    assertThat(slowEnded.getCount()).isZero();
  }

  @Test
  void whileItClosesItAsksForAnotherDelivery() throws Exception {
    Destination destination = nylas.subscribe(server.url() + DeskServer.WEBHOOK_PATH);
    handler.close();
    assertThat(get("/healthz").statusCode()).isEqualTo(503);
    assertThat(
            destination
                .post(NotificationFixture.created(Mail.of("g", "m")).sign(nylas.webhookSecret()))
                .status())
        .isEqualTo(503);
  }
}
