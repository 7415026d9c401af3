/** Tickets in Zendesk, from mail that Nylas webhooks tell of. */
@NullMarked
package io.github.nylaswebhook.zendesk;

import org.jspecify.annotations.NullMarked;
