package io.github.nylaswebhook.internal;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonEncodingException;
import com.squareup.moshi.JsonReader;
import com.squareup.moshi.JsonWriter;
import java.io.EOFException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import okio.Buffer;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object read leniently: a member that is missing, null or of another type than asked for is
 * absent, never an error, because providers and Nylas' own versions differ in all of these.
 */
public final class Json {
  private static final Json EMPTY = new Json(Map.of());

  private final Map<?, ?> members;

  private Json(Map<?, ?> members) {
    this.members = members;
  }

  /**
   * Reads one JSON document whose top is an object.
   *
   * @throws IOException if it is anything else; the message says what, without any of the content
   */
  public static Json read(BufferedSource source) throws IOException {
    JsonReader reader = JsonReader.of(source);
    try {
      if (reader.peek() != JsonReader.Token.BEGIN_OBJECT) {
        throw new IOException("not a JSON object");
      }
      Object value = reader.readJsonValue();
      if (reader.peek() != JsonReader.Token.END_DOCUMENT) {
        throw new IOException("more than one JSON document");
      }
      return of(value);
    } catch (JsonDataException e) {
      throw new IOException("JSON that can't be read (nested too deeply, or a member twice)", e);
    } catch (JsonEncodingException e) {
      // Its own words name the members on the way to the place, and those are the sender's.
      throw new IOException("JSON that is malformed", e);
    } catch (EOFException e) {
      throw new IOException("JSON that ends too early", e);
    }
  }

  public static Json read(byte[] bytes) throws IOException {
    return read(new Buffer().write(bytes));
  }

  /** The object that a value is, or an empty one. */
  public static Json of(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? new Json(map) : EMPTY;
  }

  /** Strings, numbers, and maps and lists of them. */
  public static String write(Object value) {
    Buffer buffer = new Buffer();
    try (JsonWriter writer = JsonWriter.of(buffer)) {
      writer.jsonValue(value);
    } catch (IOException e) {
      throw new IllegalStateException("a Buffer doesn't fail", e);
    }
    return buffer.readUtf8();
  }

  /**
   * The strings of a JSON array; what is none is passed over.
   *
   * @throws IOException if it is anything else
   */
  public static List<String> strings(String array) throws IOException {
    return read(("{\"strings\":" + array + "}").getBytes(StandardCharsets.UTF_8))
        .list("strings")
        .stream()
        .filter(String.class::isInstance)
        .map(String.class::cast)
        .toList();
  }

  public boolean isEmpty() {
    return members.isEmpty();
  }

  public boolean has(String name) {
    return members.get(name) != null;
  }

  public Json object(String name) {
    return of(members.get(name));
  }

  public List<?> list(String name) {
    return members.get(name) instanceof List<?> list ? list : List.of();
  }

  /** The objects in a list; what isn't one is passed over. */
  public List<Json> objects(String name) {
    return list(name).stream().filter(Map.class::isInstance).map(Json::of).toList();
  }

  /** A string, or a number or boolean as JSON writes it. */
  public Optional<String> string(String name) {
    return scalar(members.get(name));
  }

  public String stringOr(String name, String other) {
    return string(name).orElse(other);
  }

  public static Optional<String> scalar(@Nullable Object value) {
    if (value instanceof String string) {
      return Optional.of(string);
    }
    if (value instanceof Double number && Double.isFinite(number)) {
      return Optional.of(new BigDecimal(number).stripTrailingZeros().toPlainString());
    }
    if (value instanceof Number number) {
      return Optional.of(number.toString());
    }
    return value instanceof Boolean bool ? Optional.of(bool.toString()) : Optional.empty();
  }

  public boolean bool(String name) {
    return Boolean.TRUE.equals(members.get(name));
  }

  public long longOr(String name, long other) {
    return members.get(name) instanceof Number number ? number.longValue() : other;
  }

  /** Unix seconds, as a number or a string of digits. */
  public Optional<Instant> epochSeconds(String name) {
    try {
      if (members.get(name) instanceof Number number) {
        return Optional.of(Instant.ofEpochSecond(number.longValue()));
      }
      if (members.get(name) instanceof String digits && !digits.isEmpty()) {
        return Optional.of(Instant.ofEpochSecond(Long.parseLong(digits)));
      }
    } catch (DateTimeException | NumberFormatException e) {
      // Not a time that exists: as good as none.
    }
    return Optional.empty();
  }

  /** The members as they were read: strings, doubles, booleans, lists, maps, nulls. */
  public Map<?, ?> asMap() {
    return members;
  }
}
