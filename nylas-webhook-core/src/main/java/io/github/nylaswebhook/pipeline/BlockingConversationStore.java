package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.internal.Threads;
import io.github.nylaswebhook.ticket.Conversation;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.github.nylaswebhook.ticket.InMemoryConversationStore;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/** Tells the workers that asking a store takes a round trip, so that others work meanwhile. */
record BlockingConversationStore(ConversationStore store) implements ConversationStore {
  static ConversationStore of(ConversationStore store) {
    return store instanceof InMemoryConversationStore
        ? store
        : new BlockingConversationStore(store);
  }

  @Override
  public List<Conversation> find(Collection<String> keys) throws StoreUnavailableException {
    return Threads.<List<Conversation>, StoreUnavailableException>blocking(() -> store.find(keys));
  }

  @Override
  public void save(Conversation conversation, Duration retention) throws StoreUnavailableException {
    Threads.<Boolean, StoreUnavailableException>blocking(
        () -> {
          store.save(conversation, retention);
          return true;
        });
  }
}
