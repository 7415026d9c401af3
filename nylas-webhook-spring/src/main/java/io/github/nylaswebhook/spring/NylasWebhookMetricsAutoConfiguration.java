package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.WebhookHandler;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/** The handler's meters, where Micrometer is; Spring Boot's Actuator binds them to registries. */
@AutoConfiguration(after = NylasWebhookAutoConfiguration.class)
@ConditionalOnClass(MeterBinder.class)
@ConditionalOnProperty(name = "nylas.webhook.enabled", matchIfMissing = true)
public final class NylasWebhookMetricsAutoConfiguration {
  NylasWebhookMetricsAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnSingleCandidate(WebhookHandler.class)
  NylasWebhookMetrics nylasWebhookMetrics(ObjectProvider<WebhookHandler> handler) {
    return new NylasWebhookMetrics(handler::getObject);
  }
}
