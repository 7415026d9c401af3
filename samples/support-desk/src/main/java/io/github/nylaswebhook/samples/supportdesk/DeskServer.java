package io.github.nylaswebhook.samples.supportdesk;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.servlet.NylasWebhookServlet;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The desk's endpoints on an embedded Jetty. */
final class DeskServer implements AutoCloseable {
  static final String WEBHOOK_PATH = "/webhooks/nylas";

  private final Server server = new Server();
  private final ServerConnector connector;
  private final WebhookHandler handler;
  private final Storage storage;
  private volatile boolean closing;

  /** As below; nothing but the handler and the storage has problems. */
  DeskServer(int port, WebhookHandler handler, Storage storage, String ticketsToken) {
    this(port, handler, storage, ticketsToken, Optional::empty);
  }

  /**
   * Takes the handler and the storage that it works on over, and closes them with itself.
   *
   * @param problem what else is wrong, for the answer about its health
   */
  DeskServer(
      int port,
      WebhookHandler handler,
      Storage storage,
      String ticketsToken,
      Supplier<Optional<String>> problem) {
    this.handler = handler;
    this.storage = storage;
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    connector = new ServerConnector(server, new HttpConnectionFactory(http));
    connector.setPort(port);
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler();
    context.addServlet(new ServletHolder(new NylasWebhookServlet(handler)), WEBHOOK_PATH);
    context.addServlet(new ServletHolder(new TicketsServlet(storage, ticketsToken)), "/tickets");
    context.addServlet(
        new ServletHolder(new HealthServlet(handler, storage.inbox(), problem, () -> closing)),
        "/healthz");
    server.setHandler(context);
  }

  /**
   * Starts to listen.
   *
   * @throws IOException if the port can't be had
   */
  void start() throws IOException {
    // First the port alone, so that its failure isn't one of many that a start may have.
    connector.open();
    try {
      server.start();
    } catch (Exception e) {
      throw new IOException("The server doesn't start", e);
    }
  }

  int port() {
    return connector.getLocalPort();
  }

  String url() {
    return "http://localhost:" + port();
  }

  /**
   * Deliveries are refused with 503 while what is being processed finishes; then nothing listens,
   * and the storage is left to others. Again has no effect.
   */
  @Override
  public synchronized void close() {
    if (closing) {
      return;
    }
    closing = true;
    try {
      // The inbox first: it refuses what comes, and waits for what the handler is working on.
      storage.inbox().close();
      handler.close();
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("The server doesn't stop", e);
    } finally {
      storage.close();
    }
  }
}
