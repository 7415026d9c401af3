package io.github.nylaswebhook.internal;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** The header by which servers say when to come back. */
public final class RetryAfter {
  private RetryAfter() {}

  /**
   * RFC 9110 §10.2.3: seconds, or a date. Something else, or nothing, is null.
   *
   * @param longest a server that asks for more asks for this
   */
  public static @Nullable Instant parse(@Nullable String value, Instant now, Duration longest) {
    if (value == null) {
      return null;
    }
    Instant latest = now.plus(longest);
    try {
      String given = value.strip();
      Instant then =
          !given.isEmpty() && given.chars().allMatch(c -> c >= '0' && c <= '9')
              ? now.plusSeconds(given.length() > 9 ? 999_999_999 : Long.parseLong(given))
              : ZonedDateTime.parse(given, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return then.isAfter(latest) ? latest : then.isBefore(now) ? now : then;
    } catch (DateTimeException e) {
      return null;
    }
  }
}
