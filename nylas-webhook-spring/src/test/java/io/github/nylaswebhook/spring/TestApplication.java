package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.WebhookHandler;
import java.net.URI;
import java.util.Arrays;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** An application that has nothing but what its class path gives it, and what a test adds. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class TestApplication {
  /** Started, on a free port, with these configurations and properties ({@code name=value}). */
  static ConfigurableApplicationContext run(Class<?>[] sources, String... properties) {
    return builder(sources).run(arguments(properties));
  }

  static ConfigurableApplicationContext run(Class<?> source, String... properties) {
    return run(new Class<?>[] {source}, properties);
  }

  /** With a handler of the test's own. */
  static ConfigurableApplicationContext run(WebhookHandler handler, String... properties) {
    return builder()
        .initializers(
            context -> context.getBeanFactory().registerSingleton("webhookHandler", handler))
        .run(arguments(properties));
  }

  static URI uri(ConfigurableApplicationContext context, String path) {
    return URI.create(
        "http://localhost:" + context.getEnvironment().getProperty("local.server.port") + path);
  }

  private static SpringApplicationBuilder builder(Class<?>... sources) {
    return new SpringApplicationBuilder(TestApplication.class)
        .sources(sources)
        .web(WebApplicationType.SERVLET)
        .registerShutdownHook(false);
  }

  private static String[] arguments(String... properties) {
    return Arrays.stream(properties).map("--"::concat).toArray(String[]::new);
  }
}
