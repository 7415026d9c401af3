package io.github.nylaswebhook.containers;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.servlet.NylasWebhookServlet;
import io.github.nylaswebhook.test.WebhookEndpointContract;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.util.ServerInfo;

/** Registered by the {@code ServletContext}, as a {@code ServletContainerInitializer} does. */
class TomcatContractTest extends WebhookEndpointContract {
  @Override
  protected String container() {
    return "Tomcat " + ServerInfo.getServerNumber().replaceFirst("\\.0$", "");
  }

  @Override
  protected Endpoint start(WebhookHandler handler) throws Exception {
    TestTomcat tomcat = new TestTomcat();
    Context context = tomcat.context("/app");
    context.addServletContainerInitializer(
        (classes, servletContext) ->
            servletContext
                .addServlet("nylas", new NylasWebhookServlet(handler))
                .addMapping("/webhooks/nylas"),
        Set.of());
    tomcat.start();
    return new Endpoint(tomcat.uri("/app/webhooks/nylas"), tomcat::stop);
  }
}
