package io.github.nylaswebhook.jdbc;

import io.github.nylaswebhook.internal.Threads;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Repeats chores, ours and db-scheduler's, except while they would only fail. */
final class Timers extends ScheduledThreadPoolExecutor {
  /** db-scheduler's heartbeats mustn't wait for its search for the dead, nor either for ours. */
  private static final int THREADS = 3;

  private static final Logger log = LoggerFactory.getLogger(JdbcInbox.class);

  private final Outage outage;

  interface Chore {
    void run() throws SQLException;
  }

  Timers(Outage outage) {
    super(THREADS, Threads.daemons("nylas-webhook-timer"));
    this.outage = outage;
    setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable chore, long initialDelay, long delay, TimeUnit unit) {
    Runnable guarded =
        () -> {
          if (outage.allowsTrying()) {
            chore.run();
          }
        };
    return super.scheduleWithFixedDelay(guarded, initialDelay, delay, unit);
  }

  /** Again and again, the first time after one interval. */
  @SuppressWarnings("FutureReturnValueIgnored") // it logs what it throws
  void every(Duration interval, Chore chore) {
    scheduleWithFixedDelay(
        () -> {
          try {
            chore.run();
          } catch (SQLException e) {
            outage.failed(e);
          } catch (RuntimeException e) {
            log.error("A chore of the inbox failed", e);
          }
        },
        interval.toMillis(),
        interval.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  /** Once, unless it is closed by then. */
  @SuppressWarnings("FutureReturnValueIgnored") // it throws nothing
  void after(Duration delay, Runnable task) {
    try {
      schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("Closed meanwhile", e);
    }
  }
}
