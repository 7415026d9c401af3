package io.github.nylaswebhook.inbox;

/** One try at processing a delivery. Used by the thread that processes it only. */
public interface Attempt {
  Delivery delivery();

  /** 1 for the first; tries that waited rather than failed aren't counted. */
  int number();

  /** How often it was rescheduled since the last try that counted: 0 for the first. */
  int waits();

  /** What earlier tries have achieved, and what this one has saved. */
  Progress progress();

  /**
   * Durable when it returns, as far as the inbox is.
   *
   * @throws StoreUnavailableException if it can't be stored now; {@link #progress()} gives it
   *     nevertheless, and it is stored along with what becomes of this try
   */
  void save(Progress progress) throws StoreUnavailableException;
}
