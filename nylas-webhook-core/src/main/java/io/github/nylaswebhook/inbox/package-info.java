/**
 * Where acknowledged deliveries wait, and where it is known which messages have been claimed. The
 * two SPIs here, {@link io.github.nylaswebhook.inbox.Inbox} and {@link
 * io.github.nylaswebhook.inbox.DedupStore}, carry the promise that nothing is lost and nothing is
 * routed twice; their in-memory implementations carry it for as long as the process lives.
 */
@NullMarked
package io.github.nylaswebhook.inbox;

import org.jspecify.annotations.NullMarked;
