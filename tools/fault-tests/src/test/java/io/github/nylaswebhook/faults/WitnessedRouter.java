package io.github.nylaswebhook.faults;

import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.io.IOException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Tells the witness when it begins and when it ends; the ticket is there when that has answered.
 */
final class WitnessedRouter implements TicketRouter {
  private static final int MOST_MILLIS = 40;

  private final int witness;

  WitnessedRouter(int witnessPort) {
    this.witness = witnessPort;
  }

  @Override
  public TicketRef route(Ticket ticket) throws IOException, InterruptedException {
    try (Testimony testimony = new Testimony(witness)) {
      testimony.say(
          "route",
          Long.toString(ProcessHandle.current().pid()),
          ticket.idempotencyKey(),
          ticket.messageId());
      // As long as a destination may take, so that kills come in between.
      Thread.sleep(ThreadLocalRandom.current().nextInt(MOST_MILLIS));
      testimony.say("routed");
    }
    return TicketRef.of("witness", ticket.idempotencyKey());
  }
}
