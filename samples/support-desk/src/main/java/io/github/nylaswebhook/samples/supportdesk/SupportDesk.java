package io.github.nylaswebhook.samples.supportdesk;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.categorize.RuleSet;
import io.github.nylaswebhook.inbox.InMemoryInbox;
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

      Endpoints: POST /webhooks/nylas, GET /tickets?limit=100, GET /healthz

      Environment:
        NYLAS_WEBHOOK_SECRET  the webhook's secret; several, separated by commas, while it is rotated
        NYLAS_API_KEY         the application's API key
        NYLAS_API_URL         default https://api.us.nylas.com
        PORT                  default 8080
        SUPPORT_ADDRESSES     your own addresses, separated by commas: mail from them makes no tickets
        VIP_DOMAINS           whose mail has high priority; default bigcorp.com,enterprise-client.io
        TICKETS_TOKEN         bearer token for GET /tickets from other machines; default: none may
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
      if (!Set.of("--simulate", "--serve").contains(arg)) {
        err.println("Unknown option " + arg + " (--help lists them)");
        return EXIT_USAGE;
      }
    }
    try {
      if (args.contains("--simulate")) {
        boolean serve = args.contains("--serve");
        // What goes wrong in there is meant to, and the tickets are what is to be seen.
        if (System.getProperty(LOG_LEVEL) == null) {
          System.setProperty(LOG_LEVEL, "error");
        }
        return new Simulation(out).run(serve ? Settings.port(environment) : 0, serve);
      }
      return serve(Settings.of(environment), out);
    } catch (Settings.InvalidException e) {
      err.println(e.getMessage());
      return EXIT_USAGE;
    } catch (IOException e) {
      err.println("The desk can't listen: " + e.getMessage() + ". PORT chooses another port");
      return EXIT_USAGE;
    }
  }

  private static int serve(Settings settings, PrintStream out) throws IOException {
    try (NylasClient nylas =
        NylasClient.builder(settings.apiKey()).baseUrl(settings.apiUrl()).build()) {
      TicketBook book = new TicketBook();
      WebhookHandler.Builder handler =
          WebhookHandler.builder()
              .nylas(nylas)
              .categorizer(RuleSet.standard().withVipDomains(settings.vipDomains()))
              .ownAddresses(settings.supportAddresses())
              .ticketRouter(book)
              // There is nothing else in this process: half of its memory may hold what waits.
              .inMemoryInbox(
                  InMemoryInbox.builder().maxBytes(Runtime.getRuntime().maxMemory() / 2));
      settings.webhookSecrets().forEach(handler::webhookSecret);
      try (DeskServer server =
          new DeskServer(settings.port(), handler.build(), book, settings.ticketsToken())) {
        server.start();
        out.println("Listening on " + server.url() + DeskServer.WEBHOOK_PATH);
        awaitShutdown(server);
      }
      return 0;
    }
  }

  /** Until the process is told to end; what is being processed finishes first. */
  static void awaitShutdown(AutoCloseable server) {
    CountDownLatch told = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    server.close();
                  } catch (Exception e) {
                    System.err.println("Not closed cleanly: " + e.getMessage());
                  }
                  told.countDown();
                }));
    try {
      told.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
