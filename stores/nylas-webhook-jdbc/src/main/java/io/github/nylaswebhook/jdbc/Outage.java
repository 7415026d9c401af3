package io.github.nylaswebhook.jdbc;

import io.github.nylaswebhook.inbox.RetryPolicy;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says once that the database fails, and once that it works again. Meanwhile nobody polls it but
 * this, with growing pauses; what comes in is tried, because Nylas waits for the answer. Safe for
 * use by many threads.
 */
final class Outage {
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(JdbcInbox.class);

  private final InstantSource clock;
  private final Timers.Chore probe;
  private final RetryPolicy pauses;
  private @Nullable Timers timers;
  private Runnable pause = () -> {};
  private Runnable resume = () -> {};
  private volatile boolean over = true;
  private volatile boolean looking;
  private boolean refusing;
  private boolean ended;
  private int failures;
  private Instant since = Instant.MIN;

  /**
   * None yet.
   *
   * @param probe fails if the database can't be written, as far as that shows without writing
   * @param mostPause between two looks whether it is over, at most
   */
  Outage(InstantSource clock, Timers.Chore probe, Duration mostPause) {
    this.clock = clock;
    this.probe = probe;
    Duration first = mostPause.compareTo(FIRST_PAUSE) < 0 ? mostPause : FIRST_PAUSE;
    this.pauses = new RetryPolicy(first, mostPause, 1, Duration.ZERO);
  }

  synchronized void lookBy(Timers given) {
    timers = given;
  }

  /** What is paused while it lasts. */
  synchronized void pauses(Runnable toPause, Runnable toResume) {
    pause = toPause;
    resume = toResume;
    if (looking) {
      pause.run();
    }
  }

  /** Whether it is worth trying anything: during an outage now and then. */
  boolean allowsTrying() {
    return !looking;
  }

  /** A delivery couldn't be stored. */
  synchronized void refused(Exception e) {
    refusing = true;
    failed(e);
  }

  /** A delivery was stored. */
  void accepted() {
    if (over) {
      return;
    }
    synchronized (this) {
      refusing = false;
    }
    worked();
  }

  /** Something failed; if nothing had, an outage begins. */
  synchronized void failed(Exception e) {
    if (ended) {
      return;
    }
    if (over) {
      over = false;
      since = clock.instant();
      log.warn(
          "The inbox's database fails: deliveries are refused with 503, and nothing new is"
              + " processed, until it works again. {}",
          firstLine(e));
      log.debug("It failed so", e);
    }
    if (!looking) {
      looking = true;
      pause.run();
      lookLater();
    }
  }

  /** Databases quote rows in the others. */
  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private synchronized void lookLater() {
    failures++;
    if (timers != null) {
      timers.after(pauses.backoff(failures), this::look);
    }
  }

  private void look() {
    try {
      probe.run();
    } catch (SQLException | RuntimeException e) {
      lookLater();
      return;
    }
    Runnable again;
    synchronized (this) {
      looking = false;
      again = resume;
    }
    // Whether it also has space is seen when it is used: then it has worked.
    again.run();
  }

  /**
   * Something was written, so the outage is over, unless deliveries were refused: a database that
   * is full may have room for changes and none for them.
   */
  void worked() {
    if (over) {
      return;
    }
    synchronized (this) {
      if (over || looking || refusing) {
        return;
      }
      over = true;
      failures = 0;
      log.info(
          "The inbox's database works again, after {} s",
          Duration.between(since, clock.instant()).toSeconds());
    }
  }

  /** Nobody wants to know any more. */
  synchronized void end() {
    ended = true;
  }
}
