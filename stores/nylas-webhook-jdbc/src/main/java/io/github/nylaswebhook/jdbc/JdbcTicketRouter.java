package io.github.nylaswebhook.jdbc;

import io.github.nylaswebhook.categorize.Evidence;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import javax.sql.DataSource;

/**
 * Writes tickets into the table {@code nylas_webhook_ticket}. A ticket is there once, however often
 * it is routed: by its idempotency key, of which the table allows one. Safe for use by many
 * threads.
 *
 * <p>A follow-up is a row of its own, linked to its ticket by {@code follow_up_to}. If its ticket
 * isn't there any more, it becomes a ticket itself.
 *
 * <p>While the database is out of reach a ticket waits, without using up its attempts.
 */
public final class JdbcTicketRouter implements TicketRouter {
  private static final String TABLE = "nylas_webhook_ticket";

  private static final String COLUMNS =
      "idempotency_key, grant_id, message_id, thread_id, kind, silent, category, priority, tags, route,"
          + " subject, from_name, from_email, recipients, excerpt, received_at, mail_text, note,"
          + " follow_up_to";

  private static final String TICKET_OF =
      "select coalesce(follow_up_to, ticket_id) from " + TABLE + " where %s = ?";

  private final Database database;
  private final String insert;
  private final RetryPolicy pauses;

  /**
   * Tickets in this data source's database, whose tables are there ({@link JdbcSchema}).
   *
   * @param dataSource a pool, which stays the giver's to close
   * @throws IllegalStateException if the database can't be reached, or has no such table
   * @throws UnsupportedDatabaseException if it is none of the supported ones
   */
  public JdbcTicketRouter(DataSource dataSource) {
    this(dataSource, RetryPolicy.DEFAULT);
  }

  /** With other pauses, before a database that is out of reach is tried again. */
  JdbcTicketRouter(DataSource dataSource, RetryPolicy pauses) {
    this.pauses = pauses;
    database = new Database(dataSource);
    JdbcSchema.requireCurrent(database);
    insert =
        database
            .dialect()
            .insertIfAbsent(
                TABLE,
                COLUMNS + ", body, evidence",
                "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?",
                "idempotency_key")
            .one();
  }

  @Override
  public TicketRef route(Ticket ticket) {
    try {
      OptionalLong parent = parent(ticket);
      database.update(insert, statement -> set(statement, ticket, parent));
      long id =
          database
              .queryOne(
                  TICKET_OF.formatted("idempotency_key"),
                  statement -> statement.setString(1, ticket.idempotencyKey()),
                  row -> row.getLong(1))
              .orElseThrow(() -> new IllegalStateException("The ticket was deleted at once"));
      return TicketRef.of(destination(), Long.toString(id));
    } catch (SQLException e) {
      if (SqlFailures.isOutage(e)) {
        throw new RetryLaterException(
            "the tickets' database is out of reach",
            Instant.now().plus(pauses.backoff(4)),
            false,
            e);
      }
      throw new IllegalStateException(
          "the tickets' database refuses: SQLSTATE " + e.getSQLState(), e);
    }
  }

  /** The ticket that is named, if it is there. Whoever deletes it now may as well do so later. */
  private OptionalLong parent(Ticket ticket) throws SQLException {
    long id;
    try {
      id = Long.parseLong(ticket.parent().id());
    } catch (NumberFormatException e) {
      // None, or another destination's.
      return OptionalLong.empty();
    }
    return database
        .queryOne(
            TICKET_OF.formatted("ticket_id"),
            statement -> statement.setLong(1, id),
            row -> OptionalLong.of(row.getLong(1)))
        .orElse(OptionalLong.empty());
  }

  @Override
  public boolean appends() {
    return true;
  }

  @Override
  public String destination() {
    return "database";
  }

  /**
   * The newest tickets, newest first, without their follow-ups.
   *
   * @param limit at most so many, 1 or more
   */
  public List<StoredTicket> newest(int limit) throws StoreUnavailableException {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be 1 or more, but is " + limit);
    }
    return stored(
        " where follow_up_to is null order by ticket_id desc limit " + limit, statement -> {});
  }

  /**
   * The further mails of a ticket, in the order in which they came in here.
   *
   * @param ticketId the {@link StoredTicket#id()} of a ticket
   */
  public List<StoredTicket> followUps(long ticketId) throws StoreUnavailableException {
    return stored(
        " where follow_up_to = ? order by ticket_id", statement -> statement.setLong(1, ticketId));
  }

  private List<StoredTicket> stored(String which, Database.Parameters parameters)
      throws StoreUnavailableException {
    try {
      return database.query(
          "select ticket_id, " + COLUMNS + " from " + TABLE + which,
          parameters,
          JdbcTicketRouter::stored);
    } catch (SQLException e) {
      throw new StoreUnavailableException("The tickets' database fails: " + e.getMessage(), e);
    }
  }

  private static void set(PreparedStatement statement, Ticket ticket, OptionalLong parent)
      throws SQLException {
    int i = 0;
    statement.setString(++i, ticket.idempotencyKey());
    for (String value :
        List.of(
            ticket.grantId(),
            ticket.messageId(),
            ticket.threadId(),
            ticket.kind().name().toLowerCase(Locale.ROOT))) {
      statement.setString(++i, Database.storable(value));
    }
    statement.setBoolean(++i, ticket.silent());
    for (String value :
        List.of(
            ticket.category(),
            ticket.priority().label(),
            Json.write(ticket.tags().stream().sorted().toList()),
            ticket.route(),
            ticket.subject(),
            ticket.from().name(),
            ticket.from().email(),
            Json.write(ticket.recipients().stream().map(EmailAddress::email).toList()),
            ticket.excerpt())) {
      statement.setString(++i, Database.storable(value));
    }
    statement.setLong(++i, ticket.receivedAt().toEpochMilli());
    statement.setString(++i, Database.storable(ticket.text()));
    statement.setBoolean(++i, ticket.note());
    if (parent.isPresent()) {
      statement.setLong(++i, parent.getAsLong());
    } else {
      statement.setNull(++i, Types.BIGINT);
    }
    statement.setString(++i, Database.storable(ticket.message().body()));
    statement.setString(
        ++i,
        Database.storable(
            Json.write(ticket.evidence().stream().map(JdbcTicketRouter::members).toList())));
  }

  private static Map<String, String> members(Evidence evidence) {
    return Map.of(
        "rule", evidence.rule(),
        "field", evidence.field(),
        "keyword", evidence.keyword(),
        "matched", evidence.matched());
  }

  private static StoredTicket stored(ResultSet row) throws SQLException {
    try {
      return new StoredTicket(
          row.getLong("ticket_id"),
          row.getString("idempotency_key"),
          row.getString("grant_id"),
          row.getString("message_id"),
          row.getString("thread_id"),
          row.getString("kind"),
          row.getBoolean("silent"),
          row.getString("category"),
          Priority.valueOf(row.getString("priority").toUpperCase(Locale.ROOT)),
          Json.strings(row.getString("tags")),
          row.getString("route"),
          row.getString("subject"),
          row.getString("from_name"),
          row.getString("from_email"),
          Json.strings(row.getString("recipients")),
          row.getString("excerpt"),
          Objects.requireNonNullElse(row.getString("mail_text"), ""),
          Instant.ofEpochMilli(row.getLong("received_at")),
          row.getLong("follow_up_to"),
          row.getBoolean("note"));
    } catch (IOException | IllegalArgumentException e) {
      throw new SQLException("A row of " + TABLE + " was changed by somebody else", e);
    }
  }
}
