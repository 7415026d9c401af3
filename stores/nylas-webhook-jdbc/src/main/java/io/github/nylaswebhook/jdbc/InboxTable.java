package io.github.nylaswebhook.jdbc;

import com.github.kagkarlsson.scheduler.jdbc.JdbcCustomization;
import io.github.nylaswebhook.inbox.Attempt;
import io.github.nylaswebhook.inbox.DeadLetter;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.InboxStatistics;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.inbox.Predecessor;
import io.github.nylaswebhook.inbox.Progress;
import io.github.nylaswebhook.inbox.Sequence;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.internal.Digests;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The table of deliveries, which is db-scheduler's table with columns of ours. db-scheduler picks
 * rows, beats their hearts and finds the dead; what becomes of a delivery is written here, in one
 * statement each, under db-scheduler's rule: only whoever picked a row, and knows its version,
 * changes it.
 */
final class InboxTable {
  static final String NAME = "nylas_webhook_inbox";

  /** The name of db-scheduler's task. */
  static final String TASK = "nylas-webhook-delivery";

  /** What this code writes; it reads nothing newer. */
  static final int FORMAT = 1;

  /** Tells what the hash is of, should other things be in the table one day. */
  private static final String KEY_PREFIX = "delivery:";

  /** Dead letters are never due. */
  private static final Instant NEVER = Instant.parse("9999-01-01T00:00:00Z");

  private static final String THIS_ROW = " where task_name = ? and task_instance = ?";

  private static final String DELIVERY = "delivery_id, delivery_type, gzip, received_at";

  private static final String SEQUENCE = "sequence_key, sequence_at";

  /** Those that wait or are worked on, and belong before one delivery. */
  private static final String PREDECESSORS =
      ("select p.delivery_id, p.execution_time, p.attempts, p.progress from %s d join %s p"
              + " on p.task_name = d.task_name and p.sequence_hash = d.sequence_hash"
              + " and p.sequence_at < d.sequence_at"
              + " where d.task_name = ? and d.task_instance = ?"
              + " and p.delivery_state = 'WAITING' and p.sequence_hash is not null"
              + " order by p.sequence_at, p.task_instance limit "
              + Attempt.MAX_PREDECESSORS)
          .formatted(NAME, NAME);

  private static final String LETTER =
      DELIVERY + ", " + SEQUENCE + ", task_data, why, attempts, died_at, progress, task_instance";

  private static final String UNPICKED =
      "picked = ?, picked_by = null, last_heartbeat = null, version = version + 1";

  private final Database database;
  private final StoredDelivery.Scheduling scheduling;
  private final Write insert;
  private final SharedCommit<DoneRow> done;

  InboxTable(Database database) {
    this.database = database;
    this.scheduling = new StoredDelivery.Scheduling(database.dialect().scheduling());
    this.insert =
        database
            .dialect()
            .insertIfAbsent(
                NAME,
                "task_name, task_instance, task_data, execution_time, picked, version,"
                    + " delivery_state, delivery_format, "
                    + DELIVERY
                    + ", waiting_since, attempts, waits, sequence_hash, "
                    + SEQUENCE,
                "?, ?, ?, ?, ?, 1, 'WAITING', " + FORMAT + ", ?, ?, ?, ?, ?, 0, 0, ?, ?, ?",
                "task_instance");
    this.done =
        SharedCommit.of(
            database,
            database
                .dialect()
                .update(
                    NAME,
                    "picked = false, picked_by = null, last_heartbeat = null, version = version + 1,"
                        + FORGOTTEN_DELIVERY
                        + ", why = %s, execution_time = %s, last_success = %s",
                    List.of("text", "timestamptz", "timestamptz", "text", "bigint"),
                    List.of("task_instance", "version"),
                    " and task_name = '" + TASK + "'"));
  }

  /** The key of a delivery: ids are longer, and more alike, than databases' keys may be. */
  static String key(String deliveryId) {
    return KEY_PREFIX + Digests.sha256Hex(deliveryId);
  }

  /** How db-scheduler reads and writes it. */
  JdbcCustomization scheduling() {
    return scheduling;
  }

  Write insert() {
    return insert;
  }

  /** A delivery that is about to be inserted, due at once. */
  final class NewRow implements StatementChange.Row {
    private final Delivery delivery;
    private final String key;
    private final Instant now;

    NewRow(Delivery delivery, Instant now) {
      this.delivery = delivery;
      this.key = InboxTable.key(delivery.id());
      this.now = now;
    }

    @Override
    public String key() {
      return key;
    }

    @Override
    public int bytes() {
      return delivery.size();
    }

    @Override
    public int set(PreparedStatement statement, int before) throws SQLException {
      int i = before;
      statement.setString(++i, TASK);
      statement.setString(++i, key);
      statement.setBytes(++i, bodyOf(delivery));
      scheduling.setInstant(statement, ++i, now);
      statement.setBoolean(++i, false);
      statement.setString(++i, delivery.id());
      statement.setString(++i, delivery.type());
      statement.setBoolean(++i, delivery.gzip());
      statement.setLong(++i, delivery.receivedAt().toEpochMilli());
      statement.setLong(++i, now.toEpochMilli());
      Sequence sequence = delivery.sequence().orElse(null);
      if (sequence == null) {
        statement.setString(++i, null);
        statement.setString(++i, null);
        statement.setNull(++i, Types.BIGINT);
      } else {
        statement.setString(++i, Digests.sha256Hex(sequence.key()));
        statement.setString(++i, Database.storable(sequence.key()));
        statement.setLong(++i, millis(sequence.at()));
      }
      return i;
    }
  }

  /** Senders give any date, also ones that are too far away to be counted. */
  private static long millis(Instant at) {
    try {
      return at.toEpochMilli();
    } catch (ArithmeticException e) {
      return at.isBefore(Instant.EPOCH) ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
  }

  /** The place of a row's delivery, if it has one. */
  static @Nullable Sequence sequence(ResultSet row) throws SQLException {
    String key = row.getString("sequence_key");
    return key == null ? null : new Sequence(key, Instant.ofEpochMilli(row.getLong("sequence_at")));
  }

  private static byte[] bodyOf(Delivery delivery) {
    try (InputStream in = delivery.open()) {
      return in.readNBytes(delivery.size());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Stores what was achieved; false if the row was taken over. */
  boolean save(String key, long version, Progress progress) throws SQLException {
    return update(
        "progress = ?",
        " and version = ?",
        statement -> {
          statement.setString(1, json(progress));
          row(statement, 2, key, version);
        });
  }

  /**
   * Forgets all but the id, which is known until the end, and why it is done if there is more to
   * say than that it was routed; those of several workers at once.
   */
  boolean done(String key, long version, Outcome.Done outcome, Instant now, Instant end)
      throws SQLException {
    String why =
        outcome.reasons().isEmpty()
            ? null
            : Database.storable(
                outcome.disposition() + ": " + String.join(", ", outcome.reasons()));
    return done.write(new DoneRow(key, version, why, now, end));
  }

  /** A row that is done. */
  private final class DoneRow implements StatementChange.Row {
    private final String key;
    private final long version;
    private final @Nullable String why;
    private final Instant now;
    private final Instant end;

    DoneRow(String key, long version, @Nullable String why, Instant now, Instant end) {
      this.key = key;
      this.version = version;
      this.why = why;
      this.now = now;
      this.end = end;
    }

    @Override
    public String key() {
      return key;
    }

    @Override
    public int bytes() {
      return key.length();
    }

    @Override
    public int set(PreparedStatement statement, int before) throws SQLException {
      int i = before;
      statement.setString(++i, why);
      scheduling.setInstant(statement, ++i, end);
      scheduling.setInstant(statement, ++i, now);
      statement.setString(++i, key);
      statement.setLong(++i, version);
      return i;
    }
  }

  /** What isn't finished and belongs before a delivery, with times by the database's clock. */
  List<Predecessor> predecessors(String key) throws SQLException {
    return database.query(
        PREDECESSORS,
        statement -> row(statement, 1, key),
        row ->
            new Predecessor(
                row.getString("delivery_id"),
                scheduling.getInstant(row, "execution_time"),
                row.getInt("attempts"),
                progressOrNone(orEmpty(row.getString("progress")))));
  }

  boolean retry(
      String key,
      long version,
      Instant when,
      int attempts,
      int waits,
      Progress progress,
      String why)
      throws SQLException {
    return update(
        UNPICKED + ", execution_time = ?, attempts = ?, waits = ?, progress = ?, why = ?",
        " and version = ?",
        statement -> {
          int i = 0;
          statement.setBoolean(++i, false);
          scheduling.setInstant(statement, ++i, when);
          statement.setInt(++i, attempts);
          statement.setInt(++i, waits);
          statement.setString(++i, json(progress));
          statement.setString(++i, Database.storable(why));
          row(statement, ++i, key, version);
        });
  }

  /** The progress stays as it is if there is none to store: it may be one that can't be read. */
  boolean die(
      String key, long version, Instant now, int attempts, @Nullable Progress progress, String why)
      throws SQLException {
    return update(
        UNPICKED
            + ", delivery_state = 'DEAD', execution_time = ?, attempts = ?, why = ?, died_at = ?"
            + (progress == null ? "" : ", progress = ?"),
        " and version = ?",
        statement -> {
          int i = 0;
          statement.setBoolean(++i, false);
          scheduling.setInstant(statement, ++i, NEVER);
          statement.setInt(++i, attempts);
          statement.setString(++i, Database.storable(why));
          statement.setLong(++i, now.toEpochMilli());
          if (progress != null) {
            statement.setString(++i, json(progress));
          }
          row(statement, ++i, key, version);
        });
  }

  /** Back to what waits, as it was before it was picked. */
  boolean giveBack(String key, long version) throws SQLException {
    return update(
        UNPICKED,
        " and version = ?",
        statement -> {
          statement.setBoolean(1, false);
          row(statement, 2, key, version);
        });
  }

  /**
   * Whoever worked on it is gone. That may have been its doing, so it counts as an attempt that
   * failed.
   */
  boolean revive(String key, long version, Instant now) throws SQLException {
    return update(
        UNPICKED + ", attempts = attempts + 1, waits = 0, execution_time = ?",
        " and version = ?",
        statement -> {
          statement.setBoolean(1, false);
          scheduling.setInstant(statement, 2, now);
          row(statement, 3, key, version);
        });
  }

  /** All that is picked, when nobody else can have picked it. */
  int reviveAll(Instant now) throws SQLException {
    return database.update(
        "update "
            + NAME
            + " set "
            + UNPICKED
            + ", attempts = attempts + 1, waits = 0, execution_time = ?"
            + " where task_name = ? and picked = ? and last_heartbeat is not null",
        statement -> {
          statement.setBoolean(1, false);
          scheduling.setInstant(statement, 2, now);
          statement.setString(3, TASK);
          statement.setBoolean(4, true);
        });
  }

  /** What this node picked and didn't finish. */
  int giveBackAll(String pickedBy) throws SQLException {
    return database.update(
        "update "
            + NAME
            + " set "
            + UNPICKED
            + " where task_name = ? and picked_by = ?"
            + " and last_heartbeat is not null",
        statement -> {
          statement.setBoolean(1, false);
          statement.setString(2, TASK);
          statement.setString(3, pickedBy);
        });
  }

  // ---- dead letters

  /** After this one, oldest first. */
  List<DeadRow> dead(long diedAt, String key, int limit) throws SQLException {
    return database.query(
        "select "
            + LETTER
            + " from "
            + NAME
            + " where delivery_state = 'DEAD' and task_name = ?"
            + " and (died_at > ? or (died_at = ? and task_instance > ?))"
            + " order by died_at, task_instance limit "
            + limit,
        statement -> {
          statement.setString(1, TASK);
          statement.setLong(2, diedAt);
          statement.setLong(3, diedAt);
          statement.setString(4, key);
        },
        InboxTable::letter);
  }

  Optional<DeadRow> dead(String key) throws SQLException {
    return database.queryOne(
        "select " + LETTER + " from " + NAME + THIS_ROW + " and delivery_state = 'DEAD'",
        statement -> row(statement, 1, key),
        InboxTable::letter);
  }

  record DeadRow(String key, DeadLetter letter) {}

  private static DeadRow letter(ResultSet row) throws SQLException {
    byte[] body = row.getBytes("task_data");
    Delivery delivery =
        new Delivery(
            row.getString("delivery_id"),
            row.getString("delivery_type"),
            row.getBoolean("gzip"),
            Instant.ofEpochMilli(row.getLong("received_at")),
            body == null ? new byte[0] : body,
            sequence(row));
    return new DeadRow(
        row.getString("task_instance"),
        new DeadLetter(
            delivery,
            orEmpty(row.getString("why")),
            row.getInt("attempts"),
            Instant.ofEpochMilli(row.getLong("died_at")),
            progressOrNone(orEmpty(row.getString("progress")))));
  }

  /** A newer version's may look different; who looks at the letter shall see the rest. */
  private static Progress progressOrNone(String json) {
    try {
      return progress(json);
    } catch (IllegalArgumentException e) {
      return Progress.NONE;
    }
  }

  boolean replay(String key, Instant now) throws SQLException {
    return update(
        UNPICKED
            + ", delivery_state = 'WAITING', execution_time = ?, attempts = 0, waits = 0,"
            + " waiting_since = ?, died_at = null",
        " and delivery_state = 'DEAD'",
        statement -> {
          statement.setBoolean(1, false);
          scheduling.setInstant(statement, 2, now);
          statement.setLong(3, now.toEpochMilli());
          row(statement, 4, key);
        });
  }

  boolean discard(String key, Instant end) throws SQLException {
    return update(
        UNPICKED + "," + FORGOTTEN_DELIVERY + ", why = null, execution_time = ?",
        " and delivery_state = 'DEAD'",
        statement -> {
          statement.setBoolean(1, false);
          scheduling.setInstant(statement, 2, end);
          row(statement, 3, key);
        });
  }

  // ---- housekeeping

  /** Some of those whose end has come before this moment; how many. */
  int purge(Instant endedBefore, int most) throws SQLException {
    String where = "delivery_state = 'DONE' and task_name = ? and execution_time < ?";
    return database.update(
        database.dialect().delete(NAME, where, most),
        statement -> {
          statement.setString(1, TASK);
          scheduling.setInstant(statement, 2, endedBefore);
        });
  }

  InboxStatistics statistics() throws SQLException {
    return database
        .queryOne(
            "select (select count(*) from "
                + NAME
                + " where delivery_state = 'WAITING'), (select min(received_at) from "
                + NAME
                + " where delivery_state = 'WAITING'), (select count(*) from "
                + NAME
                + " where delivery_state = 'DEAD')",
            statement -> {},
            row -> {
              long waiting = row.getLong(1);
              long oldest = row.getLong(2);
              return new InboxStatistics(
                  waiting,
                  row.getLong(3),
                  waiting == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(oldest)));
            })
        .orElseThrow();
  }

  /** Changes nothing, and fails if nothing can be changed. */
  void probe() throws SQLException {
    database.update(
        "update " + NAME + " set version = version" + THIS_ROW,
        statement -> row(statement, 1, "none"));
  }

  /** A sign of life for a row that this node works on, as db-scheduler gives it. */
  boolean beat(String key, long version, Instant now) throws SQLException {
    return update(
        "last_heartbeat = ?",
        " and version = ?",
        statement -> {
          scheduling.setInstant(statement, 1, now);
          row(statement, 2, key, version);
        });
  }

  static Progress progress(String json) {
    return json.isEmpty() ? Progress.NONE : Progress.fromJson(json);
  }

  interface Call<T> {
    T call() throws SQLException;
  }

  /** For callers who are told that the store is out of reach. */
  <T> T reaching(Call<T> call) throws StoreUnavailableException {
    try {
      return call.call();
    } catch (SQLException e) {
      throw new StoreUnavailableException("The inbox's database fails: " + e.getMessage(), e);
    }
  }

  private static @Nullable String json(Progress progress) {
    // Escapes keep its control characters from the database, but not halves of characters.
    return progress.entries().isEmpty() ? null : Database.storable(progress.toJson());
  }

  private static final String FORGOTTEN_DELIVERY =
      " delivery_state = 'DONE', task_data = null, progress = null, died_at = null,"
          + " sequence_hash = null, sequence_key = null, sequence_at = null";

  private boolean update(String assignments, String and, Database.Parameters parameters)
      throws SQLException {
    return database.update("update " + NAME + " set " + assignments + THIS_ROW + and, parameters)
        == 1;
  }

  private static void row(PreparedStatement statement, int i, String key) throws SQLException {
    statement.setString(i, TASK);
    statement.setString(i + 1, key);
  }

  private static void row(PreparedStatement statement, int i, String key, long version)
      throws SQLException {
    row(statement, i, key);
    statement.setLong(i + 2, version);
  }

  private static String orEmpty(@Nullable String value) {
    return value == null ? "" : value;
  }
}
