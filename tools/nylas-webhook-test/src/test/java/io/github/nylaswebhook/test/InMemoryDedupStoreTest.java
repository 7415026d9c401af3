package io.github.nylaswebhook.test;

import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.InMemoryDedupStore;

class InMemoryDedupStoreTest extends DedupStoreContract {
  private final DedupStore store = new InMemoryDedupStore();

  @Override
  protected DedupStore store() {
    return store;
  }
}
