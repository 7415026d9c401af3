package io.github.nylaswebhook.pipeline;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.nylaswebhook.notification.Notification;
import java.time.Instant;

/**
 * Since when each grant is known: what is older was in the mailbox before, and is nobody's ticket.
 */
final class GrantHistory {
  private static final int MAX_GRANTS = 100_000;

  private final Cache<String, Instant> firstSeen =
      Caffeine.newBuilder().maximumSize(MAX_GRANTS).build();

  /** Notes a sign of life, and says when the first one was. Signs come in any order. */
  Instant seen(Notification notification, Instant receivedAt) {
    Instant time = notification.time();
    Instant sign = time.isAfter(Instant.EPOCH) && time.isBefore(receivedAt) ? time : receivedAt;
    Instant known = firstSeen.getIfPresent(notification.grantId());
    if (known != null && !sign.isBefore(known)) {
      return known;
    }
    return firstSeen
        .asMap()
        .merge(notification.grantId(), sign, (old, now) -> now.isBefore(old) ? now : old);
  }
}
