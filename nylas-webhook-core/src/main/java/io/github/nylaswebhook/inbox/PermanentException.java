package io.github.nylaswebhook.inbox;

import org.jspecify.annotations.Nullable;

/** Thrown by any SPI where trying again can't help: the delivery becomes a dead letter at once. */
public class PermanentException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public PermanentException(String why) {
    this(why, null);
  }

  public PermanentException(String why, @Nullable Throwable cause) {
    super(why, cause);
  }
}
