package io.github.nylaswebhook.jdbc;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * An executor whose tasks' failures are told to somebody: db-scheduler picks on its workers where
 * it can't pick several at once, and lets what the database throws go to the threads' uncaught
 * exceptions, a stack trace for each row.
 */
final class Guarded extends AbstractExecutorService {
  private final ExecutorService executor;
  private final Consumer<Exception> failed;

  Guarded(ExecutorService executor, Consumer<Exception> failed) {
    this.executor = executor;
    this.failed = failed;
  }

  @Override
  public void execute(Runnable task) {
    executor.execute(
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            failed.accept(e);
          }
        });
  }

  @Override
  public void shutdown() {
    executor.shutdown();
  }

  @Override
  public List<Runnable> shutdownNow() {
    return executor.shutdownNow();
  }

  @Override
  public boolean isShutdown() {
    return executor.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return executor.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return executor.awaitTermination(timeout, unit);
  }
}
