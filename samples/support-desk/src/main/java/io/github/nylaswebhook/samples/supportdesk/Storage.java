package io.github.nylaswebhook.samples.supportdesk;

import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.nylas.GrantLimiter;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.util.List;
import java.util.Optional;

/** What the desk works from and has made, wherever it is kept. */
interface Storage extends AutoCloseable {
  Inbox inbox();

  DedupStore dedupStore();

  ConversationStore conversations();

  /** Where tickets go. */
  TicketRouter router();

  /** The newest tickets, newest first. */
  List<TicketBook.Row> newest(int limit) throws StoreUnavailableException;

  /** Shared with other desks; empty if this one counts its calls alone. */
  default Optional<GrantLimiter> grantLimiter() {
    return Optional.empty();
  }

  /** Where everything is and what is there already, in one line for whoever starts the desk. */
  String found() throws StoreUnavailableException;

  /** Closes the inbox, if nobody has yet, and then what is behind it. Again has no effect. */
  @Override
  void close();

  /**
   * Opens it, and creates what is missing.
   *
   * @throws Settings.InvalidException if it can't be had, with what to do about it
   */
  static Storage open(Settings settings) throws Settings.InvalidException {
    Storage storage = open(settings.storage());
    return settings.redisUrl().isEmpty()
        ? storage
        : RedisStorage.over(storage, settings.redisUrl());
  }

  static Storage open(StorageSettings settings) throws Settings.InvalidException {
    if (settings instanceof StorageSettings.Server server) {
      return DatabaseStorage.server(server);
    }
    if (settings instanceof StorageSettings.Embedded embedded) {
      return DatabaseStorage.embedded(embedded.folder());
    }
    return new MemoryStorage();
  }
}
