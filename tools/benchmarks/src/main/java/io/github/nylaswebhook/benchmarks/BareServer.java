package io.github.nylaswebhook.benchmarks;

import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The floor: the support desk's Jetty, with a {@link BareServlet}. */
public final class BareServer {
  private BareServer() {}

  public static void main(String[] args) throws Exception {
    Server server = new Server();
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
    connector.setPort(Integer.parseInt(args[0]));
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler();
    context.addServlet(
        new ServletHolder(new BareServlet(System.getenv("NYLAS_WEBHOOK_SECRET"))),
        LoadBenchmark.PATH);
    server.setHandler(context);
    server.start();
    System.out.println("Listening on port " + connector.getLocalPort());
    server.join();
  }
}
