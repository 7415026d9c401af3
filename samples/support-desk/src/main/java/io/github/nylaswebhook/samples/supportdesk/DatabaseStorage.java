package io.github.nylaswebhook.samples.supportdesk;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.inbox.InboxStatistics;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.jdbc.EmbeddedDatabase;
import io.github.nylaswebhook.jdbc.JdbcConversationStore;
import io.github.nylaswebhook.jdbc.JdbcDedupStore;
import io.github.nylaswebhook.jdbc.JdbcInbox;
import io.github.nylaswebhook.jdbc.JdbcSchema;
import io.github.nylaswebhook.jdbc.JdbcTicketRouter;
import io.github.nylaswebhook.jdbc.StoredTicket;
import io.github.nylaswebhook.jdbc.UnsupportedDatabaseException;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/** Everything in a database: an embedded one, or a server's. */
final class DatabaseStorage implements Storage {
  static final String FILE = "support-desk.db";

  /** Less than the inbox's own patience, so that it is the pool that says what is wrong. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(4);

  /** Workers hold a connection for a statement, not for a mail. */
  private static final int POOL_SIZE = 10;

  /** Its driver logs URLs that it doesn't understand, and passwords with them. */
  private static final Logger POSTGRESQL = Logger.getLogger("org.postgresql");

  private static final String OTHER_FOLDER = "name another folder with DATA_DIR";

  private final HikariDataSource pool;
  private final Runnable behindThePool;
  private final String where;
  private final JdbcInbox inbox;
  private final JdbcDedupStore dedupStore;
  private final JdbcConversationStore conversations;
  private final JdbcTicketRouter tickets;

  private DatabaseStorage(
      HikariDataSource pool, boolean embedded, String where, Runnable behindThePool) {
    this.pool = pool;
    this.where = where;
    this.behindThePool = behindThePool;
    dedupStore = new JdbcDedupStore(pool);
    conversations = new JdbcConversationStore(pool);
    tickets = new JdbcTicketRouter(pool);
    JdbcInbox.Builder builder = JdbcInbox.builder(pool);
    if (embedded) {
      // What a desk that was killed had under way is nobody's now.
      builder.onlyProcess();
      try {
        dedupStore.releaseAll();
      } catch (StoreUnavailableException e) {
        throw new IllegalStateException(e.getMessage(), e);
      }
    }
    inbox = builder.build();
  }

  /** A database in a file in that folder, which this process has for itself. */
  static DatabaseStorage embedded(Path folder) throws Settings.InvalidException {
    return embedded(folder, () -> {});
  }

  /** A database in a temporary folder, which is deleted when it is closed. */
  static DatabaseStorage temporary() throws Settings.InvalidException {
    Path folder;
    try {
      folder = Files.createTempDirectory("support-desk");
    } catch (IOException e) {
      throw new Settings.InvalidException(
          "There is no temporary folder for the simulation's database: "
              + e.getMessage()
              + ". With --memory it needs none");
    }
    return embedded(folder, () -> delete(folder));
  }

  private static DatabaseStorage embedded(Path folder, Runnable atLast)
      throws Settings.InvalidException {
    Path file = folder.resolve(FILE);
    EmbeddedDatabase database;
    try {
      database = EmbeddedDatabase.open(file);
    } catch (IOException e) {
      atLast.run();
      throw new Settings.InvalidException(unusable(folder, e));
    }
    HikariConfig config = new HikariConfig();
    config.setDataSource(database.dataSource());
    config.setMaximumPoolSize(1);
    // There is no server that could tire of a connection.
    config.setMaxLifetime(0);
    return open(
        config,
        file + " (embedded)",
        true,
        () -> {
          database.close();
          atLast.run();
        },
        e -> oneLine(file + " can't be used: " + e.getMessage() + "; " + OTHER_FOLDER));
  }

  private static String unusable(Path folder, IOException e) {
    if (e instanceof FileSystemException failed) {
      return oneLine(
          "The data folder "
              + folder
              + " can't be used: "
              + reason(failed)
              + ". Make it a folder that can be written, "
              + OTHER_FOLDER
              + ", or do without by --memory");
    }
    boolean damaged = e.getCause() instanceof IllegalStateException;
    return oneLine(
        e.getMessage() + (damaged ? ". Move it away, or " : ". End that one, or ") + OTHER_FOLDER);
  }

  private static String reason(FileSystemException e) {
    String what =
        e instanceof AccessDeniedException
            ? "permission denied"
            : e instanceof FileAlreadyExistsException
                ? "it isn't a folder"
                : e instanceof NoSuchFileException
                    ? "it can't be created"
                    : e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
    return what + " (" + e.getFile() + ")";
  }

  /** A database server's. */
  static DatabaseStorage server(StorageSettings.Server server) throws Settings.InvalidException {
    String product = product(server);
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(server.url());
    properties(server).forEach((name, value) -> config.addDataSourceProperty((String) name, value));
    config.setMaximumPoolSize(POOL_SIZE);
    config.setConnectionTimeout(CONNECT_TIMEOUT.toMillis());
    return open(
        config,
        product + " at " + server.name(),
        false,
        () -> {},
        e -> refused(server, String.valueOf(e.getMessage())));
  }

  private static Properties properties(StorageSettings.Server server) {
    Properties properties = new Properties();
    if (!server.user().isEmpty()) {
      properties.setProperty("user", server.user());
    }
    if (!server.password().isEmpty()) {
      properties.setProperty("password", server.password());
    }
    return properties;
  }

  /**
   * Connects once before the pool does, which would log what fails with all its causes, and say
   * less of it.
   */
  private static String product(StorageSettings.Server server) throws Settings.InvalidException {
    Driver driver;
    POSTGRESQL.setLevel(Level.OFF);
    try {
      driver = DriverManager.getDriver(server.url());
    } catch (SQLException e) {
      throw new Settings.InvalidException(
          "DATABASE_URL isn't a URL that the database's driver understands; one is"
              + " jdbc:postgresql://localhost:5432/desk");
    }
    DriverManager.setLoginTimeout((int) CONNECT_TIMEOUT.toSeconds());
    try (Connection connection = driver.connect(server.url(), properties(server))) {
      return connection.getMetaData().getDatabaseProductName();
    } catch (SQLException e) {
      String state = e.getSQLState() == null ? "" : e.getSQLState();
      // A sentence follows.
      String what = String.valueOf(e.getMessage()).replaceFirst("[.\\s]+$", "");
      if (state.startsWith("28")) {
        throw new Settings.InvalidException(
            refused(server, what + ". DATABASE_USER and DATABASE_PASSWORD say who the desk is"));
      }
      if (state.startsWith("08")) {
        throw new Settings.InvalidException(
            withoutSecrets(
                server,
                "The database at "
                    + server.name()
                    + " can't be reached: "
                    + what
                    + ". Is it running, and is DATABASE_URL right?"));
      }
      throw new Settings.InvalidException(refused(server, what));
    }
  }

  private static String refused(StorageSettings.Server server, String what) {
    return withoutSecrets(server, "The database at " + server.name() + " refuses: " + what);
  }

  /** Drivers don't quote passwords, but who knows the next version's messages? */
  private static String withoutSecrets(StorageSettings.Server server, String message) {
    String safe = message.replace(server.url(), server.name());
    return oneLine(
        server.password().isEmpty() ? safe : safe.replace(server.password(), "(password)"));
  }

  private interface Explanation {
    String of(RuntimeException e);
  }

  private static DatabaseStorage open(
      HikariConfig config,
      String where,
      boolean embedded,
      Runnable behindThePool,
      Explanation explanation)
      throws Settings.InvalidException {
    config.setPoolName("support-desk");
    HikariDataSource pool = null;
    try {
      pool = new HikariDataSource(config);
      JdbcSchema.createSchemaIfMissing(pool);
      return new DatabaseStorage(pool, embedded, where, behindThePool);
    } catch (IllegalStateException | UnsupportedDatabaseException | PoolInitializationException e) {
      if (pool != null) {
        pool.close();
      }
      behindThePool.run();
      throw new Settings.InvalidException(explanation.of(e));
    }
  }

  @Override
  public Inbox inbox() {
    return inbox;
  }

  @Override
  public DedupStore dedupStore() {
    return dedupStore;
  }

  @Override
  public ConversationStore conversations() {
    return conversations;
  }

  /** Numbers tickets as the desk does. */
  @Override
  public TicketRouter router() {
    return new TicketRouter() {
      @Override
      public TicketRef route(Ticket ticket) {
        String number = ticket.parent().id().replaceFirst("^" + TicketBook.PREFIX, "");
        Ticket numbered = ticket.followUp(TicketRef.of(tickets.destination(), number));
        return TicketRef.of(destination(), TicketBook.PREFIX + tickets.route(numbered).id());
      }

      @Override
      public boolean appends() {
        return true;
      }

      @Override
      public String destination() {
        return TicketBook.DESTINATION;
      }
    };
  }

  @Override
  public List<TicketBook.Row> newest(int limit) throws StoreUnavailableException {
    List<StoredTicket> newest = tickets.newest(limit);
    if (newest.isEmpty()) {
      return List.of();
    }
    Map<Long, Integer> followUps = followUps(newest.get(newest.size() - 1).id());
    return newest.stream()
        .map(ticket -> row(ticket, followUps.getOrDefault(ticket.id(), 0)))
        .toList();
  }

  /** How many mails were appended to each of the tickets from this one on. */
  private Map<Long, Integer> followUps(long oldest) throws StoreUnavailableException {
    Map<Long, Integer> counts = new HashMap<>();
    try (Connection connection = pool.getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                "select follow_up_to, count(*) from nylas_webhook_ticket"
                    + " where follow_up_to >= ? group by follow_up_to")) {
      statement.setLong(1, oldest);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          counts.put(row.getLong(1), row.getInt(2));
        }
      }
      return counts;
    } catch (SQLException e) {
      throw unavailable(e);
    }
  }

  private static StoreUnavailableException unavailable(SQLException e) {
    return new StoreUnavailableException("The tickets' database fails: " + e.getMessage(), e);
  }

  private static TicketBook.Row row(StoredTicket ticket, int followUps) {
    return new TicketBook.Row(
        TicketBook.PREFIX + ticket.id(),
        ticket.messageId(),
        ticket.grantId(),
        ticket.threadId(),
        ticket.subject(),
        ticket.fromEmail(),
        ticket.category(),
        ticket.priority(),
        new LinkedHashSet<>(ticket.tags()),
        ticket.receivedAt(),
        ticket.idempotencyKey(),
        followUps);
  }

  @Override
  public String found() throws StoreUnavailableException {
    InboxStatistics statistics = inbox.statistics();
    return "Storage: %s; %s, %s, %s"
        .formatted(
            where,
            statistics.waiting() == 1
                ? "1 delivery waits"
                : statistics.waiting() + " deliveries wait",
            count(statistics.deadLetters(), "dead letter"),
            count(tickets(), "ticket"));
  }

  private static String count(long number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }

  private long tickets() throws StoreUnavailableException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select count(*) from nylas_webhook_ticket where follow_up_to is null")) {
      row.next();
      return row.getLong(1);
    } catch (SQLException e) {
      throw unavailable(e);
    }
  }

  @Override
  public void close() {
    if (!pool.isClosed()) {
      inbox.close();
      pool.close();
      behindThePool.run();
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      // It is the system's temporary folder, which is emptied now and then.
    }
  }

  static String oneLine(String message) {
    return message.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
