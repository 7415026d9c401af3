package io.github.nylaswebhook.jms;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.test.TicketRouterContract;
import io.github.nylaswebhook.ticket.TicketRouter;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class JmsTicketRouterContractTest extends TicketRouterContract {
  @TempDir static Path directory;
  private static Broker broker;

  private final String queue = "tickets." + UUID.randomUUID();
  private final FailingConnectionFactory failing = new FailingConnectionFactory();
  private final Queue destination = new Queue();

  @BeforeAll
  static void startBroker() throws Exception {
    broker = new Broker(directory);
  }

  @AfterAll
  static void stopBroker() throws Exception {
    broker.stop();
  }

  @Override
  protected TicketRouter router() {
    return JmsTicketRouter.builder(failing.wrap(broker.factory())).queue(queue).build();
  }

  @Override
  protected Standing destination() {
    return destination;
  }

  /** Tickets as a consumer sees them. */
  private final class Queue implements Standing {
    private final List<Json> taken = new ArrayList<>();

    private List<Json> messages() {
      for (Message message : broker.take(queue)) {
        try {
          taken.add(Json.read(((TextMessage) message).getText().getBytes(UTF_8)));
        } catch (JMSException | IOException e) {
          throw new AssertionError(e);
        }
      }
      return taken;
    }

    @Override
    public List<String> tickets() {
      return messages().stream()
          .filter(ticket -> !ticket.has("follow_up_to"))
          .map(ticket -> ticket.stringOr("idempotency_key", ""))
          .toList();
    }

    private List<Json> after(String key) {
      return messages().stream()
          .filter(ticket -> ticket.object("follow_up_to").stringOr("id", "").equals(key))
          .toList();
    }

    @Override
    public List<String> appended(String key) {
      return after(key).stream().map(ticket -> ticket.stringOr("idempotency_key", "")).toList();
    }

    @Override
    public List<String> notes(String key) {
      return after(key).stream()
          .filter(ticket -> ticket.bool("note"))
          .map(ticket -> ticket.stringOr("idempotency_key", ""))
          .toList();
    }

    @Override
    public void fail(Random random, double share) {
      // Each of a ticket's steps fails by itself.
      failing.fail(random, share / 3);
    }

    @Override
    public void close(String key) {}
  }
}
