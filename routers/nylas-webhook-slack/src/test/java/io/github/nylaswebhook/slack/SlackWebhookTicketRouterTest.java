package io.github.nylaswebhook.slack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.nylaswebhook.destination.DestinationRefusedException;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.test.DestinationStandIn;
import io.github.nylaswebhook.test.DestinationStandIn.Failure;
import io.github.nylaswebhook.test.SettableClock;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SlackWebhookTicketRouterTest {
  private final WebhookStandIn slack = new WebhookStandIn();
  private final SettableClock clock = new SettableClock(Instant.now());
  private final SlackWebhookTicketRouter router = router(slack.webhook());

  private SlackWebhookTicketRouter router(String url) {
    return SlackWebhookTicketRouter.builder(url)
        .callTimeout(Duration.ofMillis(700))
        .clock(clock)
        .build();
  }

  @AfterEach
  void close() {
    router.close();
    slack.close();
  }

  @Test
  void aTicketIsAMessageThatShowsItsReference() {
    Ticket ticket = Tickets.of("m1", "<!here>", "Text & more", MessageKind.HUMAN);
    TicketRef ref = router.route(ticket);
    assertThat(ref).isEqualTo(TicketRef.of("slack-webhook", ticket.idempotencyKey()));
    Json message = slack.messages().get(0);
    assertThat(message.asMap().toString())
        .contains("&lt;!here&gt;", "Text &amp; more")
        .doesNotContain("<!here>");
    assertThat(WebhookStandIn.reference(message))
        .isEqualTo(ticket.idempotencyKey().substring(0, 12));
    assertThat(message.asMap().get("unfurl_links")).isEqualTo(false);
  }

  @Test
  void aFurtherMailNamesTheTicketAndANoteIsMarked() {
    TicketRef ref = router.route(Tickets.of("m1"));
    assertThat(router.route(Tickets.of("m2").followUp(ref))).isEqualTo(ref);
    Ticket away = Tickets.of("m3", "Away", "x", MessageKind.AUTO_REPLY).asNote().followUp(ref);
    router.route(away);
    assertThat(slack.messages())
        .hasSize(3)
        .allMatch(message -> WebhookStandIn.reference(message).equals(ref.id().substring(0, 12)));
    assertThat(slack.messages().get(1).stringOr("text", "")).startsWith("Further mail: ");
    assertThat(slack.messages().get(2).stringOr("text", "")).startsWith("Automatic reply: ");
  }

  @ParameterizedTest
  @EnumSource(Failure.class)
  void whateverFailsIsSentAgainUncounted(Failure failure) {
    slack.failNext(failure);
    RetryLaterException wait =
        catchThrowableOfType(RetryLaterException.class, () -> router.route(Tickets.of("m1")));
    assertThat(wait.countsAsAttempt()).isFalse();
    assertThat(wait).hasMessageNotContaining("secretsecret");
    // The next turn after the pause.
    clock.set(wait.when().plusSeconds(5));
    router.route(Tickets.of("m1").asRepeated());
    assertThat(slack.tickets()).hasSize(failure.isDone() ? 2 : 1);
  }

  @ParameterizedTest
  @CsvSource({
    "400, invalid_payload",
    "400, no_text",
    "403, action_prohibited",
    "404, no_service",
    "404, channel_not_found",
    "410, channel_is_archived"
  })
  void refusalsArePermanentInSlacksWordsAndWithoutTheUrl(int status, String words) {
    try (Refusing refusing = new Refusing(status, words);
        SlackWebhookTicketRouter to = router(refusing.url() + "/services/T/B/secretsecret")) {
      DestinationRefusedException refused =
          catchThrowableOfType(DestinationRefusedException.class, () -> to.route(Tickets.of("m1")));
      assertThat(refused)
          .hasMessage("slack-webhook answers " + status + "\n" + words)
          .hasMessageNotContaining("secretsecret");
    }
  }

  private static final class Refusing extends DestinationStandIn {
    private final int status;
    private final String words;

    Refusing(int status, String words) {
      this.status = status;
      this.words = words;
    }

    @Override
    protected Reply answer(Call call) {
      return Reply.text(status, words);
    }
  }

  @Test
  void oneThatCannotBeReachedIsNotNamed() {
    slack.close();
    RetryLaterException wait =
        catchThrowableOfType(RetryLaterException.class, () -> router.route(Tickets.of("m1")));
    for (Throwable e = wait; e != null; e = e.getCause()) {
      assertThat(String.valueOf(e.getMessage())).doesNotContain("secretsecret", "/services/");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "secretsecret",
        "http://hooks.slack.com/services/T/B/secretsecret",
        "ftp://hooks.slack.com/services/secretsecret",
        "https://hooks.slack.com/"
      })
  void aUrlThatIsNoneIsRefusedWithoutNamingIt(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SlackWebhookTicketRouter.builder(url).build())
        .withMessageContaining("incoming webhook")
        .withMessageNotContaining("secretsecret");
  }
}
