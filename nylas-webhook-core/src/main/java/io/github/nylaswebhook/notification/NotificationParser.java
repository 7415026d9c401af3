package io.github.nylaswebhook.notification;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonReader;
import io.github.nylaswebhook.internal.Json;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import okio.BufferedSource;
import okio.ByteString;
import okio.Okio;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a delivery: the v3 envelope; the v2 {@code deltas} with {@code object_data};
 * and {@code deltas} with {@code data}, which Nylas' tutorial shows. Unknown types, members and
 * values never fail. Stateless.
 */
public final class NotificationParser {
  private NotificationParser() {}

  /**
   * What the door needs to know of a body.
   *
   * @param id the notification's id, empty if there is none
   * @param type the type as sent, with its suffixes, empty if there is none
   */
  public record Head(String id, String type) {}

  private static final JsonReader.Options HEAD_MEMBERS = JsonReader.Options.of("id", "type");
  private static final ByteString BYTE_ORDER_MARK = ByteString.decodeHex("efbbbf");
  private static final Head UNKNOWN = new Head("", "");

  /**
   * Reads no further than the id and the type, which Nylas puts before the data, so that the time
   * it takes to acknowledge doesn't grow with the mail. A body that can't be read has an empty
   * head: {@link #parse} says what is wrong with it, once it is stored.
   */
  public static Head head(InputStream body) {
    String id = "";
    String type = "";
    // Closing gives the buffers back to their pool.
    try (JsonReader reader = JsonReader.of(json(body))) {
      reader.beginObject();
      while (reader.hasNext() && (id.isEmpty() || type.isEmpty())) {
        int member = reader.selectName(HEAD_MEMBERS);
        if (member < 0) {
          reader.skipName();
          reader.skipValue();
        } else if (reader.peek() != JsonReader.Token.STRING) {
          reader.skipValue();
        } else if (member == 0) {
          id = reader.nextString();
        } else {
          type = reader.nextString();
        }
      }
      return new Head(id, type);
    } catch (IOException | JsonDataException e) {
      // Both, or none: half of a broken envelope is no identity.
      return UNKNOWN;
    }
  }

  /**
   * Reads all notifications of a body, in their order: one of v3, any number of v2.
   *
   * @throws MalformedNotificationException if it isn't a notification, with the reason
   */
  public static List<Notification> parse(InputStream body) throws MalformedNotificationException {
    Json envelope;
    try (BufferedSource json = json(body)) {
      envelope = Json.read(json);
    } catch (IOException e) {
      throw new MalformedNotificationException(
          "The body isn't a notification: " + e.getMessage(), e);
    }
    if (envelope.has("deltas")) {
      List<Json> deltas = envelope.objects("deltas");
      if (deltas.isEmpty()) {
        throw new MalformedNotificationException("The notification's deltas are empty", null);
      }
      List<Notification> notifications = new ArrayList<>(deltas.size());
      for (Json delta : deltas) {
        notifications.add(ofDelta(delta));
      }
      return notifications;
    }
    return List.of(ofEnvelope(envelope));
  }

  private static Notification ofEnvelope(Json envelope) throws MalformedNotificationException {
    String type = type(envelope);
    Json data = envelope.object("data");
    Json object = data.object("object");
    return new Notification(
        envelope.stringOr("id", ""),
        TriggerType.of(type),
        TriggerType.flagsOf(type),
        envelope.stringOr("source", ""),
        envelope.epochSeconds("time").orElse(Instant.EPOCH),
        (int) envelope.longOr("webhook_delivery_attempt", 0),
        data.stringOr("application_id", object.stringOr("application_id", "")),
        // message.created and its like carry the grant in the object only, trackers beside it too.
        first(object.string("grant_id"), data.string("grant_id")),
        members(object),
        members(data));
  }

  private static Notification ofDelta(Json delta) throws MalformedNotificationException {
    String type = type(delta);
    Json data = delta.has("object_data") ? delta.object("object_data") : delta.object("data");
    return new Notification(
        delta.stringOr("id", ""),
        TriggerType.of(type),
        TriggerType.flagsOf(type),
        delta.stringOr("source", ""),
        delta.epochSeconds("date").orElse(Instant.EPOCH),
        0,
        data.stringOr("application_id", ""),
        first(data.string("grant_id"), data.string("account_id")),
        members(data),
        members(delta));
  }

  private static String type(Json json) throws MalformedNotificationException {
    return json.string("type")
        .filter(type -> !type.isBlank())
        .orElseThrow(
            () -> new MalformedNotificationException("The notification has no type", null));
  }

  private static String first(Optional<String> one, Optional<String> other) {
    return one.or(() -> other).orElse("");
  }

  private static Map<String, @Nullable Object> members(Json json) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    json.asMap().forEach((name, value) -> members.put(String.valueOf(name), value));
    return members;
  }

  private static BufferedSource json(InputStream body) throws IOException {
    BufferedSource source = Okio.buffer(Okio.source(body));
    // RFC 8259 §8.1 lets a parser ignore a byte order mark.
    if (source.rangeEquals(0, BYTE_ORDER_MARK)) {
      source.skip(BYTE_ORDER_MARK.size());
    }
    return source;
  }
}
