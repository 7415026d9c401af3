package io.github.nylaswebhook.samples.supportdesk;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.nylas.NylasClient;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/** Nylas mail in, tickets out: a support desk in one process. */
public final class SupportDesk {
  /** Something in the environment or on the command line has to be mended first. */
  static final int EXIT_USAGE = 2;

  private static final String LOG_LEVEL = "org.slf4j.simpleLogger.log.io.github.nylaswebhook";

  private static final String HELP =
      """
      support-desk: turns mail that Nylas tells of into tickets.

        java -jar support-desk.jar                      serve the real thing
        java -jar support-desk.jar --simulate           play a built-in mailbox through, and exit
        java -jar support-desk.jar --simulate --serve   the same, and keep serving its tickets

      Deliveries, claims and tickets are kept in an embedded database in ./data (the simulation's in a
      temporary folder), and what was under way when the desk ended goes on when it starts again. With
      --memory everything is kept in memory, and ends with the process.

      Endpoints: POST /webhooks/nylas, GET /tickets?limit=100, GET /healthz

      Environment:
        NYLAS_WEBHOOK_SECRET  the webhook's secret; several, separated by commas, while it is rotated
        NYLAS_API_KEY         the application's API key
        NYLAS_API_URL         default https://api.us.nylas.com
        PORT                  default 8080
        SUPPORT_ADDRESSES     your own addresses, separated by commas: mail from them makes no tickets
        VIP_DOMAINS           whose mail has high priority; default bigcorp.com,enterprise-client.io
        RULES_FILE            your rules, JSON or YAML (see docs/rules.md), read anew when the file changes; default:
                              the standard ones. Says who is important, too, in place of VIP_DOMAINS
        TICKETS_TOKEN         bearer token for GET /tickets from other machines; default: none may
        DATA_DIR              the embedded database's folder; default ./data
        DATABASE_URL          a database to use instead, for one desk or several: jdbc:postgresql://host/name,
                              jdbc:mariadb://host/name or jdbc:mysql://host/name; tables are made if missing
        DATABASE_USER         and
        DATABASE_PASSWORD     the desk's account there
        ROUTER                where tickets go: one or several, with commas, of database (the default: the desk's
                              own, GET /tickets shows them), zendesk, jira, slack, slack-webhook, http, jms
          zendesk             ZENDESK_URL (https://acme.zendesk.com), ZENDESK_EMAIL, ZENDESK_API_TOKEN
          jira                JIRA_URL (https://acme.atlassian.net), JIRA_PROJECT, JIRA_EMAIL, JIRA_API_TOKEN,
                              JIRA_ISSUE_TYPE (default Task)
          slack               SLACK_BOT_TOKEN, SLACK_CHANNEL (its id)
          slack-webhook       SLACK_WEBHOOK_URL; at least once
          http                TICKET_URL, TICKET_SECRET (whsec_…): see docs/destinations.md
          jms                 JMS_URL (Apache Artemis', tcp://localhost:61616), JMS_QUEUE (default tickets),
                              JMS_USER, JMS_PASSWORD
        ATTACHMENTS_MAX_BYTES carries attachments up to so many bytes to Zendesk, Jira and Slack; default: none
        REDIS_URL             claims and the rate limit in Redis, shared by several desks: redis://host:6379
      """;

  private SupportDesk() {}

  public static void main(String[] args) {
    System.exit(run(List.of(args), System.getenv(), System.out, System.err));
  }

  static int run(
      List<String> args, Map<String, String> environment, PrintStream out, PrintStream err) {
    if (args.contains("--help") || args.contains("-h")) {
      out.print(HELP);
      return 0;
    }
    for (String arg : args) {
      if (!Set.of("--simulate", "--serve", "--memory").contains(arg)) {
        err.println("Unknown option " + arg + " (--help lists them)");
        return EXIT_USAGE;
      }
    }
    boolean memory = args.contains("--memory");
    try {
      if (args.contains("--simulate")) {
        boolean serve = args.contains("--serve");
        // What goes wrong in there is meant to, and the tickets are what is to be seen.
        if (System.getProperty(LOG_LEVEL) == null) {
          System.setProperty(LOG_LEVEL, "error");
        }
        int port = serve ? Settings.port(environment) : 0;
        try (Storage storage = memory ? new MemoryStorage() : DatabaseStorage.temporary()) {
          return new Simulation(out).run(storage, port, serve);
        }
      }
      Settings settings = Settings.of(environment, memory);
      DeskRules rules = DeskRules.of(settings);
      try (Storage storage = Storage.open(settings)) {
        return serve(settings, rules, storage, out);
      }
    } catch (Settings.InvalidException e) {
      err.println(e.getMessage());
      return EXIT_USAGE;
    } catch (StoreUnavailableException e) {
      err.println(DatabaseStorage.oneLine(e.getMessage() + ". Start the desk when it is back"));
      return EXIT_USAGE;
    } catch (IOException e) {
      err.println("The desk can't listen: " + e.getMessage() + ". PORT chooses another port");
      return EXIT_USAGE;
    }
  }

  private static int serve(Settings settings, DeskRules rules, Storage storage, PrintStream out)
      throws IOException, StoreUnavailableException, Settings.InvalidException {
    // Before the handler begins to work on it.
    out.println(storage.found());
    NylasClient.Builder client = NylasClient.builder(settings.apiKey()).baseUrl(settings.apiUrl());
    storage.grantLimiter().ifPresent(client::grantLimiter);
    try (NylasClient nylas = client.build();
        Destinations destinations =
            Destinations.open(
                settings.destinations(), storage.router(), nylas.asAttachmentSource())) {
      WebhookHandler.Builder handler =
          WebhookHandler.builder()
              .nylas(nylas)
              .categorizer(rules.categorizer())
              .ownAddresses(settings.supportAddresses())
              .inbox(storage.inbox())
              .dedupStore(storage.dedupStore())
              .conversationStore(storage.conversations())
              .ticketRouter(destinations.router());
      settings.webhookSecrets().forEach(handler::webhookSecret);
      try (DeskServer server =
          new DeskServer(
              settings.port(),
              handler.build(),
              storage,
              settings.ticketsToken(),
              rules.problem())) {
        CountDownLatch closed = closeAtShutdown(server);
        server.start();
        out.println("Listening on " + server.url() + DeskServer.WEBHOOK_PATH);
        await(closed);
      }
      return 0;
    }
  }

  /** When the process is told to end, what is being processed finishes first. */
  static CountDownLatch closeAtShutdown(AutoCloseable server) {
    CountDownLatch closed = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    server.close();
                  } catch (Exception e) {
                    System.err.println("Not closed cleanly: " + e.getMessage());
                  }
                  closed.countDown();
                }));
    return closed;
  }

  static void await(CountDownLatch closed) {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
