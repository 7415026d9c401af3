package io.github.nylaswebhook.inbox;

import java.util.List;
import java.util.Optional;

/**
 * The deliveries that were given up. Nothing leaves here by itself. Safe for use by many threads.
 * Every method throws {@link StoreUnavailableException} if the inbox's storage is out of reach.
 */
public interface DeadLetters {
  /**
   * A page, oldest first.
   *
   * @param cursor where the last page ended, or empty for the first
   * @param limit at most so many, 1 or more
   * @throws IllegalArgumentException if the limit is less, or the cursor none of this inbox's
   */
  Page list(String cursor, int limit) throws StoreUnavailableException;

  Optional<DeadLetter> get(String deliveryId) throws StoreUnavailableException;

  /** Has it processed again, with a fresh count of attempts; false if there is none of this id. */
  boolean replay(String deliveryId) throws StoreUnavailableException;

  /** Drops it for good; its id stays known. False if there is none of this id. */
  boolean discard(String deliveryId) throws StoreUnavailableException;

  /**
   * Some dead letters.
   *
   * @param next the cursor for the next page; empty after the last
   */
  record Page(List<DeadLetter> letters, String next) {
    public Page {
      letters = List.copyOf(letters);
    }
  }
}
