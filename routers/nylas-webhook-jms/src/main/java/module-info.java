/** Tickets as JSON messages in a JMS queue, from mail that Nylas webhooks tell of. */
module io.github.nylaswebhook.jms {
  requires transitive io.github.nylaswebhook.core;
  requires transitive jakarta.messaging;
  requires static org.jspecify;
  requires org.slf4j;

  exports io.github.nylaswebhook.jms;
}
