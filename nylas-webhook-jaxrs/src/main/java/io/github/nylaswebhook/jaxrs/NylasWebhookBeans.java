package io.github.nylaswebhook.jaxrs;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.WebhookRequest;
import io.github.nylaswebhook.WebhookResponse;
import io.github.nylaswebhook.categorize.Categorizer;
import io.github.nylaswebhook.filter.MessageFilter;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.message.FolderSource;
import io.github.nylaswebhook.message.MessageFetcher;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.pipeline.PipelineObserver;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.github.nylaswebhook.ticket.TicketRouter;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The handler of an application with CDI, there from its start to its end. It is the application's
 * {@link WebhookHandler} bean, if it has one. Else it is built of its {@link
 * WebhookHandler.Builder} bean, which knows the secret, of its {@link TicketRouter} bean, of its
 * {@link NylasClient}, {@link MessageFetcher}, {@link FolderSource}, {@link MessageFilter}, {@link
 * Categorizer}, {@link DedupStore}, {@link ConversationStore} and {@link Inbox} beans, where there
 * are any, and of all its {@link PipelineObserver} beans; a handler that was built is closed when
 * the application ends. The application doesn't start if something to build it of is missing, or
 * there twice. It does start with neither a handler nor a builder, for it may register a resource
 * of its own. Safe for use by many threads.
 */
@ApplicationScoped
public class NylasWebhookBeans {
  private static final Logger log = LoggerFactory.getLogger(NylasWebhookBeans.class);

  private static final String NONE =
      "No WebhookHandler bean, and no WebhookHandler.Builder bean to make one of: produce"
          + " WebhookHandler.builder().webhookSecret(…), or the handler itself; without CDI,"
          + " register new NylasWebhookResource(handler)";

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
   * @throws IllegalStateException if something to build a handler of is missing, or there twice; it
   *     says what to do
   */
  @Inject
  public NylasWebhookBeans(
      Instance<WebhookHandler> handlers,
      Instance<WebhookHandler.Builder> builders,
      Instance<TicketRouter> routers,
      Instance<NylasClient> clients,
      Instance<MessageFetcher> fetchers,
      Instance<FolderSource> folderSources,
      Instance<MessageFilter> filters,
      Instance<Categorizer> categorizers,
      Instance<DedupStore> stores,
      Instance<ConversationStore> conversationStores,
      Instance<Inbox> inboxes,
      Instance<PipelineObserver> observers) {
    boolean own = has(handlers, "WebhookHandler");
    built = !own && has(builders, "WebhookHandler.Builder");
    if (!built) {
      handler = own ? handlers.get() : null;
      return;
    }
    WebhookHandler.Builder builder = builders.get();
    if (!has(routers, "TicketRouter")) {
      throw new IllegalStateException(
          "No TicketRouter bean: write one, or produce the whole WebhookHandler");
    }
    builder.ticketRouter(routers.get());
    give(clients, "NylasClient", builder::nylas);
    give(fetchers, "MessageFetcher", builder::messageFetcher);
    give(folderSources, "FolderSource", builder::folderSource);
    give(filters, "MessageFilter", builder::messageFilter);
    give(categorizers, "Categorizer", builder::categorizer);
    give(stores, "DedupStore", builder::dedupStore);
    give(conversationStores, "ConversationStore", builder::conversationStore);
    give(inboxes, "Inbox", builder::inbox);
    observers.forEach(builder::observer);
    handler = builder.build();
  }

  /** As the handler does; 503 if there is none, and the log says what to do. */
  public WebhookResponse handle(WebhookRequest request) {
    if (handler == null) {
      log.error("Answered 503. {}", NONE);
      return new WebhookResponse(503, Map.of("Retry-After", "30"), "");
    }
    return handler.handle(request);
  }

  /**
   * The handler, for its health, its statistics and its dead letters.
   *
   * @throws IllegalStateException if the application has neither a handler nor a builder
   */
  public WebhookHandler handler() {
    if (handler == null) {
      throw new IllegalStateException(NONE);
    }
    return handler;
  }

  /** Sees to it that the handler is there, and logs it if there is nothing to make it of. */
  public void start() {
    if (handler == null) {
      log.info(
          "There is no WebhookHandler bean and no WebhookHandler.Builder bean: only a"
              + " NylasWebhookResource that you register with its handler takes deliveries");
    }
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
