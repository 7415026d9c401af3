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
  // What is on the tests' class path, and only some tests want; of both lines of Spring Boot.
  private static final String DATA_SOURCE =
      "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration,"
          + "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration";

  private static final String REDIS =
      "org.springframework.boot.autoconfigure.data.redis.RedisAutoConfiguration,"
          + "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration";

  private static final String SECURITY =
      "org.springframework.boot.autoconfigure.security.servlet.SecurityAutoConfiguration,"
          + "org.springframework.boot.autoconfigure.security.servlet.SecurityFilterAutoConfiguration,"
          + "org.springframework.boot.autoconfigure.security.servlet.UserDetailsServiceAutoConfiguration,"
          + "org.springframework.boot.actuate.autoconfigure.security.servlet.ManagementWebSecurityAutoConfiguration,"
          + "org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration,"
          + "org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration,"
          + "org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration,"
          + "org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration,"
          + "org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration";

  static final String EXCLUDED_BESIDE_DATA_SOURCE = REDIS + "," + SECURITY;
  static final String EXCLUDED_BESIDE_REDIS = DATA_SOURCE + "," + SECURITY;
  static final String EXCLUDED_BESIDE_SECURITY = DATA_SOURCE + "," + REDIS;
  static final String EXCLUDED = DATA_SOURCE + "," + EXCLUDED_BESIDE_DATA_SOURCE;

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
        .properties("spring.autoconfigure.exclude=" + EXCLUDED)
        .registerShutdownHook(false);
  }

  private static String[] arguments(String... properties) {
    return Arrays.stream(properties).map("--"::concat).toArray(String[]::new);
  }
}
