/** Tickets in Zendesk, from mail that Nylas webhooks tell of. */
module io.github.nylaswebhook.zendesk {
  requires com.github.benmanes.caffeine;
  requires transitive io.github.nylaswebhook.core;
  requires okhttp3;
  requires okio;
  requires org.jsoup;
  requires static org.jspecify;
  requires org.slf4j;

  exports io.github.nylaswebhook.zendesk;
}
