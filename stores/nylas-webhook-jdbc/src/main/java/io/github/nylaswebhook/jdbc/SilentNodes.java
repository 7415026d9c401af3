package io.github.nylaswebhook.jdbc;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Whether the silence of other nodes says that they are dead. After an outage of the database all
 * were silent, and the living ones have the time to say so before anybody takes over what they work
 * on. Safe for use by many threads.
 */
final class SilentNodes {
  /** A node that was silent for so many intervals is taken for dead. */
  static final int MISSED_HEARTBEATS = 4;

  /** db-scheduler searches every two intervals; a third one later, something kept it from that. */
  private static final int LATE_AFTER = 3;

  /**
   * So many searches in a row have to come in time, before one is believed: the third after an
   * outage begins four intervals after the first, when the living have looked whether it is over
   * (two, at most) and beaten (one).
   */
  private static final int TIMELY_BEFORE = 2;

  private final long lateNanos;
  private final LongSupplier nanoTime;
  private long lastSearch;

  /** Who has just started knows of no outage. */
  private int timely = TIMELY_BEFORE;

  SilentNodes(Duration heartbeatInterval, LongSupplier nanoTime) {
    lateNanos = heartbeatInterval.multipliedBy(LATE_AFTER).toNanos();
    this.nanoTime = nanoTime;
    lastSearch = nanoTime.getAsLong();
  }

  /** How long a node may wait, at most, before it looks whether an outage is over. */
  static Duration mostPause(Duration heartbeatInterval) {
    return heartbeatInterval.multipliedBy(2);
  }

  /** Searches begin now. */
  synchronized void begin() {
    lastSearch = nanoTime.getAsLong();
  }

  synchronized void outageBegan() {
    timely = 0;
  }

  /** A search for the dead has ended. */
  synchronized void searched() {
    timely = isLate() ? 0 : Math.min(timely + 1, TIMELY_BEFORE);
    lastSearch = nanoTime.getAsLong();
  }

  /** Whether those that this search finds may be living ones. */
  synchronized boolean mayLive() {
    return timely < TIMELY_BEFORE || isLate();
  }

  private boolean isLate() {
    return nanoTime.getAsLong() - lastSearch > lateNanos;
  }
}
