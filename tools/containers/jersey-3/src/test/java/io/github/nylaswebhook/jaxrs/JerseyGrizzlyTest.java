package io.github.nylaswebhook.jaxrs;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.jaxrs.contract.Except;
import io.github.nylaswebhook.jaxrs.contract.JaxrsEndpointContract;
import io.github.nylaswebhook.jaxrs.contract.TestApplication;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.glassfish.grizzly.Grizzly;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.jersey.grizzly2.httpserver.GrizzlyHttpServerFactory;
import org.glassfish.jersey.internal.Version;
import org.glassfish.jersey.message.GZipEncoder;
import org.glassfish.jersey.server.ResourceConfig;

@Except(
    value = "aChallengeThatCantBeDecodedIsRefused",
    because = "Jersey on Grizzly answers a query that is no URI's itself, with 500")
@Except(
    value = "chunksMayHaveExtensionsAndTrailers",
    because = "Grizzly answers chunk extensions with 400")
class JerseyGrizzlyTest extends JaxrsEndpointContract {
  @Override
  protected String container() {
    return "Jersey " + Version.getVersion() + " (Grizzly " + Grizzly.getDotedVersion() + ")";
  }

  @Override
  protected Endpoint start(WebhookHandler handler) throws IOException {
    return start(ResourceConfig.forApplication(new TestApplication(handler)));
  }

  @Override
  protected Endpoint startInflating(WebhookHandler handler) throws IOException {
    return start(
        ResourceConfig.forApplication(new TestApplication(handler)).register(GZipEncoder.class));
  }

  private static Endpoint start(ResourceConfig config) throws IOException {
    HttpServer server =
        GrizzlyHttpServerFactory.createHttpServer(
            URI.create("http://127.0.0.1:0/app"), config, false);
    // Or it answers a DELETE that has a body itself, with 400.
    server.getServerConfiguration().setAllowPayloadForUndefinedHttpMethods(true);
    server.start();
    int port = server.getListeners().iterator().next().getPort();
    return new Endpoint(webhook(port), () -> server.shutdown(10, TimeUnit.SECONDS).get());
  }
}
