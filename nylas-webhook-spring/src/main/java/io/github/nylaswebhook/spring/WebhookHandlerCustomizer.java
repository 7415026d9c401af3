package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.WebhookHandler;

/**
 * Sets options of the handler that Spring Boot's configuration builds, for which there is no
 * property. Beans of this type are called in their order, after the properties, so they have the
 * last word. Who builds a handler of their own calls them too, for {@link NylasListener} is one.
 */
@FunctionalInterface
public interface WebhookHandlerCustomizer {
  void customize(WebhookHandler.Builder builder);
}
