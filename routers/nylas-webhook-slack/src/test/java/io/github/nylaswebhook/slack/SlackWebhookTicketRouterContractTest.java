package io.github.nylaswebhook.slack;

import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.test.TicketRouterContract;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;

final class SlackWebhookTicketRouterContractTest extends TicketRouterContract {
  private final WebhookStandIn slack = new WebhookStandIn();

  @Override
  protected TicketRouter router() {
    slack.quick = true;
    return SlackWebhookTicketRouter.builder(slack.webhook())
        .limit(new RateLimit(1_000_000, Duration.ofSeconds(1)))
        .callTimeout(Duration.ofMillis(500))
        .build();
  }

  @Override
  protected Standing destination() {
    return slack;
  }

  @Override
  protected boolean exactlyOnce() {
    return false;
  }

  @Override
  protected boolean knowsNotes() {
    return false;
  }

  @AfterEach
  void stop() {
    slack.close();
  }
}
