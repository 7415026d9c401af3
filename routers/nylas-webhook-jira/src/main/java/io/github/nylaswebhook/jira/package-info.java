/** Issues in Jira Cloud, from mail that Nylas webhooks tell of. */
@NullMarked
package io.github.nylaswebhook.jira;

import org.jspecify.annotations.NullMarked;
