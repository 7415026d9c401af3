package io.github.nylaswebhook.ticket;

import io.github.nylaswebhook.inbox.StoreUnavailableException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/**
 * Remembers conversations, so that a further mail of one finds its tickets. Whoever changes a
 * conversation holds a claim on it (of the {@code DedupStore}), so the last one who saves it wins.
 * What is saved is found by all who share the store as soon as {@code save} returns.
 * Implementations are safe for use by many threads and, if they are shared, by many nodes; {@code
 * ConversationStoreContract} in nylas-webhook-test is the test that each has to pass.
 */
public interface ConversationStore {
  /** Half a year: who answers later than that has a new question. */
  Duration RETENTION = Duration.ofDays(180);

  /**
   * All conversations that have any of these keys, each once, those that were saved last first.
   *
   * @param keys of any length and with any characters, compared to the letter; up to 100 of them
   * @throws StoreUnavailableException if the store is out of reach: then nothing may be assumed
   */
  List<Conversation> find(Collection<String> keys) throws StoreUnavailableException;

  /**
   * Stores a conversation in place of what was known under its id, durably as far as the store is.
   * It is found by its keys from then on, and no longer by those that it had and has no more.
   *
   * @param retention how long it is remembered from now, unless it is saved again
   */
  void save(Conversation conversation, Duration retention) throws StoreUnavailableException;
}
