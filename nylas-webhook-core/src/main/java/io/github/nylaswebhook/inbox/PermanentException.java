package io.github.nylaswebhook.inbox;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by any SPI where trying again can't help: the delivery becomes a dead letter at once. The
 * first line of the message is logged, so it holds nothing of the mail.
 */
public class PermanentException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public PermanentException(String why) {
    this(why, null);
  }

  public PermanentException(String why, @Nullable Throwable cause) {
    super(why, cause);
  }
}
