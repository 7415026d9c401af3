package io.github.nylaswebhook.inbox;

/**
 * Where verified deliveries are kept from the moment they are acknowledged until they are done.
 * Implementations are safe for use by many threads; {@code InboxContract} in nylas-webhook-test is
 * the test that each has to pass.
 */
public interface Inbox extends AutoCloseable {
  /**
   * Stores a delivery. When this returns, the delivery survives whatever this inbox promises to
   * survive, and will be processed; the id of a finished one is known for the retention.
   *
   * @throws InboxUnavailableException if it isn't known to be stored within 5 seconds; a network
   *     that ended in between may have stored it, so delivering it again has to do no harm
   */
  Receipt accept(Delivery delivery) throws InboxUnavailableException;

  /**
   * Starts to hand deliveries to the processor, those that are left from earlier first. At most
   * once.
   */
  void start(DeliveryProcessor processor);

  DeadLetters deadLetters();

  /**
   * How much there is to do. Cheap enough to be asked every few seconds.
   *
   * @throws StoreUnavailableException if the inbox's storage is out of reach
   */
  InboxStatistics statistics() throws StoreUnavailableException;

  /**
   * Accepts nothing more, lets the deliveries that are being processed finish for a bounded time,
   * and keeps the rest. Again has no effect.
   */
  @Override
  void close();
}
