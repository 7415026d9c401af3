package io.github.nylaswebhook.servlet;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.test.WebhookEndpointContract;
import java.net.URI;
import org.eclipse.jetty.compression.server.CompressionHandler;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;

class JettyContractTest extends WebhookEndpointContract {
  @Override
  protected String container() {
    return "Jetty " + Server.getVersion() + " (EE 10)";
  }

  @Override
  protected Endpoint start(WebhookHandler handler) throws Exception {
    return start(handler, false);
  }

  @Override
  protected Endpoint startInflating(WebhookHandler handler) throws Exception {
    return start(handler, true);
  }

  private static Endpoint start(WebhookHandler handler, boolean inflating) throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/app");
    context.addServlet(new ServletHolder(new NylasWebhookServlet(handler)), "/webhooks/nylas");
    if (inflating) {
      server.setHandler(new CompressionHandler(context));
    } else {
      server.setHandler(new GracefulHandler(context));
    }
    server.setStopTimeout(10_000);
    server.start();
    URI uri = URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/app/webhooks/nylas");
    return new Endpoint(uri, server::stop);
  }
}
