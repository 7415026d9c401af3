package io.github.nylaswebhook.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.github.nylaswebhook.ticket.Conversation;
import io.github.nylaswebhook.ticket.ConversationStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

class EmbeddedDatabaseTest {
  @TempDir private Path folder;

  @Test
  void itsFolderAndTablesAreCreatedAndFoundAgain() throws Exception {
    Path file = folder.resolve("a/b/desk.db");
    try (EmbeddedDatabase database = EmbeddedDatabase.open(file)) {
      Sql.run(
          database.dataSource(),
          "insert into nylas_webhook_claim values ('hash', 'key', 'token', false, 0, 0)");
    }
    try (EmbeddedDatabase database = EmbeddedDatabase.open(file)) {
      assertThat(Sql.value(database.dataSource(), "select claim_key from nylas_webhook_claim"))
          .isEqualTo("key");
    }
  }

  @Test
  void oneOfTheFirstVersionIsBroughtUpToDateAndKeepsConversations() throws Exception {
    Path file = folder.resolve("desk.db");
    SQLiteDataSource first = new SQLiteDataSource();
    first.setUrl("jdbc:sqlite:" + file);
    for (String sql : JdbcSchema.statements(Dialect.SQLITE, 1)) {
      Sql.run(first, sql);
    }
    Sql.run(first, "insert into nylas_webhook_claim values ('hash', 'key', 'token', false, 0, 0)");
    Conversation conversation =
        new Conversation("1", Set.of("thread"), Set.of(), Map.of(), Set.of());
    try (EmbeddedDatabase database = EmbeddedDatabase.open(file)) {
      new JdbcConversationStore(database.dataSource())
          .save(conversation, ConversationStore.RETENTION);
    }
    try (EmbeddedDatabase database = EmbeddedDatabase.open(file)) {
      assertThat(new JdbcConversationStore(database.dataSource()).find(List.of("thread")))
          .containsExactly(conversation);
      assertThat(Sql.value(database.dataSource(), "select claim_key from nylas_webhook_claim"))
          .isEqualTo("key");
    }
  }

  @Test
  void eachCommitIsOnTheDisk() throws Exception {
    try (EmbeddedDatabase database = EmbeddedDatabase.open(folder.resolve("desk.db"))) {
      HikariConfig config = new HikariConfig();
      config.setDataSource(database.dataSource());
      config.setMaximumPoolSize(1);
      try (HikariDataSource pool = new HikariDataSource(config)) {
        assertThat(Sql.value(pool, "pragma journal_mode")).isEqualTo("wal");
        assertThat(Sql.value(pool, "pragma synchronous")).as("FULL").isEqualTo("2");
      }
      // So are those of a pool's later connections.
      try (HikariDataSource pool = new HikariDataSource(config)) {
        assertThat(Sql.value(pool, "pragma synchronous")).as("FULL").isEqualTo("2");
      }
    }
  }

  @Test
  void itIsOpenOnceInAProcess() throws Exception {
    Path file = folder.resolve("desk.db");
    try (EmbeddedDatabase database = EmbeddedDatabase.open(file)) {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> EmbeddedDatabase.open(file))
          .withMessageContainingAll("desk.db", "open in this process");
      assertThat(Sql.count(database.dataSource(), "select count(*) from nylas_webhook_inbox"))
          .as("the first goes on")
          .isZero();
    }
    EmbeddedDatabase.open(file).close();
  }

  @Test
  void itIsForOneProcess() throws Exception {
    Path file = folder.resolve("desk.db");
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                Path.of(Locker.class.getProtectionDomain().getCodeSource().getLocation().toURI())
                    .toString(),
                Locker.class.getName(),
                file + ".lock")
            .redirectErrorStream(true)
            .start();
    try {
      assertThat(other.getInputStream().read()).as("it has the lock").isEqualTo('L');
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> EmbeddedDatabase.open(file))
          .withMessageContainingAll("desk.db", "another process");
    } finally {
      other.destroyForcibly();
      assertThat(other.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
    // Whoever was killed leaves nothing behind that has to be cleared away.
    EmbeddedDatabase.open(file).close();
  }

  @Test
  void aFolderIsNoDatabase() throws Exception {
    Path taken = Files.createDirectory(folder.resolve("taken"));
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> EmbeddedDatabase.open(taken))
        .withMessageContainingAll("taken", "folder");
  }

  @Test
  void anotherSortOfFileIsNoDatabaseAndIsLeftAlone() throws Exception {
    Path text = Files.writeString(folder.resolve("text.db"), "not a database\n".repeat(100));
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> EmbeddedDatabase.open(text))
        .withMessageContaining("text.db");
    assertThat(text).hasContent("not a database\n".repeat(100));
    // The lock isn't kept.
    Files.delete(text);
    EmbeddedDatabase.open(text).close();
  }

  @Test
  void aFileWhereItsFolderShouldBeIsSaidSo() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> EmbeddedDatabase.open(file.resolve("desk.db")))
        .withMessageContaining("file");
  }

  @Test
  void closingTwiceIsFine() throws Exception {
    EmbeddedDatabase database = EmbeddedDatabase.open(folder.resolve("desk.db"));
    database.close();
    database.close();
    EmbeddedDatabase.open(folder.resolve("desk.db")).close();
  }
}
