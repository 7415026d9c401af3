package io.github.nylaswebhook.jms;

import io.github.nylaswebhook.destination.Outage;
import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.nylas.CallLimits;
import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketJson;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.MessageProducer;
import jakarta.jms.TextMessage;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends each ticket to a queue or topic, as a persistent text message with {@link TicketJson} in
 * it, in a transaction of its own. Safe for use by many threads.
 *
 * <pre>{@code
 * JmsTicketRouter.builder(connectionFactory).queue("tickets").build();
 * }</pre>
 *
 * <p>Of each message
 *
 * <ul>
 *   <li>{@code JMSCorrelationID} is {@link Ticket#idempotencyKey()};
 *   <li>{@code JMSType} is {@value #TYPE}, whose end is {@link TicketJson#VERSION};
 *   <li>{@code JMSPriority} is 2, 4 or 7 for low, medium and high;
 *   <li>the properties {@code ticket_category}, {@code ticket_priority}, {@code ticket_kind},
 *       {@code ticket_grant}, and the booleans {@code ticket_follow_up} and {@code ticket_note} are
 *       for selectors;
 *   <li>the property {@value #ARTEMIS_DUPLICATE_ID}, or the one that the {@linkplain
 *       Builder#duplicateIdProperty builder} is told, is the idempotency key again.
 * </ul>
 *
 * <p>What failed is sent again, also if it isn't known whether it was committed. Apache Artemis
 * knows the key again by that property and drops the second message, among the last 20,000 of each
 * address unless configured otherwise ({@code id-cache-size}); so each ticket is in the queue once.
 * It forgets them with the address: have the queue declared there, or not deleted automatically.
 * Other brokers deliver it twice then, if seldom: their consumers know it by the correlation id.
 *
 * <p>A follow-up says in {@code follow_up_to} which ticket it belongs to: by the idempotency key of
 * the mail that opened it, which is the id that this router gives to tickets. What becomes of it is
 * the consumer's to decide.
 *
 * <p>Failures: what the broker calls an invalid destination is permanent. Everything else is tried
 * again when the broker may be back, uncounted: it refuses the credentials, it can't be reached, it
 * has no such queue (Artemis' client doesn't call that an invalid destination), or the transaction
 * was rolled back. How long a call may take is set at the connection factory.
 *
 * <p>One connection is kept, and as many sessions as are used at once. A connection that broke is
 * replaced by the next call. A pooling connection factory works as well, and isn't needed.
 *
 * @see <a
 *     href="https://artemis.apache.org/components/artemis/documentation/latest/duplicate-detection.html">Apache
 *     Artemis: duplicate detection</a>
 */
public final class JmsTicketRouter implements TicketRouter, AutoCloseable {
  /** The name of the destination. */
  public static final String DESTINATION = "jms";

  /** The {@code JMSType}. */
  public static final String TYPE = "nylaswebhook.ticket.v1";

  /** By which Apache Artemis knows duplicates. */
  public static final String ARTEMIS_DUPLICATE_ID = "_AMQ_DUPL_ID";

  /** More threads than that wait for brokers' disks rather than use them. */
  public static final int MAX_SESSIONS = 8;

  /** Whoever gets no session in that time comes back later, and leaves its worker to others. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** JMS 3.1 §3.5.1: names of properties are those of Java's identifiers. */
  private static final Pattern PROPERTY = Pattern.compile("[\\p{Alpha}_$][\\p{Alnum}_$]*");

  private static final int DEPTH = 20;

  private static final Logger log = LoggerFactory.getLogger(JmsTicketRouter.class);

  private final Sessions sessions;
  private final String duplicateId;
  private final long timeToLiveMillis;
  private final InstantSource clock;
  private final @Nullable CallLimits limits;
  private final Outage outage = new Outage();

  private JmsTicketRouter(Builder builder, Sessions sessions) {
    this.sessions = sessions;
    duplicateId = builder.duplicateId;
    timeToLiveMillis = builder.timeToLive.toMillis();
    clock = builder.clock;
    limits =
        builder.limit == null
            ? null
            : new CallLimits(clock, builder.limit, null, builder.maxSessions);
  }

  /**
   * A router that gets its connection from this factory, which stays the giver's.
   *
   * @param factory with time-outs of its own, and without endless attempts to connect
   */
  public static Builder builder(ConnectionFactory factory) {
    return new Builder(factory);
  }

  @Override
  public TicketRef route(Ticket ticket) throws InterruptedException {
    if (limits == null) {
      return routeNow(ticket);
    }
    CallLimits.Permit permit = limits.acquire("", ticket.idempotencyKey());
    try {
      return routeNow(ticket);
    } finally {
      permit.release();
    }
  }

  private TicketRef routeNow(Ticket ticket) throws InterruptedException {
    Sessions.Lane lane;
    try {
      lane = sessions.borrow(PATIENCE.toMillis());
    } catch (JMSException e) {
      throw failed(e);
    }
    if (lane == null) {
      throw new RetryLaterException(
          "all sessions with the broker are in use", clock.instant().plus(PATIENCE), false);
    }
    boolean done = false;
    boolean broken = true;
    try {
      send(lane, ticket);
      done = true;
    } catch (JMSException e) {
      broken = !(e instanceof InvalidDestinationException);
      if (!isDuplicate(e)) {
        throw failed(e);
      }
      // The transaction is rolled back because the message is there already.
      broken = false;
      log.debug("The broker has {} already", ticket);
    } finally {
      if (done) {
        sessions.giveBack(lane);
      } else {
        sessions.drop(lane, broken);
      }
    }
    outage.end();
    return ticket.isFollowUp()
        ? ticket.parent()
        : TicketRef.of(DESTINATION, ticket.idempotencyKey());
  }

  private void send(Sessions.Lane lane, Ticket ticket) throws JMSException {
    String key = ticket.idempotencyKey();
    TextMessage message = lane.session().createTextMessage(TicketJson.write(ticket));
    message.setJMSCorrelationID(key);
    message.setJMSType(TYPE);
    message.setStringProperty("ticket_category", ticket.category());
    message.setStringProperty("ticket_priority", ticket.priority().label());
    message.setStringProperty("ticket_kind", ticket.kind().name().toLowerCase(Locale.ROOT));
    message.setStringProperty("ticket_grant", ticket.grantId());
    message.setBooleanProperty("ticket_follow_up", ticket.isFollowUp());
    message.setBooleanProperty("ticket_note", ticket.note());
    if (!duplicateId.isEmpty()) {
      message.setStringProperty(duplicateId, key);
    }
    MessageProducer producer = lane.producer();
    producer.send(message, producer.getDeliveryMode(), priority(ticket), timeToLiveMillis);
    lane.session().commit();
  }

  /** JMS 3.1 §3.4.10: 0 to 4 are normal, 5 to 9 expedited; 4 is the default. */
  private static int priority(Ticket ticket) {
    return switch (ticket.priority()) {
      case LOW -> 2;
      case MEDIUM -> 4;
      case HIGH -> 7;
    };
  }

  /** Artemis says it by the cause; by its name, because its client is none of ours. */
  private static boolean isDuplicate(JMSException thrown) {
    Throwable cause = thrown;
    for (int i = 0; i < DEPTH && cause != null; i++) {
      if (cause.getClass().getSimpleName().equals("ActiveMQDuplicateIdException")) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  private RuntimeException failed(JMSException e) {
    // What a broker says may hold what it was sent: on a second line.
    String said = "\n" + e.getMessage();
    if (e instanceof InvalidDestinationException) {
      return new PermanentException("the broker doesn't know the queue or topic" + said, e);
    }
    String what =
        e instanceof JMSSecurityException
            ? "the broker refuses the credentials"
            : "the broker can't take it: " + e.getClass().getSimpleName();
    return new RetryLaterException(what + said, outage.failed(clock.instant()), false, e);
  }

  @Override
  public String destination() {
    return DESTINATION;
  }

  /** True: the consumer is told what it is a follow-up to, and does with it what it likes. */
  @Override
  public boolean appends() {
    return true;
  }

  /** True: the broker, or else the consumer, knows the key again. */
  @Override
  public boolean idempotent() {
    return true;
  }

  /** Closes its connection; the factory stays the giver's. */
  @Override
  public void close() {
    sessions.close();
  }

  /** Options of a {@link JmsTicketRouter}. */
  public static final class Builder {
    private final ConnectionFactory factory;
    private Sessions.@Nullable Target target;
    private @Nullable String user;
    private @Nullable String password;
    private String duplicateId = ARTEMIS_DUPLICATE_ID;
    private Duration timeToLive = Duration.ZERO;
    private int maxSessions = MAX_SESSIONS;
    private @Nullable RateLimit limit;
    private InstantSource clock = InstantSource.system();

    private Builder(ConnectionFactory factory) {
      this.factory = factory;
    }

    /** Sends to this queue, by the name that the broker knows. */
    public Builder queue(String name) {
      return target(name, session -> session.createQueue(name));
    }

    /** Sends to this topic, instead of a queue. */
    public Builder topic(String name) {
      return target(name, session -> session.createTopic(name));
    }

    private Builder target(String name, Sessions.Target given) {
      if (name.isBlank()) {
        throw new IllegalArgumentException("A queue or topic has to have a name");
      }
      if (target != null) {
        throw new IllegalArgumentException("Give the router one queue or one topic, not several");
      }
      target = given;
      return this;
    }

    /** Connects as this user, instead of the factory's own. */
    public Builder credentials(String userName, String secret) {
      user = userName;
      password = secret;
      return this;
    }

    /**
     * The property by which the broker knows a message again; empty if there is none. {@value
     * JmsTicketRouter#ARTEMIS_DUPLICATE_ID} unless said.
     *
     * @throws IllegalArgumentException if no property can have this name
     */
    public Builder duplicateIdProperty(String name) {
      if (!name.isEmpty() && !PROPERTY.matcher(name).matches()) {
        throw new IllegalArgumentException("No JMS property can be called \"" + name + "\"");
      }
      duplicateId = name;
      return this;
    }

    /** After which the broker drops what nobody has taken; zero, and so never, unless said. */
    public Builder timeToLive(Duration duration) {
      if (duration.isNegative()) {
        throw new IllegalArgumentException("The time to live can't be negative: " + duration);
      }
      timeToLive = duration;
      return this;
    }

    /** How many tickets are sent at once; {@value JmsTicketRouter#MAX_SESSIONS} unless said. */
    public Builder maxSessions(int sessions) {
      if (sessions < 1) {
        throw new IllegalArgumentException("At least one session is needed, not " + sessions);
      }
      maxSessions = sessions;
      return this;
    }

    /** How many messages are sent in what time, by this process; any number unless said. */
    public Builder limit(RateLimit messages) {
      limit = messages;
      return this;
    }

    public Builder clock(InstantSource source) {
      clock = source;
      return this;
    }

    /**
     * Builds the router, which connects when the first ticket comes.
     *
     * @throws IllegalArgumentException if it has neither a queue nor a topic
     */
    public JmsTicketRouter build() {
      if (target == null) {
        throw new IllegalArgumentException("Give the router a .queue(…) or a .topic(…)");
      }
      return new JmsTicketRouter(this, new Sessions(factory, user, password, target, maxSessions));
    }
  }
}
