package io.github.nylaswebhook.jdbc;

import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.internal.Digests;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
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
  private final SharedCommit<Change> inserts;
  private final String takeOver;
  private final String renew;
  private final SharedCommit<Change> completions;
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
    inserts =
        SharedCommit.of(
            database,
            dialect.insertIfAbsent(
                TABLE,
                "claim_hash, claim_key, token, completed, since, ends",
                "?, ?, ?, false, " + now + ", " + now + " + ?",
                "claim_hash"));
    String ownRow = " where claim_hash = ? and token = ? and completed = ?";
    takeOver =
        "update %s set token = ?, completed = ?, since = %s, ends = %s + ? where claim_hash = ? and ends <= %s"
            .formatted(TABLE, now, now, now);
    // Even if its lease has ended, in an outage perhaps: what is done is done, and nobody has taken
    // it over.
    completions =
        SharedCommit.of(
            database,
            dialect.update(
                TABLE,
                "completed = true, since = " + now + ", ends = " + now + " + %s",
                List.of("bigint", "text", "text"),
                List.of("token", "claim_hash"),
                " and completed = false"));
    renew =
        "update %s set since = %s, ends = %s + ?".formatted(TABLE, now, now)
            + ownRow
            + " and ends > "
            + now;
    release = "delete from " + TABLE + ownRow;
    look =
        "select completed, since, ends, ends - %s from %s where claim_hash = ?"
            .formatted(now, TABLE);
    // PostgreSQL asks for the time once, and finds them by their index, only if it is a query.
    purge = dialect.delete(TABLE, "ends < (select " + now + ")", PURGED_AT_ONCE);
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
    try {
      return database.update(
              renew,
              statement -> {
                statement.setLong(1, lease.toMillis());
                own(statement, 2, claim);
              })
          == 1;
    } catch (SQLException e) {
      throw unavailable(e);
    }
  }

  @Override
  public boolean complete(Claim.Claimed claim, Duration retention)
      throws StoreUnavailableException {
    String hash = hash(claim.key());
    try {
      return completions.write(
          new Change(
              claim.token(),
              (statement, before) -> {
                statement.setLong(before + 1, retention.toMillis());
                statement.setString(before + 2, claim.token());
                statement.setString(before + 3, hash);
                return before + 3;
              }));
    } catch (SQLException e) {
      throw unavailable(e);
    }
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

  /** What is to be written of a claim, known by its hash or by its owner. */
  private record Change(String key, Parameters parameters) implements StatementChange.Row {
    interface Parameters {
      int set(PreparedStatement statement, int before) throws SQLException;
    }

    @Override
    public int bytes() {
      return key.length();
    }

    @Override
    public int set(PreparedStatement statement, int before) throws SQLException {
      return parameters.set(statement, before);
    }
  }

  private boolean insert(Claim.Claimed mine, String hash, Duration lease) throws SQLException {
    return inserts.write(
        new Change(
            hash,
            (statement, before) -> {
              statement.setString(before + 1, hash);
              statement.setString(before + 2, Database.storable(mine.key()));
              statement.setString(before + 3, mine.token());
              statement.setLong(before + 4, lease.toMillis());
              return before + 4;
            }));
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
    return Digests.sha256Hex(key);
  }

  private static StoreUnavailableException unavailable(SQLException e) {
    return new StoreUnavailableException("The claims' database fails: " + e.getMessage(), e);
  }
}
