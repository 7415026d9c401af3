package io.github.nylaswebhook.inbox;

import org.jspecify.annotations.Nullable;

/** A {@link DedupStore} is out of reach. The delivery is rescheduled, never processed unchecked. */
public final class StoreUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  public StoreUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
