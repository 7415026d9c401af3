package io.github.nylaswebhook.containers;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.servlet.NylasWebhookServlet;
import io.github.nylaswebhook.test.WebhookEndpointContract;
import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.Version;
import io.undertow.conduits.GzipStreamSourceConduit;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.GracefulShutdownHandler;
import io.undertow.server.handlers.encoding.RequestEncodingHandler;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import java.net.InetSocketAddress;
import java.net.URI;

class UndertowContractTest extends WebhookEndpointContract {
  @Override
  protected String container() {
    return "Undertow " + Version.getVersionString().replace(".Final", "");
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
    DeploymentInfo application =
        Servlets.deployment()
            .setClassLoader(UndertowContractTest.class.getClassLoader())
            .setDeploymentName("app")
            .setContextPath("/app")
            .addServlet(
                Servlets.servlet(
                        "nylas",
                        NylasWebhookServlet.class,
                        new ImmediateInstanceFactory<>(new NylasWebhookServlet(handler)))
                    .addMapping("/webhooks/nylas"));
    DeploymentManager deployment = Servlets.newContainer().addDeployment(application);
    deployment.deploy();
    HttpHandler servlets = Handlers.path().addPrefixPath("/app", deployment.start());
    if (inflating) {
      servlets =
          new RequestEncodingHandler(servlets).addEncoding("gzip", GzipStreamSourceConduit.WRAPPER);
    }
    GracefulShutdownHandler graceful = Handlers.gracefulShutdown(servlets);
    Undertow server =
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            // Its own bound is as long as ours: a longer body in chunks would end its connection.
            .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, 4L << 20)
            .setHandler(graceful)
            .build();
    server.start();
    int port = ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
    return new Endpoint(
        URI.create("http://127.0.0.1:" + port + "/app/webhooks/nylas"),
        () -> {
          graceful.shutdown();
          graceful.awaitShutdown(10_000);
          deployment.stop();
          server.stop();
        });
  }
}
