package io.github.nylaswebhook.inbox;

import org.jspecify.annotations.Nullable;

/** The inbox can't take a delivery now: it is full, closing, or out of reach. Answered 503. */
public final class InboxUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  public InboxUnavailableException(String message) {
    this(message, null);
  }

  public InboxUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
