package io.github.nylaswebhook.jaxrs;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.categorize.Categorizer;
import io.github.nylaswebhook.filter.MessageFilter;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.message.MessageFetcher;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.ticket.TicketRouter;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The handler of an application with CDI, there from its start to its end. It is the application's
 * {@link WebhookHandler} bean, if it has one. Else it is built of its {@link
 * WebhookHandler.Builder} bean, which knows the secret, of its {@link TicketRouter} bean, and of
 * its {@link NylasClient}, {@link MessageFetcher}, {@link MessageFilter}, {@link Categorizer},
 * {@link DedupStore} and {@link Inbox} beans, where there are any; a handler that was built is
 * closed when the application ends. The application doesn't start if something is missing, or there
 * twice. Safe for use by many threads.
 */
@ApplicationScoped
public class NylasWebhookBeans {
  private final @Nullable WebhookHandler handler;
  private final boolean built;

  /** For the container's proxies, which have no handler of their own. */
  protected NylasWebhookBeans() {
    handler = null;
    built = false;
  }

  /**
   * Looks the beans up.
   *
   * @throws IllegalStateException if something is missing, or there twice; it says what to do
   */
  @Inject
  public NylasWebhookBeans(
      Instance<WebhookHandler> handlers,
      Instance<WebhookHandler.Builder> builders,
      Instance<TicketRouter> routers,
      Instance<NylasClient> clients,
      Instance<MessageFetcher> fetchers,
      Instance<MessageFilter> filters,
      Instance<Categorizer> categorizers,
      Instance<DedupStore> stores,
      Instance<Inbox> inboxes) {
    built = !has(handlers, "WebhookHandler");
    if (!built) {
      handler = handlers.get();
      return;
    }
    if (!has(builders, "WebhookHandler.Builder")) {
      throw new IllegalStateException(
          "No WebhookHandler bean, and no WebhookHandler.Builder bean to make one of: produce"
              + " WebhookHandler.builder().webhookSecret(…), or the handler that you register");
    }
    WebhookHandler.Builder builder = builders.get();
    if (!has(routers, "TicketRouter")) {
      throw new IllegalStateException(
          "No TicketRouter bean: write one, or produce the whole WebhookHandler");
    }
    builder.ticketRouter(routers.get());
    give(clients, "NylasClient", builder::nylas);
    give(fetchers, "MessageFetcher", builder::messageFetcher);
    give(filters, "MessageFilter", builder::messageFilter);
    give(categorizers, "Categorizer", builder::categorizer);
    give(stores, "DedupStore", builder::dedupStore);
    give(inboxes, "Inbox", builder::inbox);
    handler = builder.build();
  }

  /** The handler. The resource asks for it; whoever wants its health or dead letters may, too. */
  public WebhookHandler handler() {
    if (handler == null) {
      throw new IllegalStateException("Not made by a CDI container");
    }
    return handler;
  }

  /** Closes the handler, if it was built here; the application's own stays its to close. */
  public void close() {
    if (built) {
      handler().close();
    }
  }

  private static <T> void give(Instance<T> beans, String type, Consumer<T> part) {
    if (has(beans, type)) {
      part.accept(beans.get());
    }
  }

  private static boolean has(Instance<?> beans, String type) {
    if (beans.isAmbiguous()) {
      throw new IllegalStateException(
          "Several "
              + type
              + " beans, and no telling which is meant: leave one, or make one an @Alternative with a"
              + " @Priority");
    }
    return beans.isResolvable();
  }
}
