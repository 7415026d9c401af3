package io.github.nylaswebhook.jdbc;

import com.github.kagkarlsson.scheduler.Clock;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database's time, told by the node's clock: nodes whose clocks differ agree on what is due and
 * who has died. Safe for use by many threads.
 */
final class DatabaseClock implements Clock, InstantSource {
  /** A good clock drifts by less than a millisecond meanwhile. */
  static final Duration COMPARED_EVERY = Duration.ofSeconds(30);

  /** Less than that is the network's doing. */
  private static final Duration WORTH_SAYING = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(JdbcInbox.class);

  private final Database database;
  private final InstantSource node;
  private volatile Duration ahead = Duration.ZERO;

  DatabaseClock(Database database, InstantSource node) {
    this.database = database;
    this.node = node;
  }

  @Override
  public Instant now() {
    return instant();
  }

  @Override
  public Instant instant() {
    return node.instant().plus(ahead);
  }

  /** When it is by this clock what it will be by the node's. */
  Instant of(Instant byTheNode) {
    return byTheNode.plus(ahead);
  }

  /** When it is by the node's clock what it will be by this one. */
  Instant byTheNode(Instant byThis) {
    return byThis.minus(ahead);
  }

  /** Compares the two. An embedded database has no clock of its own. */
  void compare() throws SQLException {
    if (!database.dialect().isServer()) {
      return;
    }
    Instant asked = node.instant();
    long millis =
        database
            .queryOne(
                "select " + database.dialect().nowMillis(), statement -> {}, row -> row.getLong(1))
            .orElseThrow();
    Duration round = Duration.between(asked, node.instant());
    Duration measured =
        Duration.between(asked.plus(round.dividedBy(2)), Instant.ofEpochMilli(millis));
    if (measured.minus(ahead).abs().compareTo(WORTH_SAYING) > 0) {
      log.warn(
          "The database's clock is {} ms ahead of this node's; the database's counts",
          measured.toMillis());
    }
    ahead = measured;
  }
}
