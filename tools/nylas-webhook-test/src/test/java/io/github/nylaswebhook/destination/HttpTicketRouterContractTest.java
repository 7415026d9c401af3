package io.github.nylaswebhook.destination;

import io.github.nylaswebhook.test.TicketRouterContract;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;

class HttpTicketRouterContractTest extends TicketRouterContract {
  private static final String SECRET = HttpTicketRouter.newSecret();

  private final Receiver receiver = new Receiver(SECRET);

  @AfterEach
  void closeReceiver() {
    receiver.close();
  }

  @Override
  protected TicketRouter router() {
    return HttpTicketRouter.builder(receiver.url() + "/tickets")
        .secret(SECRET)
        .callTimeout(Duration.ofSeconds(1))
        .build();
  }

  @Override
  protected Standing destination() {
    return receiver;
  }
}
