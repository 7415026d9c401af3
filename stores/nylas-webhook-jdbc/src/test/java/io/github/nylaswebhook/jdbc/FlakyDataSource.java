package io.github.nylaswebhook.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.util.Random;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A pool whose network fails now and then: when a connection is asked for, before a statement or a
 * commit arrives, or after it was done and before its answer comes. Sound until told otherwise.
 */
final class FlakyDataSource {
  private static final Set<String> STEPS =
      Set.of("getConnection", "executeUpdate", "executeQuery", "executeBatch", "commit");

  private final DataSource dataSource;
  private volatile Faults faults = new Faults(new Random(), 0);

  private record Faults(Random random, double share) {
    boolean happen() {
      return random.nextDouble() < share;
    }
  }

  FlakyDataSource(DataSource pool) {
    dataSource = proxy(DataSource.class, pool);
  }

  DataSource dataSource() {
    return dataSource;
  }

  /** From now on each step fails with this probability. */
  void fail(Random random, double share) {
    faults = new Faults(random, share);
  }

  private <T> T proxy(Class<T> type, T real) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> step(method, arguments, real)));
  }

  private @Nullable Object step(Method method, Object @Nullable [] arguments, Object real)
      throws Throwable {
    Faults now = faults;
    boolean fails = STEPS.contains(method.getName()) && now.happen();
    if (fails && now.random.nextBoolean()) {
      throw lost();
    }
    Object result;
    try {
      result = method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    if (fails) {
      if (result instanceof AutoCloseable closeable) {
        closeable.close();
      }
      throw lost();
    }
    if (result instanceof PreparedStatement statement) {
      return proxy(PreparedStatement.class, statement);
    }
    return result instanceof Connection connection ? proxy(Connection.class, connection) : result;
  }

  private static SQLException lost() {
    return new SQLRecoverableException("The connection is lost, on purpose", "08006");
  }
}
