package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.WebhookHandler;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The handler's part of the health endpoint, {@code nylasWebhook}, where there is one. Off with
 * {@code management.health.nylas-webhook.enabled=false}.
 */
@AutoConfiguration(after = NylasWebhookAutoConfiguration.class)
@ConditionalOnProperty(name = "nylas.webhook.enabled", matchIfMissing = true)
public final class NylasWebhookHealthAutoConfiguration {
  NylasWebhookHealthAutoConfiguration() {}

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({
    org.springframework.boot.actuate.health.HealthIndicator.class,
    org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator.class
  })
  @ConditionalOnSingleCandidate(WebhookHandler.class)
  static final class Boot3 {
    @Bean
    @ConditionalOnMissingBean(name = "nylasWebhookHealthIndicator")
    @org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator(
        "nylas-webhook")
    org.springframework.boot.actuate.health.HealthIndicator nylasWebhookHealthIndicator(
        WebhookHandler handler) {
      return () -> {
        WebhookHealth health = WebhookHealth.of(handler);
        return org.springframework.boot.actuate.health.Health.status(health.status())
            .withDetails(health.details())
            .build();
      };
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(org.springframework.boot.health.contributor.HealthIndicator.class)
  @ConditionalOnSingleCandidate(WebhookHandler.class)
  static final class Boot4 {
    @Bean
    @ConditionalOnMissingBean(name = "nylasWebhookHealthIndicator")
    @org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator(
        "nylas-webhook")
    org.springframework.boot.health.contributor.HealthIndicator nylasWebhookHealthIndicator(
        WebhookHandler handler) {
      return () -> {
        WebhookHealth health = WebhookHealth.of(handler);
        return org.springframework.boot.health.contributor.Health.status(health.status())
            .withDetails(health.details())
            .build();
      };
    }
  }
}
