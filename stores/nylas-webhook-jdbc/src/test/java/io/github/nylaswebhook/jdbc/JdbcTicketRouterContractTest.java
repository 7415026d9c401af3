package io.github.nylaswebhook.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.test.TicketRouterContract;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Nested;

/** What every router has to do, on each database, over a network that fails now and then. */
class JdbcTicketRouterContractTest {
  abstract static class OnDatabase extends TicketRouterContract {
    private static final RetryPolicy SOON =
        new RetryPolicy(Duration.ofMillis(5), Duration.ofMillis(50), 1, Duration.ZERO);

    private final HikariDataSource pool;
    private final FlakyDataSource flaky;

    OnDatabase(TestDatabase kind) throws Exception {
      pool = kind.shared();
      flaky = new FlakyDataSource(pool);
    }

    @Override
    protected TicketRouter router() {
      return new JdbcTicketRouter(flaky.dataSource(), SOON);
    }

    @Override
    protected Standing destination() {
      return new Table(pool, flaky);
    }
  }

  /** What the table holds. */
  private record Table(HikariDataSource pool, FlakyDataSource flaky)
      implements TicketRouterContract.Standing {
    @Override
    public List<String> tickets() {
      return keys("follow_up_to is null");
    }

    @Override
    public List<String> appended(String key) {
      return keys(of(key));
    }

    @Override
    public List<String> notes(String key) {
      return keys("note = true and " + of(key));
    }

    private String of(String key) {
      return "follow_up_to = (select ticket_id from nylas_webhook_ticket where idempotency_key = '"
          + key
          + "')";
    }

    private List<String> keys(String where) {
      try {
        return Sql.column(
            pool,
            "select idempotency_key from nylas_webhook_ticket where "
                + where
                + " order by ticket_id");
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void fail(Random random, double share) {
      flaky.fail(random, share);
    }

    /** Somebody deletes it. */
    @Override
    public void close(String key) {
      try {
        Sql.run(pool, "delete from nylas_webhook_ticket where idempotency_key = ?", key);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Nested
  class OnPostgreSql extends OnDatabase {
    OnPostgreSql() throws Exception {
      super(TestDatabase.POSTGRESQL);
    }
  }

  @Nested
  class OnMariaDb extends OnDatabase {
    OnMariaDb() throws Exception {
      super(TestDatabase.MARIADB);
    }
  }

  @Nested
  class OnSqlite extends OnDatabase {
    OnSqlite() throws Exception {
      super(TestDatabase.SQLITE);
    }
  }
}
