package io.github.nylaswebhook.faults;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.jdbc.EmbeddedDatabase;
import io.github.nylaswebhook.jdbc.JdbcConversationStore;
import io.github.nylaswebhook.jdbc.JdbcDedupStore;
import io.github.nylaswebhook.jdbc.JdbcInbox;
import io.github.nylaswebhook.jdbc.JdbcSchema;
import io.github.nylaswebhook.jdbc.JdbcTicketRouter;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.redis.RedisDedupStore;
import io.github.nylaswebhook.servlet.NylasWebhookServlet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * An application as one may build it of the parts, in a process of its own. Its tickets go to a
 * {@link Witness} in the test's process, which knows, unlike a destination that tells by the
 * idempotency key, what was routed twice. Leases and heartbeats are short, so that what a dead
 * process held is free within seconds.
 */
final class FaultDesk {
  static final Duration LEASE = Duration.ofSeconds(3);
  static final Duration HEARTBEAT = Duration.ofSeconds(1);

  static final String PORT = "faults.port";
  static final String WITNESS = "faults.witness";
  static final String NYLAS_URL = "faults.nylas.url";
  static final String NYLAS_KEY = "faults.nylas.key";
  static final String NYLAS_SECRET = "faults.nylas.secret";
  static final String SQLITE = "faults.sqlite";
  static final String JDBC = "faults.jdbc";
  static final String REDIS = "faults.redis";

  /** Set if tickets and conversations are in the database, and no witness is asked. */
  static final String TICKETS = "faults.tickets";

  private FaultDesk() {}

  public static void main(String[] args) throws Exception {
    HikariConfig pool = new HikariConfig();
    pool.setConnectionTimeout(2000);
    String file = System.getProperty(SQLITE);
    if (file != null) {
      pool.setDataSource(EmbeddedDatabase.open(Path.of(file)).dataSource());
      pool.setMaximumPoolSize(1);
    } else {
      pool.setJdbcUrl(System.getProperty(JDBC));
      pool.setMaximumPoolSize(10);
    }
    HikariDataSource database = new HikariDataSource(pool);
    JdbcSchema.createSchemaIfMissing(database);
    RetryPolicy retries =
        new RetryPolicy(
            Duration.ofMillis(500),
            Duration.ofSeconds(2),
            RetryPolicy.MAX_ATTEMPTS,
            RetryPolicy.MAX_WAITING);
    JdbcInbox.Builder inbox =
        JdbcInbox.builder(database).heartbeatInterval(HEARTBEAT).retryPolicy(retries);
    String redis = System.getProperty(REDIS);
    JdbcDedupStore inDatabase = new JdbcDedupStore(database);
    if (file != null) {
      inbox.onlyProcess();
      inDatabase.releaseAll();
    }
    DedupStore claims = redis == null ? inDatabase : RedisDedupStore.builder(redis).build();
    WebhookHandler.Builder handler = WebhookHandler.builder();
    if (Boolean.getBoolean(TICKETS)) {
      handler.dedupStore(claims);
      handler.conversationStore(new JdbcConversationStore(database));
      handler.ticketRouter(new JdbcTicketRouter(database));
    } else {
      int witness = Integer.getInteger(WITNESS);
      handler.dedupStore(new WitnessedClaims(claims, witness));
      handler.ticketRouter(new WitnessedRouter(witness));
    }
    NylasWebhookServlet endpoint =
        new NylasWebhookServlet(
            handler
                .webhookSecret(System.getProperty(NYLAS_SECRET))
                .nylas(
                    NylasClient.builder(System.getProperty(NYLAS_KEY))
                        .baseUrl(System.getProperty(NYLAS_URL))
                        .build())
                .inbox(inbox.build())
                .claimLease(LEASE)
                .retryPolicy(retries)
                .build());
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setPort(Integer.getInteger(PORT));
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler();
    context.addServlet(new ServletHolder(endpoint), "/webhooks/nylas");
    server.setHandler(context);
    server.start();
    System.out.println(
        "Listening on http://localhost:" + connector.getLocalPort() + "/webhooks/nylas");
    // It is killed, never told to end.
    new CountDownLatch(1).await();
  }
}
