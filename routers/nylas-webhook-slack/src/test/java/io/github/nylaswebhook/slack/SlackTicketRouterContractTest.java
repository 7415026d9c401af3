package io.github.nylaswebhook.slack;

import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.test.TicketRouterContract;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;

final class SlackTicketRouterContractTest extends TicketRouterContract {
  private final SlackStandIn slack = new SlackStandIn();

  @Override
  protected TicketRouter router() {
    // A channel that is limited waits, and of few channels, one always is.
    return SlackTicketRouter.builder(
            SlackStandIn.TOKEN,
            ticket -> "C0" + ticket.idempotencyKey().substring(0, 2).toUpperCase(Locale.ROOT))
        .apiUrl(slack.url() + "/api/")
        .limitPerChannel(new RateLimit(1_000_000, Duration.ofSeconds(1)))
        .callTimeout(Duration.ofMillis(500))
        .lookAgainAfter(Duration.ZERO)
        .build();
  }

  @Override
  protected Standing destination() {
    return slack;
  }

  @AfterEach
  void stop() {
    slack.close();
  }
}
