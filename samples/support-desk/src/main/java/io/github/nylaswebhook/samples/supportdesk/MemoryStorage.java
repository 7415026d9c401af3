package io.github.nylaswebhook.samples.supportdesk;

import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.InMemoryDedupStore;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.github.nylaswebhook.ticket.InMemoryConversationStore;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.util.List;

/** Everything in this process. */
final class MemoryStorage implements Storage {
  // There is nothing else in this process: half of its memory may hold what waits.
  private final Inbox inbox =
      InMemoryInbox.builder().maxBytes(Runtime.getRuntime().maxMemory() / 2).build();

  private final DedupStore dedupStore = new InMemoryDedupStore();

  private final ConversationStore conversations = new InMemoryConversationStore();

  private final TicketBook book = new TicketBook();

  @Override
  public Inbox inbox() {
    return inbox;
  }

  @Override
  public DedupStore dedupStore() {
    return dedupStore;
  }

  @Override
  public ConversationStore conversations() {
    return conversations;
  }

  @Override
  public TicketRouter router() {
    return book;
  }

  @Override
  public List<TicketBook.Row> newest(int limit) {
    return book.newest(limit);
  }

  @Override
  public String found() {
    return "Storage: memory; what is acknowledged and not yet routed ends with this process";
  }

  @Override
  public void close() {
    inbox.close();
  }
}
