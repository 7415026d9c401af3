package io.github.nylaswebhook.inbox;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by a router whose request went out and whose answer never came: the ticket may exist. It
 * is tried again as a counted attempt, with the same idempotency key, by which the router looks for
 * the ticket before it repeats.
 */
public class OutcomeUnknownException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public OutcomeUnknownException(String why, @Nullable Throwable cause) {
    super(why, cause);
  }
}
