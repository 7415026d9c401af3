package io.github.nylaswebhook.notification;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A body that isn't a notification. The message says why, and holds none of the content. */
public final class MalformedNotificationException extends IOException {
  private static final long serialVersionUID = 1L;

  public MalformedNotificationException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
