package io.github.nylaswebhook.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.ticket.Conversation;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.github.nylaswebhook.ticket.InMemoryConversationStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InMemoryConversationStoreTest extends ConversationStoreContract {
  private static final Duration RETENTION = Duration.ofDays(1);

  private final ConversationStore store = new InMemoryConversationStore();

  @Override
  protected ConversationStore store() {
    return store;
  }

  @Test
  void ofTooManyThoseThatWereSavedLongestAgoAreForgotten() {
    SettableClock clock = new SettableClock(Instant.EPOCH);
    InMemoryConversationStore bounded = new InMemoryConversationStore(clock, 3);
    for (int i = 0; i < 3; i++) {
      bounded.save(conversation(i), RETENTION);
    }
    bounded.save(conversation(0), RETENTION);
    bounded.save(conversation(3), RETENTION);
    assertThat(bounded.find(List.of("all")))
        .extracting(Conversation::id)
        .containsExactly("3", "0", "2");
    assertThat(bounded.find(List.of("own 1"))).isEmpty();
  }

  @Test
  void whatHasEndedIsForgottenAtItsTime() {
    SettableClock clock = new SettableClock(Instant.EPOCH);
    InMemoryConversationStore store = new InMemoryConversationStore(clock, 3);
    store.save(conversation(0), RETENTION);
    clock.advance(RETENTION.minusMillis(1));
    assertThat(store.find(List.of("own 0"))).hasSize(1);
    clock.advance(Duration.ofMillis(1));
    assertThat(store.find(List.of("own 0"))).isEmpty();
  }

  private static Conversation conversation(int id) {
    return new Conversation("" + id, Set.of("all", "own " + id), Set.of(), Map.of(), Set.of());
  }
}
