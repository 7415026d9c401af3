package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Inbox;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ApplicationContextEvent;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.ContextRefreshedEvent;

/**
 * Starts processing when all singletons are there, before the web server listens; and when the
 * context closes, after the web server has answered its last request, has what is being processed
 * finished for a bounded time, while databases, Redis and every other bean are still there. So it
 * does when the context fails to start. The handlers of a parent context stay the parent's to
 * close.
 */
final class NylasWebhookLifecycle
    implements SmartLifecycle, ApplicationListener<ApplicationContextEvent> {
  /** Below the web server's, which are 1024 and 2048 below the default: it stops before this. */
  static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 3072;

  private static final Logger log = LoggerFactory.getLogger(NylasWebhookLifecycle.class);

  private final ApplicationContext context;
  private final List<WebhookHandler> handlers;
  private volatile boolean running;
  private volatile boolean refreshed;
  private volatile boolean closing;

  NylasWebhookLifecycle(ApplicationContext context, List<WebhookHandler> handlers) {
    this.context = context;
    this.handlers = List.copyOf(handlers);
  }

  @Override
  public void start() {
    for (WebhookHandler handler : handlers) {
      if (!running && handler.inbox() instanceof InMemoryInbox) {
        log.warn(
            "Deliveries are kept in memory: what is acknowledged and not yet routed ends with this"
                + " process. To keep it, add nylas-webhook-jdbc and a DataSource, or declare an Inbox"
                + " bean");
      }
      handler.start();
    }
    running = true;
  }

  /**
   * A context that is only stopped may be started again, and processing goes on meanwhile. One that
   * is stopped before it was all there has failed, and says so by no event.
   */
  @Override
  public void stop() {
    if (refreshed && !closing) {
      return;
    }
    // Both without what an ancestor has.
    Collection<Inbox> inboxes = context.getBeansOfType(Inbox.class, false, false).values();
    Collection<WebhookHandler> own =
        context.getBeansOfType(WebhookHandler.class, false, false).values();
    for (WebhookHandler handler : handlers) {
      if (!own.contains(handler)) {
        continue;
      }
      // What the handler built it closes itself; other inboxes are somebody else's to close.
      if (inboxes.contains(handler.inbox())) {
        handler.inbox().close();
      }
      handler.close();
    }
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }

  @Override
  public void onApplicationEvent(ApplicationContextEvent event) {
    if (event.getApplicationContext() == context) {
      refreshed |= event instanceof ContextRefreshedEvent;
      closing |= event instanceof ContextClosedEvent;
    }
  }
}
