/**
 * Turns Nylas e-mail webhooks into routed support tickets, without losing or doubling one. {@link
 * io.github.nylaswebhook.WebhookHandler} is where a web framework's adapter hands a request over.
 */
@NullMarked
package io.github.nylaswebhook;

import org.jspecify.annotations.NullMarked;
