package io.github.nylaswebhook.slack;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What this process remembers of the last so many mails. Safe for use by many threads. */
final class Bounded<V> {
  private final int most;
  private final Map<String, V> oldestFirst = new LinkedHashMap<>();

  Bounded(int most) {
    this.most = most;
  }

  synchronized Optional<V> get(String key) {
    return Optional.ofNullable(oldestFirst.get(key));
  }

  synchronized void put(String key, V value) {
    oldestFirst.remove(key);
    oldestFirst.put(key, value);
    if (oldestFirst.size() > most) {
      Iterator<?> entries = oldestFirst.entrySet().iterator();
      entries.next();
      entries.remove();
    }
  }

  synchronized Optional<V> remove(String key) {
    return Optional.ofNullable(oldestFirst.remove(key));
  }
}
