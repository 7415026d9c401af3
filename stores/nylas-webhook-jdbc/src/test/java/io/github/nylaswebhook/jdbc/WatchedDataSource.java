package io.github.nylaswebhook.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** A pool that counts what goes through it, and can hold those up who ask for a connection. */
final class WatchedDataSource {
  private final AtomicInteger asking = new AtomicInteger();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger writes = new AtomicInteger();
  private final AtomicInteger commits = new AtomicInteger();
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private final DataSource dataSource;

  WatchedDataSource(DataSource pool) {
    dataSource =
        proxy(
            DataSource.class,
            pool,
            (name, arguments, result) -> {
              if (name.equals("getConnection")) {
                connections.incrementAndGet();
                return connection((Connection) result);
              }
              return result;
            });
  }

  DataSource dataSource() {
    return dataSource;
  }

  /** Handed out so far. */
  int connections() {
    return connections.get();
  }

  /** How many are held up. */
  int asking() {
    return asking.get();
  }

  /** Transactions that could have changed something: statements that commit alone, and commits. */
  int commits() {
    return commits.get();
  }

  /** Executions, a batch being one. */
  int writes() {
    return writes.get();
  }

  void hold() {
    gate = new CountDownLatch(1);
  }

  void release() {
    gate.countDown();
  }

  private Connection connection(Connection connection) {
    return proxy(
        Connection.class,
        connection,
        (name, arguments, result) -> {
          if (name.equals("commit")) {
            commits.incrementAndGet();
          }
          return result instanceof PreparedStatement statement
              ? proxy(
                  PreparedStatement.class,
                  statement,
                  (executed, parameters, value) -> {
                    if (executed.equals("executeUpdate")
                        || executed.equals("executeBatch")
                        || (executed.equals("executeQuery")
                            && ((String) arguments[0]).contains(" returning "))) {
                      writes.incrementAndGet();
                      if (connection.getAutoCommit()) {
                        commits.incrementAndGet();
                      }
                    }
                    return value;
                  })
              : result;
        });
  }

  private interface Watcher {
    Object saw(String method, Object[] arguments, Object result) throws SQLException;
  }

  private <T> T proxy(Class<T> type, T real, Watcher watcher) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (method.getName().equals("getConnection") && type == DataSource.class) {
                asking.incrementAndGet();
                gate.await();
                asking.decrementAndGet();
              }
              try {
                return watcher.saw(method.getName(), arguments, method.invoke(real, arguments));
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
