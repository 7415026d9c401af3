package io.github.nylaswebhook.notification;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonReader;
import io.github.nylaswebhook.internal.Json;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
   * What the door needs to know of a body. What isn't there is empty, or the epoch.
   *
   * @param id the notification's id
   * @param type the type as sent, with its suffixes
   * @param grantId of a new or changed message
   * @param threadId of a new or changed message
   * @param date of a new or changed message
   */
  public record Head(String id, String type, String grantId, String threadId, Instant date) {
    /** Of a body that can't be read. */
    public static final Head UNKNOWN = new Head("", "");

    /** Of something else than a message. */
    public Head(String id, String type) {
      this(id, type, "", "", Instant.EPOCH);
    }
  }

  private static final JsonReader.Options HEAD_MEMBERS =
      JsonReader.Options.of("id", "type", "data");
  private static final JsonReader.Options DATA_MEMBERS = JsonReader.Options.of("object");
  private static final JsonReader.Options MESSAGE_MEMBERS =
      JsonReader.Options.of("grant_id", "thread_id", "date");
  private static final Set<TriggerType> MESSAGES =
      Set.of(TriggerType.MESSAGE_CREATED, TriggerType.MESSAGE_UPDATED);
  private static final ByteString BYTE_ORDER_MARK = ByteString.decodeHex("efbbbf");

  /**
   * Reads no further than the id and the type, which Nylas puts before the data, so that the time
   * it takes to acknowledge hardly grows with the mail; of messages, it looks for the thread and
   * the date, too, and passes over the rest. A body that can't be read has an empty head: {@link
   * #parse} says what is wrong with it, once it is stored.
   */
  public static Head head(InputStream body) {
    String id = "";
    String type = "";
    // Closing gives the buffers back to their pool.
    try (JsonReader reader = JsonReader.of(json(body))) {
      reader.beginObject();
      while (reader.hasNext()) {
        int member = reader.selectName(HEAD_MEMBERS);
        if (member < 0) {
          reader.skipName();
          reader.skipValue();
        } else if (member == 2) {
          if (!id.isEmpty() && MESSAGES.contains(TriggerType.of(type))) {
            return message(reader, id, type);
          }
          reader.skipValue();
        } else if (reader.peek() != JsonReader.Token.STRING) {
          reader.skipValue();
        } else if (member == 0) {
          id = reader.nextString();
        } else {
          type = reader.nextString();
        }
        if (!id.isEmpty() && !type.isEmpty() && !MESSAGES.contains(TriggerType.of(type))) {
          break;
        }
      }
      return new Head(id, type);
    } catch (IOException | JsonDataException e) {
      // Both, or none: half of a broken envelope is no identity.
      return Head.UNKNOWN;
    }
  }

  /** What comes after the head proper takes nothing from it, however broken it is. */
  private static Head message(JsonReader reader, String id, String type) {
    String grant = "";
    String thread = "";
    Instant date = Instant.EPOCH;
    try {
      if (!enter(reader, DATA_MEMBERS)) {
        return new Head(id, type);
      }
      reader.beginObject();
      while (reader.hasNext()
          && (grant.isEmpty() || thread.isEmpty() || date.equals(Instant.EPOCH))) {
        int member = reader.selectName(MESSAGE_MEMBERS);
        if (member < 0) {
          reader.skipName();
          reader.skipValue();
        } else if (member == 2 && reader.peek() == JsonReader.Token.NUMBER) {
          date = Instant.ofEpochSecond((long) reader.nextDouble());
        } else if (member < 2 && reader.peek() == JsonReader.Token.STRING) {
          String value = reader.nextString();
          grant = member == 0 ? value : grant;
          thread = member == 1 ? value : thread;
        } else {
          reader.skipValue();
        }
      }
      return new Head(id, type, grant, thread, date);
    } catch (IOException | JsonDataException | DateTimeException e) {
      return new Head(id, type);
    }
  }

  /** Goes on to the value of a member; false if there is none. */
  private static boolean enter(JsonReader reader, JsonReader.Options member) throws IOException {
    reader.beginObject();
    while (reader.hasNext()) {
      if (reader.selectName(member) == 0) {
        return reader.peek() == JsonReader.Token.BEGIN_OBJECT;
      }
      reader.skipName();
      reader.skipValue();
    }
    return false;
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
