package io.github.nylaswebhook.notification;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One thing that Nylas tells: a v3 envelope, or one delta of the v2 shape. Strings that the
 * envelope doesn't carry are empty.
 *
 * @param id the notification's id, the same on all delivery attempts; empty for v2
 * @param type the base trigger
 * @param flags what the type's suffixes say
 * @param source {@code /provider/product/sync_type}, for example {@code /google/emails/realtime}
 * @param time when Nylas made it, to the second; the epoch if it doesn't say
 * @param deliveryAttempt 1 to 3; 0 if it doesn't say
 * @param applicationId the Nylas application
 * @param grantId the connected account, wherever the trigger carries it; v2's account id
 * @param object the resource as JSON values (strings, doubles, booleans, lists, maps, nulls); empty
 *     if null, as it may be for {@code message.send_failed}
 * @param data what is around the object, in the same form: {@code reason} and {@code error} of
 *     {@code message.send_failed} for example
 */
public record Notification(
    String id,
    TriggerType type,
    Set<TriggerFlag> flags,
    String source,
    Instant time,
    int deliveryAttempt,
    String applicationId,
    String grantId,
    Map<String, @Nullable Object> object,
    Map<String, @Nullable Object> data) {

  public Notification {
    flags = Set.copyOf(flags);
    object = Collections.unmodifiableMap(object);
    data = Collections.unmodifiableMap(data);
  }

  public boolean has(TriggerFlag flag) {
    return flags.contains(flag);
  }

  /** The resource's own id; empty for triggers whose object has none. */
  public String objectId() {
    return object.get("id") instanceof String id ? id : "";
  }

  /**
   * The first part of the source: {@code google}, {@code microsoft}, {@code imap} and the like for
   * what a mail provider says, {@code nylas} or {@code com} for what Nylas itself does; empty if
   * there is no source.
   */
  public String provider() {
    int start = source.startsWith("/") ? 1 : 0;
    int end = source.indexOf('/', start);
    return end < 0 ? "" : source.substring(start, end);
  }

  /** Ids only: what is safe to log. */
  @Override
  public String toString() {
    return "Notification[" + id + " " + type + flags + " grant=" + grantId + "]";
  }
}
