package com.example.support;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.nylas.NylasClient;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** What the webhook is built of. */
@ApplicationScoped
class Nylas {
  @Produces
  WebhookHandler.Builder builder(@ConfigProperty(name = "nylas.webhook-secret") String secret) {
    return WebhookHandler.builder().webhookSecret(secret);
  }

  @Produces
  @Singleton
  NylasClient client(
      @ConfigProperty(name = "nylas.api-key") String apiKey,
      @ConfigProperty(name = "nylas.url") String url) {
    return NylasClient.builder(apiKey).baseUrl(url).build();
  }
}
