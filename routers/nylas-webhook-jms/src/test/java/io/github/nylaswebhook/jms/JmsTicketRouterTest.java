package io.github.nylaswebhook.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.categorize.Classification;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.message.MessageText;
import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketJson;
import io.github.nylaswebhook.ticket.TicketRef;
import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.DeliveryMode;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JmsTicketRouterTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

  @TempDir static Path directory;
  private static Broker broker;

  private final String queue = "tickets." + UUID.randomUUID();

  @BeforeAll
  static void startBroker() throws Exception {
    broker = new Broker(directory);
  }

  @AfterAll
  static void stopBroker() throws Exception {
    broker.stop();
  }

  private JmsTicketRouter.Builder builder() {
    return JmsTicketRouter.builder(broker.factory()).queue(queue);
  }

  private static Ticket ticket(String id, Priority priority) {
    return Ticket.of(
        io.github.nylaswebhook.message.Message.builder("grant", id).subject("It is down").build(),
        new MessageText("It is down", "Please help"),
        MessageKind.AUTO_REPLY,
        false,
        new Classification("incidents", priority, Set.of(), List.of()),
        NOW);
  }

  private static Ticket ticket(String id) {
    return ticket(id, Priority.HIGH);
  }

  private List<String> keys() {
    return broker.take(queue).stream().map(JmsTicketRouterTest::key).toList();
  }

  private static String key(Message message) {
    try {
      return message.getJMSCorrelationID();
    } catch (JMSException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aMessageIsTheTicketAndWhatSelectorsAskFor() throws Exception {
    Ticket ticket = ticket("1").followUp(TicketRef.of("jms", "first")).asNote();
    try (JmsTicketRouter router = builder().timeToLive(Duration.ofHours(1)).build()) {
      assertThat(router.route(ticket)).isEqualTo(TicketRef.of("jms", "first"));
    }
    Message message = broker.take(queue).get(0);
    assertThat(((TextMessage) message).getText()).isEqualTo(TicketJson.write(ticket));
    assertThat(message.getJMSCorrelationID()).isEqualTo(ticket.idempotencyKey());
    assertThat(message.getStringProperty("_AMQ_DUPL_ID")).isEqualTo(ticket.idempotencyKey());
    assertThat(message.getJMSType()).isEqualTo("nylaswebhook.ticket.v" + TicketJson.VERSION);
    assertThat(message.getJMSDeliveryMode()).isEqualTo(DeliveryMode.PERSISTENT);
    assertThat(message.getJMSPriority()).isEqualTo(7);
    assertThat(message.getJMSExpiration() - message.getJMSTimestamp()).isEqualTo(3_600_000);
    assertThat(message.getStringProperty("ticket_category")).isEqualTo("incidents");
    assertThat(message.getStringProperty("ticket_priority")).isEqualTo("high");
    assertThat(message.getStringProperty("ticket_kind")).isEqualTo("auto_reply");
    assertThat(message.getStringProperty("ticket_grant")).isEqualTo("grant");
    assertThat(message.getBooleanProperty("ticket_follow_up")).isTrue();
    assertThat(message.getBooleanProperty("ticket_note")).isTrue();
  }

  @Test
  void noMoreAreSentThanTheLimitAllows() throws Exception {
    RateLimit onePerHour = new RateLimit(1, Duration.ofHours(1));
    try (JmsTicketRouter router = builder().limit(onePerHour).build()) {
      router.route(ticket("1"));
      assertThatThrownBy(() -> router.route(ticket("2")))
          .isInstanceOfSatisfying(
              RetryLaterException.class, later -> assertThat(later.countsAsAttempt()).isFalse());
    }
    assertThat(keys()).containsExactly(ticket("1").idempotencyKey());
  }

  @Test
  void urgentTicketsComeFirst() throws Exception {
    try (JmsTicketRouter router = builder().build()) {
      router.route(ticket("low", Priority.LOW));
      router.route(ticket("medium", Priority.MEDIUM));
      router.route(ticket("high", Priority.HIGH));
    }
    assertThat(keys())
        .containsExactly(
            ticket("high").idempotencyKey(),
            ticket("medium").idempotencyKey(),
            ticket("low").idempotencyKey());
  }

  @Test
  void theBrokerDropsWhatItHasAndTheRouterTakesItForDone() throws Exception {
    try (JmsTicketRouter router = builder().build()) {
      TicketRef ref = router.route(ticket("1"));
      assertThat(ref).isEqualTo(TicketRef.of("jms", ticket("1").idempotencyKey()));
      assertThat(router.route(ticket("1").asRepeated())).isEqualTo(ref);
      router.route(ticket("2"));
    }
    assertThat(keys()).containsExactly(ticket("1").idempotencyKey(), ticket("2").idempotencyKey());
  }

  @Test
  void aBrokerThatKnowsNoDuplicatesGetsThem() throws Exception {
    try (JmsTicketRouter router = builder().duplicateIdProperty("").build()) {
      router.route(ticket("1"));
      router.route(ticket("1"));
    }
    assertThat(keys()).hasSize(2).allMatch(ticket("1").idempotencyKey()::equals);
  }

  @Test
  void aTopicsSubscribersGetIt() throws Exception {
    try (Connection connection = broker.factory().createConnection();
        JmsTicketRouter router =
            JmsTicketRouter.builder(broker.factory()).topic("topic." + queue).build()) {
      connection.start();
      Session session = connection.createSession();
      MessageConsumer consumer =
          session.createConsumer(session.createTopic("topic." + queue), "ticket_priority = 'high'");
      router.route(ticket("1", Priority.LOW));
      router.route(ticket("2", Priority.HIGH));
      assertThat(key(consumer.receive(10_000))).isEqualTo(ticket("2").idempotencyKey());
    }
  }

  @Test
  void aBrokerThatComesBackGetsTheRestAndStillKnowsWhatItHas(@TempDir Path own) throws Exception {
    Broker restarting = new Broker(own);
    try (JmsTicketRouter router =
        JmsTicketRouter.builder(restarting.factory()).queue(queue).build()) {
      router.route(ticket("1"));
      restarting.stop();
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> router.route(ticket("2")))
            .isInstanceOfSatisfying(
                RetryLaterException.class, e -> assertThat(e.countsAsAttempt()).isFalse());
      }
      restarting.start();
      await()
          .ignoreExceptionsInstanceOf(RetryLaterException.class)
          .untilAsserted(() -> router.route(ticket("2")));
      router.route(ticket("1").asRepeated());
      assertThat(restarting.take(queue).stream().map(JmsTicketRouterTest::key))
          .containsExactly(ticket("1").idempotencyKey(), ticket("2").idempotencyKey());
    } finally {
      restarting.stop();
    }
  }

  @Test
  void wrongCredentialsAreWaitedFor() throws Exception {
    try (JmsTicketRouter router = builder().credentials(Broker.USER, "wrong").build()) {
      assertThatThrownBy(() -> router.route(ticket("1")))
          .isInstanceOfSatisfying(
              RetryLaterException.class,
              e -> {
                assertThat(e.countsAsAttempt()).isFalse();
                assertThat(e).hasMessageStartingWith("the broker refuses the credentials\n");
              });
    }
    try (JmsTicketRouter router =
        JmsTicketRouter.builder(broker.factory("wrong"))
            .queue(queue)
            .credentials(Broker.USER, Broker.PASSWORD)
            .build()) {
      router.route(ticket("1"));
    }
  }

  /** Artemis' client says it by a bare JMSException. */
  @Test
  void aQueueThatDoesNotExistIsWaitedFor() throws Exception {
    try (JmsTicketRouter router =
        JmsTicketRouter.builder(broker.factory()).queue(Broker.UNKNOWN).build()) {
      assertThatThrownBy(() -> router.route(ticket("1")))
          .isInstanceOf(RetryLaterException.class)
          .hasMessageContaining("There is no queue with name " + Broker.UNKNOWN);
    }
  }

  @Test
  void whatABrokerCallsAnInvalidDestinationIsPermanent() throws Exception {
    ConnectionFactory refusing =
        (ConnectionFactory)
            Proxy.newProxyInstance(
                ConnectionFactory.class.getClassLoader(),
                new Class<?>[] {ConnectionFactory.class},
                (proxy, method, arguments) -> {
                  throw new InvalidDestinationException("nowhere");
                });
    try (JmsTicketRouter router = JmsTicketRouter.builder(refusing).queue(queue).build()) {
      assertThatThrownBy(() -> router.route(ticket("1")))
          .isInstanceOf(PermanentException.class)
          .hasMessage("the broker doesn't know the queue or topic\nnowhere");
    }
  }

  @Test
  void manyTicketsShareAConnection() throws Exception {
    AtomicInteger connections = new AtomicInteger();
    try (JmsTicketRouter router =
        JmsTicketRouter.builder(counting(connections)).queue(queue).maxSessions(2).build()) {
      for (int i = 0; i < 20; i++) {
        router.route(ticket("" + i));
      }
      router.route(ticket("0"));
    }
    assertThat(connections).hasValue(1);
    assertThat(keys()).hasSize(20);
  }

  private static ConnectionFactory counting(AtomicInteger connections) {
    ConnectionFactory factory = broker.factory();
    return (ConnectionFactory)
        Proxy.newProxyInstance(
            ConnectionFactory.class.getClassLoader(),
            new Class<?>[] {ConnectionFactory.class},
            (proxy, method, arguments) -> {
              connections.incrementAndGet();
              try {
                return method.invoke(factory, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void whatIsClosedSendsNoMore() {
    JmsTicketRouter router = builder().build();
    router.close();
    router.close();
    assertThatThrownBy(() -> router.route(ticket("1"))).isInstanceOf(RetryLaterException.class);
  }

  @Test
  void optionsAreChecked() {
    ConnectionFactory factory = broker.factory();
    assertThatThrownBy(() -> JmsTicketRouter.builder(factory).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(".queue(");
    assertThatThrownBy(() -> builder().topic("t"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one queue or one topic");
    assertThatThrownBy(() -> JmsTicketRouter.builder(factory).queue(" "))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder().duplicateIdProperty("x-dedup"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("x-dedup");
    assertThatThrownBy(() -> builder().timeToLive(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder().maxSessions(0)).isInstanceOf(IllegalArgumentException.class);
  }
}
