package io.github.nylaswebhook.jaxrs;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.jaxrs.contract.Except;
import io.github.nylaswebhook.jaxrs.contract.JaxrsEndpointContract;
import io.github.nylaswebhook.jaxrs.contract.TestApplication;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.glassfish.jersey.internal.Version;
import org.glassfish.jersey.message.GZipEncoder;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.servlet.ServletContainer;

/** As a servlet, which is how most of them run. */
@Except(
    value = "aChallengeThatCantBeDecodedIsRefused",
    because = "Jersey makes %25zz of %zz, so the challenge %zz is echoed as it came")
class JerseyServletTest extends JaxrsEndpointContract {
  @Override
  protected String container() {
    return "Jersey " + Version.getVersion() + " (servlet, Jetty " + Server.getVersion() + ")";
  }

  @Override
  protected Endpoint start(WebhookHandler handler) throws Exception {
    return start(ResourceConfig.forApplication(new TestApplication(handler)));
  }

  @Override
  protected Endpoint startInflating(WebhookHandler handler) throws Exception {
    return start(
        ResourceConfig.forApplication(new TestApplication(handler)).register(GZipEncoder.class));
  }

  private static Endpoint start(ResourceConfig config) throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/app");
    context.addServlet(new ServletHolder(new ServletContainer(config)), "/*");
    server.setHandler(new GracefulHandler(context));
    server.setStopTimeout(10_000);
    server.start();
    return new Endpoint(webhook(connector.getLocalPort()), server::stop);
  }
}
