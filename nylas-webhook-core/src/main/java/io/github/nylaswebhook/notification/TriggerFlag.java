package io.github.nylaswebhook.notification;

import java.util.Locale;
import java.util.Optional;

/**
 * What the suffixes of a notification's type say about its content. They come in any order and
 * combination, and aren't subscribed to: Nylas adds them.
 *
 * @see <a href="https://developer.nylas.com/docs/v3/notifications/">Nylas: notifications</a>
 */
public enum TriggerFlag {
  /** The payload passed 1 MB, so the body was left out (absent, null or empty). */
  TRUNCATED,
  /** Fields were selected in the dashboard: any but the ids may be missing. */
  TRANSFORMED,
  /** The body is Markdown that Nylas made, if {@code cleaning_status} says success. */
  CLEANED,
  /** Google's metadata scope: headers, but no body, and none can be fetched. */
  METADATA,
  /** A v2 shape inside a v3 envelope. */
  LEGACY;

  private final String suffix = name().toLowerCase(Locale.ROOT);

  static Optional<TriggerFlag> ofSuffix(String segment) {
    for (TriggerFlag flag : values()) {
      if (flag.suffix.equals(segment)) {
        return Optional.of(flag);
      }
    }
    return Optional.empty();
  }
}
