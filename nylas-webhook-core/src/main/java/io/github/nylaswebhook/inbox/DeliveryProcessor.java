package io.github.nylaswebhook.inbox;

/**
 * What an {@link Inbox} does with its deliveries. Called from many threads, for one delivery by one
 * thread at a time. What it throws is a counted retry, except that one goes by uncounted whose
 * store is out of reach.
 */
@FunctionalInterface
public interface DeliveryProcessor {
  Outcome process(Attempt attempt) throws StoreUnavailableException;

  /**
   * Told once the inbox has stored what became of a try: the outcome, or a {@link Outcome.Dead} if
   * that passed the bounds of the inbox's {@link RetryPolicy}. What it throws is logged.
   */
  default void settled(Delivery delivery, Outcome outcome) {}
}
