package io.github.nylaswebhook;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** A request's headers, asked for by name. */
@FunctionalInterface
public interface WebhookHeaders {
  /** All values of a header, in their order; none if it isn't there. The name has no case. */
  List<String> values(String name);

  /** Headers from a map, whose names may be of any case. */
  static WebhookHeaders of(Map<String, ? extends Collection<String>> headers) {
    return name -> {
      List<String> values = new ArrayList<>();
      headers.forEach(
          (key, given) -> {
            if (name.equalsIgnoreCase(key)) {
              values.addAll(given);
            }
          });
      return values;
    };
  }
}
