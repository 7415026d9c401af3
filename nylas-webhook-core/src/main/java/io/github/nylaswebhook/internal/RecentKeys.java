package io.github.nylaswebhook.internal;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keys, for a time each and so many at most; the oldest go first. A cache would forget by use, and
 * here nothing is used until it matters. Safe for use by many threads.
 */
public final class RecentKeys {
  private final InstantSource clock;
  private final int most;
  private final ConcurrentMap<String, Instant> ends = new ConcurrentHashMap<>();
  private final Queue<Entry> oldestFirst = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();

  private record Entry(String key, Instant ends) {}

  public RecentKeys(InstantSource clock, int most) {
    this.clock = clock;
    this.most = most;
  }

  public void add(String key, Duration retention) {
    Instant now = clock.instant();
    Entry entry = new Entry(key, now.plus(retention));
    ends.put(key, entry.ends);
    oldestFirst.add(entry);
    count.incrementAndGet();
    for (Entry oldest;
        (oldest = oldestFirst.peek()) != null
            && (count.get() > most || oldest.ends.isBefore(now)); ) {
      if (oldestFirst.remove(oldest)) {
        count.decrementAndGet();
        // Unless it was added again, for longer.
        ends.remove(oldest.key, oldest.ends);
      }
    }
  }

  public boolean contains(String key) {
    Instant end = ends.get(key);
    return end != null && end.isAfter(clock.instant());
  }
}
