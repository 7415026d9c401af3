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
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A pool whose network fails now and then: when a connection is asked for, before a statement or a
 * commit arrives, or after it was done and before its answer comes. Sound until {@link #build} is
 * through.
 */
final class FlakyDataSource {
  private static final Set<String> STEPS =
      Set.of("getConnection", "executeUpdate", "executeQuery", "executeBatch", "commit");

  private final DataSource pool;
  private final Random random;
  private volatile double share;
  private final double later;

  FlakyDataSource(DataSource pool, Random random, double share) {
    this.pool = pool;
    this.random = random;
    this.later = share;
  }

  /** Something that works with it, and needs a sound one to begin with. */
  <T> T build(Function<DataSource, T> factory) {
    T built = factory.apply(proxy(DataSource.class, pool));
    share = later;
    return built;
  }

  void fail(double failing) {
    share = failing;
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
    boolean fails = STEPS.contains(method.getName()) && chance(share);
    boolean before = fails && chance(0.5);
    if (before) {
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

  private boolean chance(double of) {
    synchronized (random) {
      return random.nextDouble() < of;
    }
  }

  private static SQLException lost() {
    return new SQLRecoverableException("The connection is lost, on purpose", "08006");
  }
}
