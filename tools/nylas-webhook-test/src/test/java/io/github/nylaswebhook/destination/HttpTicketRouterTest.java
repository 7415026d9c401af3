package io.github.nylaswebhook.destination;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.nylaswebhook.categorize.Classification;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageText;
import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.test.DestinationStandIn;
import io.github.nylaswebhook.test.SettableClock;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketJson;
import io.github.nylaswebhook.ticket.TicketRef;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpTicketRouterTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  private final SettableClock clock = new SettableClock(NOW);
  private volatile DestinationStandIn.Reply reply = DestinationStandIn.Reply.of(204);
  private final DestinationStandIn anything =
      new DestinationStandIn() {
        @Override
        protected Reply answer(Call call) {
          return reply;
        }
      };

  @AfterEach
  void close() {
    anything.close();
  }

  private static Ticket ticket(String id) {
    return Ticket.of(
        Message.builder("g", id).subject("Grüße").build(),
        new MessageText("Grüße", "Please help"),
        MessageKind.HUMAN,
        false,
        new Classification("incidents", Priority.HIGH, Set.of(), List.of()),
        NOW);
  }

  private HttpTicketRouter.Builder builder() {
    return HttpTicketRouter.builder(anything.url() + "/in?team=1").secret(SECRET).clock(clock);
  }

  private TicketRef route(Ticket ticket) {
    try (HttpTicketRouter router = builder().build()) {
      return router.route(ticket);
    }
  }

  /** The one that the libraries of Standard Webhooks and Svix test themselves by. */
  @Test
  void signsAsThePublishedExample() {
    assertThat(
            new WebhookSigner(List.of(SECRET))
                .sign(
                    "msg_p5jXN8AQM9LWM0D4loKWxJek",
                    Instant.ofEpochSecond(1_614_265_330),
                    "{\"test\": 2432232314}".getBytes(UTF_8)))
        .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  }

  @Test
  void aRequestIsTheTicketAndItsHeaders() {
    Ticket ticket = ticket("1");
    try (HttpTicketRouter router =
        builder().header("Authorization", "Bearer t").header("User-Agent", "us").build()) {
      router.route(ticket);
    }
    DestinationStandIn.Call call = anything.calls().get(0);
    assertThat(call.method()).isEqualTo("POST");
    assertThat(call.uri().toString()).isEqualTo("/in?team=1");
    assertThat(call.body()).isEqualTo(TicketJson.write(ticket));
    assertThat(call.header("Content-Type")).contains("application/json");
    assertThat(call.header("Authorization")).contains("Bearer t");
    assertThat(call.header("User-Agent")).contains("us");
    assertThat(call.header("Idempotency-Key")).contains(ticket.idempotencyKey());
    assertThat(call.header("webhook-id")).contains(ticket.idempotencyKey());
    assertThat(call.header("webhook-timestamp")).contains("" + NOW.getEpochSecond());
  }

  @Test
  void aRepeatedTryIsTheSameRequestAtAnotherTime() {
    try (HttpTicketRouter router = builder().build()) {
      router.route(ticket("1"));
      clock.advance(Duration.ofHours(1));
      router.route(ticket("1").asRepeated());
    }
    DestinationStandIn.Call first = anything.calls().get(0);
    DestinationStandIn.Call second = anything.calls().get(1);
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(second.header("webhook-id")).isEqualTo(first.header("webhook-id"));
    assertThat(second.header("webhook-timestamp")).contains("" + (NOW.getEpochSecond() + 3600));
  }

  @Test
  void whileSecretsChangeBothSign() {
    String next = HttpTicketRouter.newSecret();
    try (Receiver receiver = new Receiver(SECRET, next);
        HttpTicketRouter router =
            HttpTicketRouter.builder(receiver.url()).secret(SECRET).secret(next).build()) {
      assertThat(router.route(ticket("1")).id()).isEqualTo("T-1");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'{\"id\":\"T-1\",\"url\":\"https://desk.example/1\"}', T-1, https://desk.example/1",
    "'{\"id\":17}', 17, ''",
    "'{\"id\":\" T-1 \",\"url\":\"javascript:alert(1)\"}', T-1, ''",
    "'{\"id\":\"T-1\",\"url\":null}', T-1, ''",
  })
  void theReceiverMayNameTheTicket(String answer, String id, String url) {
    reply = DestinationStandIn.Reply.text(201, answer);
    assertThat(route(ticket("1"))).isEqualTo(new TicketRef("http", id, url));
    assertThat(route(ticket("2").followUp(TicketRef.of("http", "old"))).id()).isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "ok", "[]", "{}", "{\"id\":\"\"}", "{\"id\":null}", "{\"id\":{}}", "{"})
  void otherwiseTheKeyOfItsFirstMailNamesIt(String answer) {
    reply = DestinationStandIn.Reply.text(200, answer);
    TicketRef ref = route(ticket("1"));
    assertThat(ref).isEqualTo(TicketRef.of("http", ticket("1").idempotencyKey()));
    assertThat(route(ticket("2").followUp(ref))).isEqualTo(ref);
  }

  @Test
  void anEndlessIdIsNone() {
    reply = DestinationStandIn.Reply.text(200, "{\"id\":\"" + "1".repeat(256) + "\"}");
    assertThat(route(ticket("1")).id()).isEqualTo(ticket("1").idempotencyKey());
  }

  @Test
  void whatIsSaidIsOfTheTicketOnlyOnTheSecondLine() {
    reply = DestinationStandIn.Reply.text(422, "subject \"Grüße\" is too short");
    assertThatThrownBy(() -> route(ticket("1")))
        .isInstanceOf(DestinationRefusedException.class)
        .hasMessage("http answers 422\nsubject \"Grüße\" is too short");
  }

  @Test
  void requestsKeepToTheLimit() {
    try (HttpTicketRouter router =
        builder().limit(new RateLimit(1, Duration.ofMinutes(1))).build()) {
      router.route(ticket("1"));
      assertThatThrownBy(() -> router.route(ticket("2"))).isInstanceOf(RetryLaterException.class);
    }
    assertThat(anything.calls()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "desk.example", "ftp://desk.example", "https://", "https://u:p@x.example"})
  void aUrlThatIsNoneIsRefused(String url) {
    assertThatThrownBy(() -> HttpTicketRouter.builder(url).secret(SECRET).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("URL");
  }

  @Test
  void aSecretThatIsNoneIsRefusedAndNotTold() {
    assertThatThrownBy(() -> HttpTicketRouter.builder("https://x.example").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("newSecret()");
    String short23 = "whsec_" + Base64.getEncoder().encodeToString(new byte[23]);
    String long65 = "whsec_" + Base64.getEncoder().encodeToString(new byte[65]);
    for (String secret : List.of("", "MfKQ9r8GKYqrTwjU", "whsec_§§§§", "whsec_", short23, long65)) {
      assertThatThrownBy(() -> builder().secret(secret).build())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageNotContaining("MfKQ9r8")
          .hasMessageNotContaining("§")
          .hasNoCause();
    }
    builder().secret("whsec_" + Base64.getEncoder().encodeToString(new byte[24])).build().close();
    builder().secret("whsec_" + Base64.getEncoder().encodeToString(new byte[64])).build().close();
  }

  @Test
  void aHeaderThatCannotBeSentIsRefusedAndItsValueNotTold() {
    for (String own : List.of("Webhook-Id", "idempotency-key", "Content-Length", "HOST")) {
      assertThatThrownBy(() -> builder().header(own, "x"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(own);
    }
    assertThatThrownBy(() -> builder().header("X-Key", "s3cret\nX-Other: 1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("X-Key")
        .hasMessageNotContaining("s3cret");
    assertThatThrownBy(() -> builder().header("X Key", "1"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void timeoutsAreChecked() {
    assertThatThrownBy(() -> builder().callTimeout(Duration.ZERO).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("call time-out");
    assertThatThrownBy(() -> builder().connectTimeout(Duration.ofSeconds(-1)).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("connect time-out");
  }

  @Test
  void itsNameHasNothingOfTheQuery() {
    try (HttpTicketRouter router = builder().build()) {
      assertThat(router.toString())
          .startsWith("HttpTicketRouter[http://127")
          .doesNotContain("team");
    }
  }
}
