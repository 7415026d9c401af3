package io.github.nylaswebhook.jaxrs;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.BeforeDestroyed;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.context.Initialized;
import jakarta.enterprise.event.Observes;

/**
 * Makes the handler when the application starts, not at the first request: what waits in an inbox
 * is processed from then on. Apart from the beans, because whoever compiles against these without
 * CDI would be warned of its annotations.
 */
@Dependent
public class NylasWebhookLifecycle {
  /** Made by the container. */
  public NylasWebhookLifecycle() {}

  /** When the application starts. */
  public void start(
      @Observes @Initialized(ApplicationScoped.class) Object event, NylasWebhookBeans beans) {
    beans.start();
  }

  /** When it ends, while what the handler uses is still there. */
  public void stop(
      @Observes @BeforeDestroyed(ApplicationScoped.class) Object event, NylasWebhookBeans beans) {
    beans.close();
  }
}
