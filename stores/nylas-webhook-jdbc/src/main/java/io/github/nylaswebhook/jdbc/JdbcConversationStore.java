package io.github.nylaswebhook.jdbc;

import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.internal.Digests;
import io.github.nylaswebhook.ticket.Conversation;
import io.github.nylaswebhook.ticket.ConversationStore;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Conversations in a database, for any number of nodes. A conversation and its keys change in one
 * transaction, so whoever finds it sees both as somebody saved them; conversations that are saved
 * together share a commit. Retentions run by the database's clock, whatever the nodes' say. Safe
 * for use by many threads.
 *
 * <p>Those whose retention has ended are deleted along the way, by those who save.
 */
public final class JdbcConversationStore implements ConversationStore {
  static final String TABLE = "nylas_webhook_conversation";
  static final String KEYS = "nylas_webhook_conversation_key";

  /** Each so many saves delete a few of those that have ended: more than come in. */
  private static final int PURGE_EVERY = 64;

  private static final int PURGED_AT_ONCE = 256;

  private static final Logger log = LoggerFactory.getLogger(JdbcConversationStore.class);

  private final Database database;
  private final SharedCommit<ConversationChange.Saved> saves;
  private final String ended;
  private final AtomicInteger saved = new AtomicInteger();

  /**
   * Conversations in this data source's database, whose tables are there ({@link JdbcSchema}).
   *
   * @param dataSource a pool, which stays the giver's to close
   * @throws IllegalStateException if the database can't be reached, or has no such tables
   * @throws UnsupportedDatabaseException if it is none of the supported ones
   */
  public JdbcConversationStore(DataSource dataSource) {
    database = new Database(dataSource);
    JdbcSchema.requireCurrent(database);
    Dialect dialect = database.dialect();
    saves = new SharedCommit<>(database, new ConversationChange(dialect));
    ended =
        "select conversation_hash from %s where ends < (select %s) order by ends limit %d%s"
            .formatted(TABLE, dialect.nowMillis(), PURGED_AT_ONCE, dialect.forUpdate());
  }

  @Override
  public List<Conversation> find(Collection<String> keys) throws StoreUnavailableException {
    List<String> hashes = keys.stream().map(Digests::sha256Hex).distinct().toList();
    if (hashes.isEmpty()) {
      return List.of();
    }
    int parameters = parameters(hashes.size());
    List<String> documents;
    try {
      documents =
          database.query(
              "select document from %s where ends > %s and conversation_hash in (select conversation_hash from %s where key_hash in (%s)) order by saved desc"
                  .formatted(TABLE, database.dialect().nowMillis(), KEYS, marks(parameters)),
              statement -> {
                for (int i = 0; i < parameters; i++) {
                  statement.setString(i + 1, hashes.get(Math.min(i, hashes.size() - 1)));
                }
              },
              row -> row.getString(1));
    } catch (SQLException e) {
      throw unavailable(e);
    }
    List<Conversation> found = new ArrayList<>();
    for (String document : documents) {
      try {
        found.add(Conversation.fromJson(document));
      } catch (IllegalArgumentException e) {
        // As good as forgotten, and replaced when it is saved again.
        log.warn("A conversation in the database can't be read, and is passed over");
        log.debug("It can't be read because of this", e);
      }
    }
    return found;
  }

  /** A few lengths of statements only, so that databases and pools know them again. */
  private static int parameters(int keys) {
    int power = Integer.highestOneBit(keys);
    return power == keys ? keys : power * 2;
  }

  static String marks(int parameters) {
    return String.join(", ", Collections.nCopies(parameters, "?"));
  }

  @Override
  public void save(Conversation conversation, Duration retention) throws StoreUnavailableException {
    try {
      saves.write(
          new ConversationChange.Saved(
              Digests.sha256Hex(conversation.id()),
              Database.storable(conversation.toJson()),
              conversation.keys().stream().map(Digests::sha256Hex).collect(Collectors.toSet()),
              retention.toMillis()));
    } catch (SQLException e) {
      throw unavailable(e);
    }
    if (saved.incrementAndGet() % PURGE_EVERY == 0) {
      purge();
    }
  }

  private void purge() {
    try {
      database.atOnce(
          connection -> {
            List<String> hashes = ConversationChange.select(connection, ended);
            if (!hashes.isEmpty()) {
              ConversationChange.delete(connection, KEYS, hashes);
              ConversationChange.delete(connection, TABLE, hashes);
            }
            return hashes.size();
          });
    } catch (SQLException e) {
      // What was to be saved is; the next one finds these again.
      log.debug("Conversations that have ended couldn't be deleted", e);
    }
  }

  /** How many wait to be saved. */
  int waiting() {
    return saves.waiting();
  }

  /** The query for those that have ended. */
  String ended() {
    return ended;
  }

  private static StoreUnavailableException unavailable(SQLException e) {
    return new StoreUnavailableException("The conversations' database fails: " + e.getMessage(), e);
  }
}
