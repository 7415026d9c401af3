package io.github.nylaswebhook.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.kagkarlsson.scheduler.jdbc.JdbcCustomization;
import com.github.kagkarlsson.scheduler.jdbc.JdbcTaskRepositoryContext;
import com.github.kagkarlsson.scheduler.serializer.Serializer;
import com.github.kagkarlsson.scheduler.task.Execution;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.Sequence;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A picked row of the inbox.
 *
 * @param erased whether its body isn't there any more
 */
record StoredDelivery(
    String state,
    int format,
    Instant waitingSince,
    int attempts,
    int waits,
    String progress,
    boolean erased,
    Delivery delivery) {

  boolean isDone() {
    return state.equals("DONE");
  }

  /** Ids only: db-scheduler logs what it finds. */
  @Override
  public String toString() {
    return "StoredDelivery[" + delivery.id() + " " + state + "]";
  }

  /** For the way from the row to the worker only; it is stored nowhere. */
  private static byte[] encode(ResultSet row, byte @Nullable [] body) throws SQLException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(512 + (body == null ? 0 : body.length));
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      for (String column : List.of("delivery_state", "progress", "delivery_id", "delivery_type")) {
        String text = row.getString(column);
        byte[] utf8 = text == null ? new byte[0] : text.getBytes(UTF_8);
        out.writeInt(utf8.length);
        out.write(utf8);
      }
      out.writeInt(row.getInt("delivery_format"));
      out.writeLong(row.getLong("waiting_since"));
      out.writeInt(row.getInt("attempts"));
      out.writeInt(row.getInt("waits"));
      out.writeBoolean(row.getBoolean("gzip"));
      out.writeLong(row.getLong("received_at"));
      Sequence sequence = InboxTable.sequence(row);
      out.writeBoolean(sequence != null);
      if (sequence != null) {
        byte[] utf8 = sequence.key().getBytes(UTF_8);
        out.writeInt(utf8.length);
        out.write(utf8);
        out.writeLong(sequence.at().toEpochMilli());
      }
      out.writeBoolean(body == null);
      if (body != null) {
        out.write(body);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static StoredDelivery decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      String state = text(in);
      String progress = text(in);
      String id = text(in);
      String type = text(in);
      int format = in.readInt();
      Instant waitingSince = Instant.ofEpochMilli(in.readLong());
      int attempts = in.readInt();
      int waits = in.readInt();
      boolean gzip = in.readBoolean();
      Instant receivedAt = Instant.ofEpochMilli(in.readLong());
      Sequence sequence =
          in.readBoolean() ? new Sequence(text(in), Instant.ofEpochMilli(in.readLong())) : null;
      boolean erased = in.readBoolean();
      Delivery delivery = new Delivery(id, type, gzip, receivedAt, in.readAllBytes(), sequence);
      return new StoredDelivery(
          state, format, waitingSince, attempts, waits, progress, erased, delivery);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readInt()), UTF_8);
  }

  /** For db-scheduler a delivery is a task's data. */
  static final class Data implements Serializer {
    @Override
    public byte[] serialize(Object data) {
      throw new UnsupportedOperationException("rows are written by InboxTable");
    }

    @Override
    public <T> @Nullable T deserialize(Class<T> type, byte @Nullable [] data) {
      return data == null ? null : type.cast(decode(data));
    }
  }

  /**
   * A database's way with db-scheduler, but that the data of a task is the row of its delivery: who
   * picks it needn't ask for the rest.
   */
  static final class Scheduling implements JdbcCustomization {
    private final JdbcCustomization database;

    Scheduling(JdbcCustomization database) {
      this.database = database;
    }

    @Override
    public byte[] getTaskData(ResultSet row, String column) throws SQLException {
      return encode(row, database.getTaskData(row, column));
    }

    @Override
    public String getName() {
      return database.getName();
    }

    @Override
    public void setInstant(PreparedStatement statement, int index, @Nullable Instant value)
        throws SQLException {
      database.setInstant(statement, index, value);
    }

    @Override
    public Instant getInstant(ResultSet row, String column) throws SQLException {
      return database.getInstant(row, column);
    }

    @Override
    public void setTaskData(PreparedStatement statement, int index, byte[] value)
        throws SQLException {
      database.setTaskData(statement, index, value);
    }

    @Override
    public boolean supportsExplicitQueryLimitPart() {
      return database.supportsExplicitQueryLimitPart();
    }

    @Override
    public String getQueryLimitPart(int limit) {
      return database.getQueryLimitPart(limit);
    }

    @Override
    public boolean supportsSingleStatementLockAndFetch() {
      return database.supportsSingleStatementLockAndFetch();
    }

    @Override
    public List<Execution> lockAndFetchSingleStatement(
        JdbcTaskRepositoryContext context, Instant now, int limit, boolean byPriority) {
      return database.lockAndFetchSingleStatement(context, now, limit, byPriority);
    }

    @Override
    public boolean supportsGenericLockAndFetch() {
      return database.supportsGenericLockAndFetch();
    }

    @Override
    public String createGenericSelectForUpdateQuery(
        String table, int limit, String and, boolean byPriority) {
      return database.createGenericSelectForUpdateQuery(table, limit, and, byPriority);
    }

    @Override
    public String createSelectDueQuery(String table, int limit, String and, boolean byPriority) {
      return database.createSelectDueQuery(table, limit, and, byPriority);
    }
  }
}
