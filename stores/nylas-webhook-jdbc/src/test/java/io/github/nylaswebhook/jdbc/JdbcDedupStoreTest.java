package io.github.nylaswebhook.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.test.DedupStoreContract;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every dedup store has to do, on each database, and what one in a database has to, too. */
class JdbcDedupStoreTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final String key = "jdbc:" + UUID.randomUUID();

  abstract static class OnDatabase extends DedupStoreContract {
    private final JdbcDedupStore store;

    OnDatabase(TestDatabase kind) throws Exception {
      store = new JdbcDedupStore(kind.shared());
    }

    @Override
    protected DedupStore store() {
      return store;
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

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void ofTwoNodesOneClaims(TestDatabase kind) throws Exception {
    List<JdbcDedupStore> nodes =
        List.of(new JdbcDedupStore(kind.shared()), new JdbcDedupStore(kind.shared()));
    int keys = 40;
    List<Callable<List<Boolean>>> askers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      JdbcDedupStore node = nodes.get(i % 2);
      askers.add(
          () -> {
            List<Boolean> got = new ArrayList<>();
            for (int k = 0; k < keys; k++) {
              // Half of them are free; the others have a lease that runs out meanwhile.
              got.add(node.claim(key + k, LONG) instanceof Claim.Claimed);
            }
            return got;
          });
    }
    for (int k = 0; k < keys; k += 2) {
      nodes.get(0).claim(key + k, Duration.ofMillis(1));
    }
    int[] owners = new int[keys];
    ExecutorService threads = Executors.newFixedThreadPool(askers.size());
    try {
      for (Future<List<Boolean>> asker : threads.invokeAll(askers)) {
        for (int k = 0; k < keys; k++) {
          owners[k] += asker.get().get(k) ? 1 : 0;
        }
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(owners).containsOnly(1);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void anEndedLeaseThatNobodyTookOverIsStillTheOwners(TestDatabase kind) throws Exception {
    JdbcDedupStore store = new JdbcDedupStore(kind.shared());
    Claim.Claimed claim = (Claim.Claimed) store.claim(key, Duration.ofMillis(1));
    Claim.Claimed later = (Claim.Claimed) store.claim(key + ":later", Duration.ofMillis(1));
    await().until(() -> store.claim(later.key(), LONG), found -> found instanceof Claim.Claimed);
    // As after an outage that outlasted it: what was routed is known to be.
    assertThat(store.complete(claim, LONG)).isTrue();
    assertThat(store.claim(key, LONG)).isInstanceOf(Claim.Completed.class);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatOneNodeCompletedIsDoneForTheOther(TestDatabase kind) throws Exception {
    JdbcDedupStore one = new JdbcDedupStore(kind.shared());
    JdbcDedupStore other = new JdbcDedupStore(kind.shared());
    Claim.Claimed claim = (Claim.Claimed) one.claim(key, LONG);
    assertThat(other.claim(key, LONG)).isInstanceOf(Claim.InProgress.class);
    assertThat(other.complete(claim, LONG)).isTrue();
    Claim.Completed completed = (Claim.Completed) one.claim(key, LONG);
    assertThat(completed.at()).isCloseTo(Instant.now(), within(20, ChronoUnit.SECONDS));
  }

  @Test
  void leasesRunByTheClockOfPostgresql() throws Exception {
    String url = TestDatabase.POSTGRESQL.openEmpty();
    try (HikariDataSource setUp = TestDatabase.pool(url)) {
      JdbcSchema.createSchemaIfMissing(setUp);
      DatabaseTime.fake(setUp);
    }
    try (HikariDataSource pool = TestDatabase.pool(url)) {
      JdbcDedupStore store = new JdbcDedupStore(pool);
      DatabaseTime.ahead(pool, "1 hour");
      Claim.Claimed first = (Claim.Claimed) store.claim(key, LONG);
      Claim.InProgress other = (Claim.InProgress) store.claim(key, LONG);
      assertThat(other.leaseEnds())
          .as("by the clock of whoever asks")
          .isCloseTo(Instant.now().plus(LONG), within(20, ChronoUnit.SECONDS));
      DatabaseTime.ahead(pool, "61 minutes 1 second");
      assertThat(store.renew(first, LONG)).as("after the lease").isFalse();
      Claim.Claimed second = (Claim.Claimed) store.claim(key, LONG);
      assertThat(second.token()).isNotEqualTo(first.token());
      assertThat(store.complete(first, LONG)).isFalse();
      assertThat(store.release(first)).isFalse();
      assertThat(store.complete(second, LONG)).isTrue();
    }
  }

  @Test
  void leasesRunByTheClockOfMariaDb() throws Exception {
    String url = TestDatabase.MARIADB.openEmpty();
    try (HikariDataSource setUp = TestDatabase.pool(url)) {
      JdbcSchema.createSchemaIfMissing(setUp);
    }
    long hour = Instant.now().getEpochSecond() + 3600;
    // Its time stands still for these connections.
    try (HikariDataSource inAnHour = poolAt(url, hour);
        HikariDataSource later = poolAt(url, hour + LONG.toSeconds() + 1)) {
      Claim.Claimed first = (Claim.Claimed) new JdbcDedupStore(inAnHour).claim(key, LONG);
      assertThat(new JdbcDedupStore(inAnHour).claim(key, LONG))
          .isInstanceOf(Claim.InProgress.class);
      assertThat(new JdbcDedupStore(later).renew(first, LONG)).isFalse();
      assertThat(new JdbcDedupStore(later).claim(key, LONG)).isInstanceOf(Claim.Claimed.class);
      assertThat(new JdbcDedupStore(inAnHour).complete(first, LONG)).isFalse();
    }
  }

  private static HikariDataSource poolAt(String url, long epochSecond) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(1);
    config.setConnectionInitSql("set timestamp = " + epochSecond);
    return new HikariDataSource(config);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatHasEndedIsDeletedAlongTheWay(TestDatabase kind) throws Exception {
    HikariDataSource pool = kind.shared();
    JdbcDedupStore store = new JdbcDedupStore(pool);
    Duration instant = Duration.ofMillis(1);
    for (int i = 0; i < 10; i++) {
      store.claim(key + " ended " + i, instant);
    }
    store.complete((Claim.Claimed) store.claim(key + " forgotten", LONG), instant);
    store.complete((Claim.Claimed) store.claim(key + " done", LONG), LONG);
    for (int i = 0; i < 64; i++) {
      store.claim(key + " held " + i, LONG);
    }
    String counted = "select count(*) from nylas_webhook_claim where claim_key like ?";
    assertThat(Sql.count(pool, counted, key + " ended %")).isZero();
    assertThat(Sql.count(pool, counted, key + " forgotten")).isZero();
    assertThat(Sql.count(pool, counted, key + " done")).isEqualTo(1);
    assertThat(Sql.count(pool, counted, key + " held %")).isEqualTo(64);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void keysAreWhateverTheyAre(TestDatabase kind) throws Exception {
    JdbcDedupStore store = new JdbcDedupStore(kind.shared());
    String longest = key + "€".repeat(5000);
    for (String strange :
        List.of(
            key,
            key + "\0",
            key + "\0\0",
            key + "?",
            key + "\ufffd",
            key + "\ud800",
            key + "\ud801",
            key + "\udc00",
            key + "\ud83d\ude00",
            key + "'; drop table nylas_webhook_claim; --",
            longest + "a",
            longest + "b")) {
      Claim claim = store.claim(strange, LONG);
      assertThat(claim).as(strange).isInstanceOf(Claim.Claimed.class);
      assertThat(store.claim(strange, LONG)).as(strange).isInstanceOf(Claim.InProgress.class);
      assertThat(store.complete((Claim.Claimed) claim, LONG)).as(strange).isTrue();
    }
  }

  @Test
  void aServerThatIsGoneIsSaidSo() throws Exception {
    String url = TestDatabase.POSTGRESQL.openEmpty();
    try (Relay relay = Relay.before(url);
        HikariDataSource pool = quick(relay.through(url))) {
      JdbcSchema.createSchemaIfMissing(pool);
      JdbcDedupStore store = new JdbcDedupStore(pool);
      Claim.Claimed claim = (Claim.Claimed) store.claim(key, LONG);
      relay.cut();
      assertUnavailable(() -> store.claim(key, LONG));
      assertUnavailable(() -> store.renew(claim, LONG));
      assertUnavailable(() -> store.complete(claim, LONG));
      assertUnavailable(() -> store.release(claim));
      relay.mend();
      await()
          .ignoreException(StoreUnavailableException.class)
          .untilAsserted(() -> assertThat(store.complete(claim, LONG)).isTrue());
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aClosedPoolIsSaidSo(TestDatabase kind) throws Exception {
    HikariDataSource pool = kind.open();
    JdbcDedupStore store = new JdbcDedupStore(pool);
    pool.close();
    assertUnavailable(() -> store.claim(key, LONG));
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> new JdbcDedupStore(pool))
        .withMessageContaining("can't be reached");
  }

  private static HikariDataSource quick(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(2);
    config.setConnectionTimeout(300);
    return new HikariDataSource(config);
  }

  private interface Call {
    Object call() throws Exception;
  }

  private static void assertUnavailable(Call call) {
    assertThatExceptionOfType(StoreUnavailableException.class)
        .isThrownBy(call::call)
        .withMessageContaining("claims' database");
  }
}
