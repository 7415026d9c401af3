/** Issues in Jira Cloud, from mail that Nylas webhooks tell of. */
module io.github.nylaswebhook.jira {
  requires com.github.benmanes.caffeine;
  requires transitive io.github.nylaswebhook.core;
  requires okhttp3;
  requires okio;
  requires static org.jspecify;
  requires org.slf4j;

  exports io.github.nylaswebhook.jira;
}
