/** Messages and threads in Slack, from mail that Nylas webhooks tell of. */
@NullMarked
package io.github.nylaswebhook.slack;

import org.jspecify.annotations.NullMarked;
