package io.github.nylaswebhook.jms;

import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TransactionRolledBackException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Random;
import java.util.Set;

/**
 * A broker's real connections, of which each step fails now and then: before it is done, or after,
 * with the connection or without it.
 */
final class FailingConnectionFactory {
  private static final Set<String> STEPS =
      Set.of("createConnection", "createSession", "createProducer", "send", "commit");

  private volatile Random random = new Random(0);
  private volatile double share;

  void fail(Random odds, double probability) {
    random = odds;
    share = probability;
  }

  ConnectionFactory wrap(ConnectionFactory factory) {
    return wrap(ConnectionFactory.class, factory, null);
  }

  private <T> T wrap(Class<T> type, T real, Connection connection) {
    InvocationHandler handler =
        (proxy, method, arguments) -> step(real, connection, method, arguments);
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private Object step(Object real, Connection connection, Method method, Object[] arguments)
      throws Throwable {
    boolean fails = STEPS.contains(method.getName()) && random.nextDouble() < share;
    boolean done = fails && random.nextBoolean();
    Object result = null;
    if (!fails || done) {
      try {
        result = method.invoke(real, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
    if (fails) {
      if (connection != null && random.nextBoolean()) {
        connection.close();
      }
      throw failure(method, done);
    }
    if (result instanceof Connection opened) {
      return wrap(Connection.class, opened, opened);
    }
    if (result instanceof Session session) {
      return wrap(Session.class, session, connection);
    }
    if (result instanceof MessageProducer producer) {
      return wrap(MessageProducer.class, producer, connection);
    }
    return result;
  }

  private JMSException failure(Method method, boolean done) {
    if (method.getName().equals("createConnection") && random.nextBoolean()) {
      return new JMSSecurityException("on demand");
    }
    if (method.getName().equals("commit") && !done && random.nextBoolean()) {
      return new TransactionRolledBackException("on demand");
    }
    return new JMSException("on demand");
  }
}
