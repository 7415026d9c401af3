/** What Nylas says happened: triggers, and the envelope that carries them. */
@NullMarked
package io.github.nylaswebhook.notification;

import org.jspecify.annotations.NullMarked;
