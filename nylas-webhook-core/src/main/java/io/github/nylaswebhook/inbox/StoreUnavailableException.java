package io.github.nylaswebhook.inbox;

import org.jspecify.annotations.Nullable;

/**
 * A {@link DedupStore}, or the storage of an {@link Inbox}, is out of reach. A delivery whose claim
 * can't be asked for is rescheduled, never processed unchecked.
 */
public final class StoreUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  public StoreUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
