package io.github.nylaswebhook.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.internal.Digests;
import io.github.nylaswebhook.test.ConversationStoreContract;
import io.github.nylaswebhook.ticket.Conversation;
import io.github.nylaswebhook.ticket.ConversationStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every conversation store has to do, on each database, and what one in a database has to. */
class JdbcConversationStoreTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  private final String prefix = "jdbc:" + UUID.randomUUID() + ":";

  abstract static class OnDatabase extends ConversationStoreContract {
    private final HikariDataSource pool;
    private final JdbcConversationStore store;

    OnDatabase(TestDatabase kind) throws Exception {
      pool = kind.shared();
      store = new JdbcConversationStore(pool);
    }

    @Override
    protected ConversationStore store() {
      return store;
    }

    @Override
    protected boolean spoil(String conversationId) throws Exception {
      return Sql.run(
              pool,
              "update nylas_webhook_conversation set document = '[]' where conversation_hash = ?",
              Digests.sha256Hex(conversationId))
          == 1;
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
  void whatOneNodeSavesTheOtherFinds(TestDatabase kind) throws Exception {
    JdbcConversationStore one = new JdbcConversationStore(kind.shared());
    JdbcConversationStore other = new JdbcConversationStore(kind.shared());
    Conversation conversation = conversation("1", "a");
    one.save(conversation, LONG);
    assertThat(other.find(List.of(prefix + "a"))).containsExactly(conversation);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void nodesThatSaveTheSameAtOnceDontMixIt(TestDatabase kind) throws Exception {
    List<JdbcConversationStore> nodes =
        List.of(new JdbcConversationStore(kind.shared()), new JdbcConversationStore(kind.shared()));
    List<Callable<Boolean>> all = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      JdbcConversationStore node = nodes.get(i % 2);
      int writer = i;
      all.add(
          () -> {
            for (int round = 0; round < 15; round++) {
              for (String id : List.of("a", "b", "c")) {
                node.save(
                    conversation(id, "same", "own " + id, id + " by " + writer + "/" + round),
                    LONG);
              }
            }
            return true;
          });
    }
    ExecutorService threads = Executors.newFixedThreadPool(all.size());
    try {
      for (Future<Boolean> one : threads.invokeAll(all)) {
        assertThat(one.get()).isTrue();
      }
    } finally {
      threads.shutdownNow();
    }
    for (String id : List.of("a", "b", "c")) {
      Conversation last = nodes.get(0).find(List.of(prefix + "own " + id)).get(0);
      assertThat(
              Sql.column(
                  kind.shared(),
                  "select key_hash from nylas_webhook_conversation_key where conversation_hash = ?",
                  Digests.sha256Hex(prefix + id)))
          .containsExactlyInAnyOrderElementsOf(
              last.keys().stream().map(Digests::sha256Hex).toList());
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatIsSavedTogetherSharesACommit(TestDatabase kind) throws Exception {
    WatchedDataSource watched = new WatchedDataSource(kind.shared());
    JdbcConversationStore store = new JdbcConversationStore(watched.dataSource());
    int before = watched.commits();
    watched.hold();
    int savers = 20;
    ExecutorService threads = Executors.newFixedThreadPool(savers);
    try {
      List<Future<?>> saved = new ArrayList<>();
      for (int i = 0; i < savers; i++) {
        Conversation conversation = conversation("" + i, "all", "own " + i);
        saved.add(
            threads.submit(
                () -> {
                  store.save(conversation, LONG);
                  return true;
                }));
        // Whoever comes first is on its way alone.
        await().until(() -> watched.asking() == 1);
      }
      await().until(() -> store.waiting() == savers - 1);
      watched.release();
      for (Future<?> one : saved) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(watched.commits() - before).isLessThanOrEqualTo(2 * 2);
    assertThat(store.find(List.of(prefix + "all"))).hasSize(savers);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatHasEndedIsDeletedAlongTheWay(TestDatabase kind) throws Exception {
    HikariDataSource pool = kind.shared();
    JdbcConversationStore store = new JdbcConversationStore(pool);
    for (int i = 0; i < 10; i++) {
      store.save(conversation("ended " + i, "a", "b " + i), Duration.ofMillis(1));
    }
    for (int i = 0; i < 64; i++) {
      store.save(conversation("kept " + i, "c " + i), LONG);
    }
    for (int i = 0; i < 10; i++) {
      assertRows(pool, "ended " + i, 0, 0);
    }
    for (int i = 0; i < 64; i++) {
      assertRows(pool, "kept " + i, 1, 1);
    }
  }

  private void assertRows(HikariDataSource pool, String id, int conversations, int keys)
      throws Exception {
    String hash = Digests.sha256Hex(prefix + id);
    String where = " where conversation_hash = ?";
    assertThat(Sql.count(pool, "select count(*) from nylas_webhook_conversation" + where, hash))
        .isEqualTo(conversations);
    assertThat(Sql.count(pool, "select count(*) from nylas_webhook_conversation_key" + where, hash))
        .isEqualTo(keys);
  }

  @Test
  void retentionsRunByTheClockOfPostgresql() throws Exception {
    String url = TestDatabase.POSTGRESQL.openEmpty();
    try (HikariDataSource setUp = TestDatabase.pool(url)) {
      JdbcSchema.createSchemaIfMissing(setUp);
      DatabaseTime.fake(setUp);
    }
    try (HikariDataSource pool = TestDatabase.pool(url)) {
      JdbcConversationStore store = new JdbcConversationStore(pool);
      DatabaseTime.ahead(pool, "1 hour");
      store.save(conversation("1", "a"), LONG);
      DatabaseTime.ahead(pool, "69 minutes 30 seconds");
      assertThat(store.find(List.of(prefix + "a"))).hasSize(1);
      DatabaseTime.ahead(pool, "70 minutes 1 second");
      assertThat(store.find(List.of(prefix + "a"))).isEmpty();
    }
  }

  @Test
  void endedOnesAreFoundByTheirIndex() throws Exception {
    try (HikariDataSource pool = TestDatabase.POSTGRESQL.open()) {
      JdbcConversationStore store = new JdbcConversationStore(pool);
      for (int i = 0; i < 300; i++) {
        store.save(conversation("" + i, "own " + i), LONG);
      }
      Sql.run(pool, "analyze nylas_webhook_conversation");
      assertThat(String.join("\n", Sql.column(pool, "explain " + store.ended())))
          .contains("Index Cond: (ends <");
    }
  }

  @Test
  void aServerThatIsGoneIsSaidSo() throws Exception {
    String url = TestDatabase.POSTGRESQL.openEmpty();
    try (Relay relay = Relay.before(url);
        HikariDataSource pool = quick(relay.through(url))) {
      JdbcSchema.createSchemaIfMissing(pool);
      JdbcConversationStore store = new JdbcConversationStore(pool);
      Conversation conversation = conversation("1", "a");
      store.save(conversation, LONG);
      relay.cut();
      for (int i = 0; i < 2; i++) {
        assertUnavailable(() -> store.save(conversation, LONG));
        assertUnavailable(() -> store.find(List.of(prefix + "a")));
      }
      assertThat(store.find(List.of())).as("nothing was asked").isEmpty();
      relay.mend();
      await()
          .ignoreException(StoreUnavailableException.class)
          .untilAsserted(
              () -> assertThat(store.find(List.of(prefix + "a"))).containsExactly(conversation));
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aClosedPoolIsSaidSo(TestDatabase kind) throws Exception {
    HikariDataSource pool = kind.open();
    JdbcConversationStore store = new JdbcConversationStore(pool);
    pool.close();
    assertUnavailable(() -> store.save(conversation("1", "a"), LONG));
    assertUnavailable(() -> store.find(List.of("a")));
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aPoolWhoseConnectionsDontCommitByThemselvesWillDo(TestDatabase kind) throws Exception {
    try (HikariDataSource pool = kind.open()) {
      pool.getHikariConfigMXBean().setMinimumIdle(0);
      HikariConfig config = new HikariConfig();
      config.setDataSource(pool);
      config.setMaximumPoolSize(1);
      config.setAutoCommit(false);
      try (HikariDataSource manual = new HikariDataSource(config)) {
        JdbcConversationStore store = new JdbcConversationStore(manual);
        store.save(conversation("1", "a"), LONG);
        assertThat(store.find(List.of(prefix + "a"))).hasSize(1);
      }
      assertThat(new JdbcConversationStore(pool).find(List.of(prefix + "a"))).hasSize(1);
    }
  }

  private static HikariDataSource quick(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(2);
    config.setConnectionTimeout(300);
    return new HikariDataSource(config);
  }

  private static void assertUnavailable(ThrowingCallable call) {
    assertThatExceptionOfType(StoreUnavailableException.class)
        .isThrownBy(call)
        .withMessageContaining("conversations' database");
  }

  private Conversation conversation(String id, String... keys) {
    Set<String> all = new LinkedHashSet<>();
    IntStream.range(0, keys.length).forEach(i -> all.add(prefix + keys[i]));
    return new Conversation(prefix + id, all, Set.of(), Map.of(), Set.of());
  }
}
