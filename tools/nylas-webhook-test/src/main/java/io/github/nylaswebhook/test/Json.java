package io.github.nylaswebhook.test;

import com.squareup.moshi.JsonReader;
import com.squareup.moshi.JsonWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/** JSON values to bytes and back. */
final class Json {
  private Json() {}

  static byte[] bytes(Map<String, ? extends @Nullable Object> value) {
    Buffer buffer = new Buffer();
    try (JsonWriter writer = JsonWriter.of(buffer)) {
      writer.setSerializeNulls(true);
      writer.jsonValue(value);
    } catch (IOException e) {
      throw new UncheckedIOException("a Buffer doesn't fail", e);
    }
    return buffer.readByteArray();
  }

  static @Nullable Object parse(byte[] bytes) throws IOException {
    return JsonReader.of(new Buffer().write(bytes)).readJsonValue();
  }
}
