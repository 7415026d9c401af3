package io.github.nylaswebhook.jms;

import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.DeliveryMode;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Transacted sessions of one connection, each used by one thread at a time, as JMS has it. A
 * connection on which something went wrong gets no further use: it is closed when the last of its
 * sessions comes back, and the next who asks opens another one. Safe for use by many threads.
 */
final class Sessions implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(JmsTicketRouter.class);

  private final ConnectionFactory factory;
  private final @Nullable String user;
  private final @Nullable String password;
  private final Target target;
  private final Semaphore permits;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Link current;
  private boolean closed;

  /** Where messages go, as the session says it. */
  interface Target {
    Destination of(Session session) throws JMSException;
  }

  /** A connection. All but the connection is guarded by the lock. */
  private static final class Link {
    private final Connection connection;
    private final Deque<Lane> idle = new ArrayDeque<>();
    private int lent;

    Link(Connection connection) {
      this.connection = connection;
    }
  }

  /** A session and its producer, for one thread. */
  static final class Lane {
    private final Link link;
    private final Session session;
    private final MessageProducer producer;

    private Lane(Link link, Session session, MessageProducer producer) {
      this.link = link;
      this.session = session;
      this.producer = producer;
    }

    Session session() {
      return session;
    }

    MessageProducer producer() {
      return producer;
    }
  }

  Sessions(
      ConnectionFactory factory,
      @Nullable String user,
      @Nullable String password,
      Target target,
      int most) {
    this.factory = factory;
    this.user = user;
    this.password = password;
    this.target = target;
    this.permits = new Semaphore(most);
  }

  /**
   * Lends a session, to be given back or dropped.
   *
   * @return null if none gets free in that time
   */
  @Nullable Lane borrow(long patienceMillis) throws JMSException, InterruptedException {
    if (!permits.tryAcquire(patienceMillis, TimeUnit.MILLISECONDS)) {
      return null;
    }
    boolean lent = false;
    try {
      Lane lane = lend();
      lent = true;
      return lane;
    } finally {
      if (!lent) {
        permits.release();
      }
    }
  }

  private Lane lend() throws JMSException {
    Link link;
    lock.lock();
    try {
      if (closed) {
        throw new jakarta.jms.IllegalStateException("The router is closed");
      }
      link = current;
      if (link == null) {
        // Within the lock: of many who find no connection, one opens it.
        link = new Link(connect());
        current = link;
      }
      link.lent++;
      Lane idle = link.idle.poll();
      if (idle != null) {
        return idle;
      }
    } finally {
      lock.unlock();
    }
    Session session = null;
    try {
      session = link.connection.createSession(true, Session.SESSION_TRANSACTED);
      MessageProducer producer = session.createProducer(target.of(session));
      producer.setDeliveryMode(DeliveryMode.PERSISTENT);
      return new Lane(link, session, producer);
    } catch (JMSException | RuntimeException e) {
      if (session != null) {
        close(session);
      }
      release(link, !(e instanceof jakarta.jms.InvalidDestinationException));
      throw e;
    }
  }

  private Connection connect() throws JMSException {
    Connection connection =
        user == null ? factory.createConnection() : factory.createConnection(user, password);
    return connection;
  }

  /** The session is as good as before. */
  void giveBack(Lane lane) {
    lock.lock();
    try {
      if (lane.link == current) {
        lane.link.idle.push(lane);
      }
    } finally {
      lock.unlock();
    }
    release(lane.link, false);
    permits.release();
  }

  /**
   * The session isn't used any more.
   *
   * @param withConnection whether its connection isn't, either
   */
  void drop(Lane lane, boolean withConnection) {
    close(lane.session);
    release(lane.link, withConnection);
    permits.release();
  }

  private void release(Link link, boolean broken) {
    boolean last;
    lock.lock();
    try {
      link.lent--;
      if (broken && link == current) {
        current = null;
      }
      last = link != current && link.lent == 0;
    } finally {
      lock.unlock();
    }
    if (last) {
      close(link.connection);
    }
  }

  @Override
  public void close() {
    List<Connection> unused = new ArrayList<>();
    lock.lock();
    try {
      closed = true;
      Link link = current;
      current = null;
      if (link != null && link.lent == 0) {
        unused.add(link.connection);
      }
    } finally {
      lock.unlock();
    }
    unused.forEach(Sessions::close);
  }

  private static void close(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      log.debug("Closing failed, as it does when the broker has gone", e);
    }
  }
}
