package io.github.nylaswebhook.inbox;

import java.util.List;

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
   * The deliveries that have the same {@link Sequence#key()}, an earlier {@link Sequence#at()}, and
   * aren't finished, wherever they were accepted and whoever works on them: the earliest first, at
   * most {@value #MAX_PREDECESSORS}. None if this one has no sequence. As it is at this moment.
   *
   * @throws StoreUnavailableException if that can't be said now
   */
  List<Predecessor> predecessors() throws StoreUnavailableException;

  /** A longer queue than that is waited for all the same, as its front moves on. */
  int MAX_PREDECESSORS = 20;

  /**
   * Durable when it returns, as far as the inbox is.
   *
   * @throws StoreUnavailableException if it can't be stored now; {@link #progress()} gives it
   *     nevertheless, and it is stored along with what becomes of this try
   */
  void save(Progress progress) throws StoreUnavailableException;
}
