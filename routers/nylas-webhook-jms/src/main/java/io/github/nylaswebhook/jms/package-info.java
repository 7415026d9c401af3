/** Tickets as JSON messages in a JMS queue, from mail that Nylas webhooks tell of. */
@NullMarked
package io.github.nylaswebhook.jms;

import org.jspecify.annotations.NullMarked;
