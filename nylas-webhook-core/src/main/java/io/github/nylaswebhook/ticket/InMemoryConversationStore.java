package io.github.nylaswebhook.ticket;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Conversations in the memory of this process, which end with it. Bounded: of more than the
 * maximum, those that were saved longest ago are forgotten. Safe for use by many threads.
 */
public final class InMemoryConversationStore implements ConversationStore {
  /** Some 100 MB. */
  public static final int MAX_CONVERSATIONS = 50_000;

  private final InstantSource clock;
  private final int max;
  private final ReentrantLock lock = new ReentrantLock();

  /** Those that were saved last are last. */
  private final Map<String, Kept> conversations = new LinkedHashMap<>();

  private final Map<String, Set<String>> idsByKey = new HashMap<>();
  private long saves;

  /** A conversation until {@code ends}; a higher number was saved later. */
  private record Kept(Conversation conversation, Instant ends, long number) {}

  public InMemoryConversationStore() {
    this(InstantSource.system(), MAX_CONVERSATIONS);
  }

  public InMemoryConversationStore(InstantSource clock, int maxConversations) {
    this.clock = clock;
    this.max = maxConversations;
  }

  @Override
  public List<Conversation> find(Collection<String> keys) {
    Instant now = clock.instant();
    lock.lock();
    try {
      Set<String> ids = new LinkedHashSet<>();
      keys.forEach(key -> ids.addAll(idsByKey.getOrDefault(key, Set.of())));
      List<Kept> found = new ArrayList<>();
      for (String id : ids) {
        Kept kept = conversations.get(id);
        if (kept != null && kept.ends.isAfter(now)) {
          found.add(kept);
        }
      }
      found.sort(Collections.reverseOrder(Comparator.comparingLong(Kept::number)));
      return found.stream().map(Kept::conversation).toList();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void save(Conversation conversation, Duration retention) {
    Instant ends = clock.instant().plus(retention);
    lock.lock();
    try {
      forget(conversation.id());
      conversations.put(conversation.id(), new Kept(conversation, ends, ++saves));
      for (String key : conversation.keys()) {
        idsByKey.computeIfAbsent(key, k -> new LinkedHashSet<>()).add(conversation.id());
      }
      while (conversations.size() > max) {
        forget(conversations.keySet().iterator().next());
      }
    } finally {
      lock.unlock();
    }
  }

  private void forget(String id) {
    Kept old = conversations.remove(id);
    if (old == null) {
      return;
    }
    for (String key : old.conversation.keys()) {
      idsByKey.computeIfPresent(
          key,
          (k, ids) -> {
            ids.remove(id);
            return ids.isEmpty() ? null : ids;
          });
    }
  }
}
