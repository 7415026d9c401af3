package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.test.WebhookEndpointContract;
import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.util.ServerInfo;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.SpringVersion;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.handler.SimpleUrlHandlerMapping;

/** Spring MVC without Boot: the controller is named by its path. */
class SpringMvcContractTest extends WebhookEndpointContract {
  /** What a user writes. */
  @Configuration(proxyBeanMethods = false)
  static class ByName {
    @Bean("/webhooks/nylas")
    NylasWebhookController nylas(WebhookHandler handler) {
      return new NylasWebhookController(handler);
    }
  }

  /** Or this, to have it before other mappings. */
  @Configuration(proxyBeanMethods = false)
  static class ByMapping {
    @Bean
    SimpleUrlHandlerMapping nylas(WebhookHandler handler) {
      return new SimpleUrlHandlerMapping(
          Map.of("/webhooks/nylas", new NylasWebhookController(handler)), -1);
    }
  }

  @Override
  protected String container() {
    return "Spring MVC "
        + SpringVersion.getVersion()
        + " (Tomcat "
        + ServerInfo.getServerNumber().replaceFirst("\\.0$", "")
        + ")";
  }

  @Override
  protected Endpoint start(WebhookHandler handler) throws Exception {
    return start(handler, ByName.class);
  }

  static Endpoint start(WebhookHandler handler, Class<?> configuration) throws Exception {
    AnnotationConfigWebApplicationContext spring = new AnnotationConfigWebApplicationContext();
    spring.addBeanFactoryPostProcessor(beans -> beans.registerSingleton("handler", handler));
    spring.register(configuration);
    Path folder = Files.createTempDirectory("nylas-webhook-mvc");
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(folder.toString());
    tomcat.setPort(0);
    tomcat.getConnector();
    Context context = tomcat.addContext("/app", new File(folder.toString()).getAbsolutePath());
    context.addServletContainerInitializer(
        (classes, servlets) -> {
          var registration = servlets.addServlet("spring", new DispatcherServlet(spring));
          registration.setLoadOnStartup(1);
          registration.addMapping("/");
        },
        null);
    tomcat.start();
    URI uri =
        URI.create(
            "http://localhost:" + tomcat.getConnector().getLocalPort() + "/app/webhooks/nylas");
    return new Endpoint(
        uri,
        () -> {
          tomcat.stop();
          tomcat.destroy();
        });
  }
}
