/**
 * Tickets in Zendesk, from mail that Nylas webhooks tell of: {@link
 * io.github.nylaswebhook.zendesk.ZendeskTicketRouter}.
 */
@NullMarked
package io.github.nylaswebhook.zendesk;

import org.jspecify.annotations.NullMarked;
