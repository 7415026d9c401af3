package io.github.nylaswebhook.jdbc;

import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/**
 * Claims in a database, for any number of nodes. Each step is one statement that the database does
 * or doesn't do, and leases run by the database's clock, whatever the nodes' say. Safe for use by
 * many threads.
 *
 * <p>What was completed is forgotten after its retention; rows that nobody needs any more are
 * deleted along the way, by those who claim.
 */
public final class JdbcDedupStore implements DedupStore {
  private static final String TABLE = "nylas_webhook_claim";

  /** Each so many claims delete a few of those that have ended: more than come in. */
  private static final int PURGE_EVERY = 64;

  private static final int PURGED_AT_ONCE = 256;

  private final Database database;
  private final String insert;
  private final String takeOver;
  private final String renew;
  private final String complete;
  private final String release;
  private final String look;
  private final String purge;
  private final AtomicInteger claims = new AtomicInteger();

  /**
   * Claims in this data source's database, whose tables are there ({@link JdbcSchema}).
   *
   * @param dataSource a pool, which stays the giver's to close
   * @throws IllegalStateException if the database can't be reached
   * @throws UnsupportedDatabaseException if it is none of the supported ones
   */
  public JdbcDedupStore(DataSource dataSource) {
    database = new Database(dataSource);
    Dialect dialect = database.dialect();
    String now = dialect.nowMillis();
    insert =
        dialect
            .insertIfAbsent(
                TABLE,
                "claim_hash, claim_key, token, completed, since, ends",
                "?, ?, ?, ?, " + now + ", " + now + " + ?",
                "claim_hash")
            .one();
    String ownRow = " where claim_hash = ? and token = ? and completed = ?";
    takeOver =
        "update %s set token = ?, completed = ?, since = %s, ends = %s + ? where claim_hash = ? and ends <= %s"
            .formatted(TABLE, now, now, now);
    // Even if its lease has ended, in an outage perhaps: what is done is done, and nobody has taken
    // it over.
    complete =
        "update %s set completed = ?, since = %s, ends = %s + ?".formatted(TABLE, now, now)
            + ownRow;
    renew = complete + " and ends > " + now;
    release = "delete from " + TABLE + ownRow;
    look =
        "select completed, since, ends, ends - %s from %s where claim_hash = ?"
            .formatted(now, TABLE);
    purge = dialect.delete(TABLE, "ends < " + now, PURGED_AT_ONCE);
  }

  @Override
  public Claim claim(String key, Duration lease) throws StoreUnavailableException {
    String hash = hash(key);
    Claim.Claimed mine = new Claim.Claimed(key, UUID.randomUUID().toString());
    Optional<Claim> other;
    try {
      do {
        if (insert(mine, hash, lease) || takeOver(mine, hash, lease)) {
          purgeNowAndThen();
          return mine;
        }
        // What was there may end, or be released, before it is looked at.
        other = look(hash);
      } while (other.isEmpty());
      return other.get();
    } catch (SQLException e) {
      throw unavailable(e);
    }
  }

  @Override
  public boolean renew(Claim.Claimed claim, Duration lease) throws StoreUnavailableException {
    return change(renew, claim, false, lease);
  }

  @Override
  public boolean complete(Claim.Claimed claim, Duration retention)
      throws StoreUnavailableException {
    return change(complete, claim, true, retention);
  }

  @Override
  public boolean release(Claim.Claimed claim) throws StoreUnavailableException {
    try {
      return database.update(release, statement -> own(statement, 1, claim)) == 1;
    } catch (SQLException e) {
      throw unavailable(e);
    }
  }

  /**
   * Releases all claims that weren't completed, so that nobody waits for their leases: those of a
   * process that has ended. Only for one that has these tables for itself, before it starts; {@link
   * EmbeddedDatabase} makes sure of it.
   *
   * @return how many there were
   */
  public int releaseAll() throws StoreUnavailableException {
    try {
      return database.update(
          "delete from " + TABLE + " where completed = ?",
          statement -> statement.setBoolean(1, false));
    } catch (SQLException e) {
      throw unavailable(e);
    }
  }

  private boolean insert(Claim.Claimed mine, String hash, Duration lease) throws SQLException {
    return database.update(
            insert,
            statement -> {
              statement.setString(1, hash);
              statement.setString(2, Database.storable(mine.key()));
              statement.setString(3, mine.token());
              statement.setBoolean(4, false);
              statement.setLong(5, lease.toMillis());
            })
        == 1;
  }

  private boolean takeOver(Claim.Claimed mine, String hash, Duration lease) throws SQLException {
    return database.update(
            takeOver,
            statement -> {
              statement.setString(1, mine.token());
              statement.setBoolean(2, false);
              statement.setLong(3, lease.toMillis());
              statement.setString(4, hash);
            })
        == 1;
  }

  private Optional<Claim> look(String hash) throws SQLException {
    return database
        .queryOne(
            look,
            statement -> statement.setString(1, hash),
            row ->
                row.getLong(4) <= 0
                    ? Optional.<Claim>empty()
                    : Optional.of(
                        row.getBoolean(1)
                            ? new Claim.Completed(Instant.ofEpochMilli(row.getLong(2)))
                            // As long from now, by the clock of whoever asks.
                            : new Claim.InProgress(Instant.now().plusMillis(row.getLong(4)))))
        .flatMap(claim -> claim);
  }

  private boolean change(String change, Claim.Claimed claim, boolean completed, Duration duration)
      throws StoreUnavailableException {
    try {
      return database.update(
              change,
              statement -> {
                statement.setBoolean(1, completed);
                statement.setLong(2, duration.toMillis());
                own(statement, 3, claim);
              })
          == 1;
    } catch (SQLException e) {
      throw unavailable(e);
    }
  }

  private static void own(PreparedStatement statement, int i, Claim.Claimed claim)
      throws SQLException {
    statement.setString(i, hash(claim.key()));
    statement.setString(i + 1, claim.token());
    statement.setBoolean(i + 2, false);
  }

  private void purgeNowAndThen() throws SQLException {
    if (claims.incrementAndGet() % PURGE_EVERY == 0) {
      database.update(purge, statement -> {});
    }
  }

  private static String hash(String key) {
    return Database.sha256Hex(key);
  }

  private static StoreUnavailableException unavailable(SQLException e) {
    return new StoreUnavailableException("The claims' database fails: " + e.getMessage(), e);
  }
}
