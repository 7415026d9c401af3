package io.github.nylaswebhook.test;

import io.github.nylaswebhook.notification.TriggerFlag;
import io.github.nylaswebhook.notification.TriggerType;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A notification before it is sent. Immutable: each method gives another. */
public final class NotificationFixture {
  private final Map<String, @Nullable Object> envelope;
  private final Map<String, @Nullable Object> data;
  private final boolean gzip;

  private NotificationFixture(
      Map<String, @Nullable Object> envelope, Map<String, @Nullable Object> data, boolean gzip) {
    this.envelope = envelope;
    this.data = data;
    this.gzip = gzip;
  }

  /** A notification of this trigger, with an id of its own, of now, about nothing yet. */
  public static NotificationFixture of(TriggerType type, TriggerFlag... flags) {
    StringBuilder name = new StringBuilder(type.value());
    for (TriggerFlag flag : flags) {
      name.append('.').append(flag.name().toLowerCase(Locale.ROOT));
    }
    return of(name.toString());
  }

  /** A notification of this type, with the suffixes that it has. */
  public static NotificationFixture of(String type) {
    Map<String, @Nullable Object> envelope = new LinkedHashMap<>();
    envelope.put("specversion", "1.0");
    envelope.put("type", type);
    envelope.put("source", "/google/emails/realtime");
    envelope.put("id", UUID.randomUUID().toString());
    envelope.put("time", Instant.now().getEpochSecond());
    envelope.put("webhook_delivery_attempt", 1);
    Map<String, @Nullable Object> data = new LinkedHashMap<>();
    data.put("application_id", "test-application");
    return new NotificationFixture(envelope, data, false);
  }

  /**
   * A new mail, told as Nylas tells it: a truncated notification has an empty body, a metadata one
   * has headers and neither body nor snippet.
   */
  public static NotificationFixture created(Mail mail, TriggerFlag... flags) {
    return about(mail, of(TriggerType.MESSAGE_CREATED, flags), flags);
  }

  public static NotificationFixture updated(Mail mail, TriggerFlag... flags) {
    return about(mail, of(TriggerType.MESSAGE_UPDATED, flags), flags);
  }

  private static NotificationFixture about(
      Mail mail, NotificationFixture notification, TriggerFlag... flags) {
    Map<String, @Nullable Object> object = mail.toJson();
    for (TriggerFlag flag : flags) {
      if (flag == TriggerFlag.TRUNCATED) {
        object.put("body", "");
      } else if (flag == TriggerFlag.METADATA) {
        object = mail.toJsonWithHeaders();
        object.remove("body");
        object.remove("snippet");
        object.remove("attachments");
      } else if (flag == TriggerFlag.CLEANED) {
        object.put("cleaning_status", "success");
      }
    }
    return notification.object(object);
  }

  public String id() {
    return String.valueOf(envelope.get("id"));
  }

  public NotificationFixture id(String id) {
    return with("id", id);
  }

  /** Which of Nylas' attempts it is; it stands in the body, so each attempt is signed anew. */
  public NotificationFixture attempt(int attempt) {
    return with("webhook_delivery_attempt", attempt);
  }

  public NotificationFixture time(Instant time) {
    return with("time", time.getEpochSecond());
  }

  public NotificationFixture source(String source) {
    return with("source", source);
  }

  /** Any member of the envelope. */
  public NotificationFixture with(String member, @Nullable Object value) {
    Map<String, @Nullable Object> changed = new LinkedHashMap<>(envelope);
    changed.put(member, value);
    return new NotificationFixture(changed, data, gzip);
  }

  /** Any member of the data; {@code grant_id} for triggers that carry it there. */
  public NotificationFixture data(String member, @Nullable Object value) {
    Map<String, @Nullable Object> changed = new LinkedHashMap<>(data);
    changed.put(member, value);
    return new NotificationFixture(envelope, changed, gzip);
  }

  public NotificationFixture object(@Nullable Map<String, @Nullable Object> object) {
    return data("object", object);
  }

  public NotificationFixture application(String id) {
    return data("application_id", id);
  }

  /** Sent compressed, as to a destination with {@code compressed_delivery}. */
  public NotificationFixture gzip() {
    return new NotificationFixture(envelope, data, true);
  }

  public boolean isGzip() {
    return gzip;
  }

  /** The envelope as JSON, not compressed. */
  public byte[] json() {
    Map<String, @Nullable Object> whole = new LinkedHashMap<>(envelope);
    whole.put("data", data);
    return Json.bytes(whole);
  }

  /** As it goes over the wire, signed with this secret. */
  public SignedDelivery sign(String secret) {
    return SignedDelivery.of(json(), gzip, secret);
  }
}
