package io.github.nylaswebhook.jaxrs;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.jaxrs.contract.JaxrsEndpointContract;
import io.github.nylaswebhook.jaxrs.contract.TestApplication;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.Version;
import java.net.InetSocketAddress;
import java.util.Map;
import org.jboss.resteasy.plugins.server.undertow.UndertowJaxrsServer;
import org.jboss.resteasy.spi.ResteasyDeployment;

class ResteasyUndertowTest extends JaxrsEndpointContract {
  @Override
  protected String container() {
    return "RESTEasy "
        + ResteasyDeployment.class.getPackage().getImplementationVersion()
        + " (Undertow "
        + Version.getVersionString()
        + ")";
  }

  @Override
  protected Endpoint start(WebhookHandler handler) {
    return start(handler, Map.of());
  }

  @Override
  protected Endpoint startInflating(WebhookHandler handler) {
    return start(handler, Map.of("resteasy.allowGzip", "true"));
  }

  private static Endpoint start(WebhookHandler handler, Map<String, String> options) {
    Server server = new Server();
    server.setContextParams(options);
    server.deploy(new TestApplication(handler), "/app");
    server.start(
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            // Its own bound is also 2 MiB, and JAX-RS makes 500 of the exception beyond.
            .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, -1L));
    return new Endpoint(webhook(server.port()), server::stop);
  }

  /** Says which port it was given. */
  private static final class Server extends UndertowJaxrsServer {
    int port() {
      return ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
    }
  }
}
