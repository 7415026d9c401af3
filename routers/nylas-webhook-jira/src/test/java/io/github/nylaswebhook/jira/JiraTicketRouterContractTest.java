package io.github.nylaswebhook.jira;

import io.github.nylaswebhook.test.TicketRouterContract;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;

/** One process that all mails go through. */
class JiraTicketRouterContractTest extends TicketRouterContract {
  private final JiraStandIn jira = new JiraStandIn();

  @Override
  protected TicketRouter router() {
    jira.lag = Duration.ofMillis(150);
    return new Patient(
        JiraTicketRouterTest.builder(jira).callTimeout(Duration.ofSeconds(1)).build());
  }

  @Override
  protected Standing destination() {
    return jira;
  }

  @AfterEach
  void stop() {
    jira.close();
  }
}
