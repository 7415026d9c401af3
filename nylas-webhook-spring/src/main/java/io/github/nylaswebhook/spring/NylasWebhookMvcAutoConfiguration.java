package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.WebhookHandler;
import java.util.Map;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.handler.SimpleUrlHandlerMapping;

/**
 * The handler's endpoint under {@code nylas.webhook.path}, before whatever else the application has
 * mapped there. A {@link NylasWebhookController} bean of the application's own replaces it.
 */
@AutoConfiguration(after = NylasWebhookAutoConfiguration.class)
@ConditionalOnClass(DispatcherServlet.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnProperty(name = "nylas.webhook.enabled", matchIfMissing = true)
public final class NylasWebhookMvcAutoConfiguration {
  NylasWebhookMvcAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnSingleCandidate(WebhookHandler.class)
  NylasWebhookController nylasWebhookController(WebhookHandler handler) {
    return new NylasWebhookController(handler);
  }

  @Bean
  @ConditionalOnSingleCandidate(NylasWebhookController.class)
  SimpleUrlHandlerMapping nylasWebhookHandlerMapping(
      NylasWebhookProperties properties, NylasWebhookController controller) {
    return new SimpleUrlHandlerMapping(
        Map.of(properties.path(), controller), Ordered.HIGHEST_PRECEDENCE + 100);
  }

  @Bean
  @ConditionalOnSingleCandidate(NylasWebhookController.class)
  FilterRegistrationBean<RawBodyFilter> nylasWebhookRawBodyFilter(
      NylasWebhookProperties properties, Environment environment) {
    FilterRegistrationBean<RawBodyFilter> registration =
        new FilterRegistrationBean<>(new RawBodyFilter());
    String servlet = environment.getProperty("spring.mvc.servlet.path", "/");
    String prefix = servlet.endsWith("/") ? servlet.substring(0, servlet.length() - 1) : servlet;
    registration.addUrlPatterns(prefix + properties.path());
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
    return registration;
  }
}
