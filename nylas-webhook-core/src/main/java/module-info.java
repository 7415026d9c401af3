import io.github.nylaswebhook.categorize.Categorizer;
import io.github.nylaswebhook.filter.MessageFilter;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.message.MessageFetcher;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.github.nylaswebhook.ticket.TicketRouter;

/** The framework-free pipeline from a signed Nylas webhook to a routed support ticket. */
@SuppressWarnings("module") // the stores, which are compiled after this
module io.github.nylaswebhook.core {
  requires com.github.benmanes.caffeine;
  requires com.squareup.moshi;
  requires io.github.bucket4j.core;
  requires kotlin.stdlib;
  requires transitive okhttp3;
  requires okio;
  requires org.jsoup;
  requires transitive org.jspecify;
  requires org.slf4j;
  requires static org.snakeyaml.engine;
  requires re2j;

  exports io.github.nylaswebhook;
  exports io.github.nylaswebhook.categorize;
  exports io.github.nylaswebhook.destination;
  exports io.github.nylaswebhook.filter;
  exports io.github.nylaswebhook.inbox;
  exports io.github.nylaswebhook.internal to
      io.github.nylaswebhook.jdbc,
      io.github.nylaswebhook.jira,
      io.github.nylaswebhook.jms,
      io.github.nylaswebhook.redis,
      io.github.nylaswebhook.slack,
      io.github.nylaswebhook.zendesk;
  exports io.github.nylaswebhook.message;
  exports io.github.nylaswebhook.notification;
  exports io.github.nylaswebhook.nylas;
  exports io.github.nylaswebhook.pipeline;
  exports io.github.nylaswebhook.signature;
  exports io.github.nylaswebhook.ticket;

  uses Categorizer;
  uses ConversationStore;
  uses DedupStore;
  uses Inbox;
  uses MessageFetcher;
  uses MessageFilter;
  uses TicketRouter;
}
