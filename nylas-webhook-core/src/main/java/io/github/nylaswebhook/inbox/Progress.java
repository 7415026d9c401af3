package io.github.nylaswebhook.inbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.internal.Json;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a delivery has achieved so far, so that a retry does only the rest. Immutable; small: a few
 * short entries for each notification in it.
 *
 * @param entries what was noted, by name
 */
public record Progress(Map<String, String> entries) {
  public static final Progress NONE = new Progress(Map.of());

  public Progress {
    entries = Map.copyOf(entries);
  }

  public Optional<String> get(String name) {
    return Optional.ofNullable(entries.get(name));
  }

  public boolean has(String name) {
    return entries.containsKey(name);
  }

  /** This and one entry more, or another value for it. */
  public Progress with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(entries);
    more.put(name, value);
    return new Progress(more);
  }

  /** One JSON object of strings, for stores. */
  public String toJson() {
    return Json.write(entries);
  }

  /**
   * The reverse of {@link #toJson()}.
   *
   * @throws IllegalArgumentException if it isn't a JSON object
   */
  public static Progress fromJson(String json) {
    try {
      Map<String, String> entries = new LinkedHashMap<>();
      Json.read(json.getBytes(UTF_8))
          .asMap()
          .forEach(
              (name, value) ->
                  Json.scalar(value).ifPresent(v -> entries.put(String.valueOf(name), v)));
      return new Progress(entries);
    } catch (IOException e) {
      throw new IllegalArgumentException("Not the progress of a delivery: " + e.getMessage(), e);
    }
  }
}
