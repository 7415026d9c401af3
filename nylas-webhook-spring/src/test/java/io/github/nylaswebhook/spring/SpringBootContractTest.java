package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.test.WebhookEndpointContract;
import org.apache.catalina.util.ServerInfo;
import org.springframework.boot.SpringBootVersion;
import org.springframework.context.ConfigurableApplicationContext;

/** With Boot's default filters, below a context path. */
class SpringBootContractTest extends WebhookEndpointContract {
  @Override
  protected String container() {
    return "Spring Boot "
        + SpringBootVersion.getVersion()
        + " (Tomcat "
        + ServerInfo.getServerNumber().replaceFirst("\\.0$", "")
        + ")";
  }

  @Override
  protected Endpoint start(WebhookHandler handler) {
    ConfigurableApplicationContext context =
        TestApplication.run(
            handler,
            "server.servlet.context-path=/app",
            "spring.threads.virtual.enabled=" + virtualThreads());
    return new Endpoint(TestApplication.uri(context, "/app/webhooks/nylas"), context::close);
  }

  boolean virtualThreads() {
    return false;
  }
}
