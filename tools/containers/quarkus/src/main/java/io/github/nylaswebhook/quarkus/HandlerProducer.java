package io.github.nylaswebhook.quarkus;

import io.github.nylaswebhook.WebhookHandler;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Where the application has its handler from. */
@ApplicationScoped
class HandlerProducer {
  /** The test's, which runs in the same process. */
  @Produces
  @Singleton
  WebhookHandler handler() {
    return (WebhookHandler) System.getProperties().get(WebhookHandler.class);
  }
}
