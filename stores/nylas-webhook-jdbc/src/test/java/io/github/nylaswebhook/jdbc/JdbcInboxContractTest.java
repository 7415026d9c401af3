package io.github.nylaswebhook.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.test.InboxContract;
import java.time.Duration;
import org.junit.jupiter.api.Nested;

/** What every inbox has to do, on each database. */
class JdbcInboxContractTest {
  abstract static class OnDatabase extends InboxContract {
    private final TestDatabase kind;
    private HikariDataSource pool;

    OnDatabase(TestDatabase kind) {
      this.kind = kind;
    }

    @Override
    protected Inbox newInbox(RetryPolicy policy) throws Exception {
      // One that was left running would take this one's deliveries: each has a database of its own.
      pool = kind.open();
      return JdbcInbox.builder(pool)
          .retryPolicy(policy)
          .pollInterval(Duration.ofMillis(100))
          .build();
    }

    @org.junit.jupiter.api.AfterEach
    void closePool() {
      pool.close();
    }
  }

  @Nested
  class OnPostgreSql extends OnDatabase {
    OnPostgreSql() {
      super(TestDatabase.POSTGRESQL);
    }
  }

  @Nested
  class OnMariaDb extends OnDatabase {
    OnMariaDb() {
      super(TestDatabase.MARIADB);
    }
  }

  @Nested
  class OnSqlite extends OnDatabase {
    OnSqlite() {
      super(TestDatabase.SQLITE);
    }
  }
}
