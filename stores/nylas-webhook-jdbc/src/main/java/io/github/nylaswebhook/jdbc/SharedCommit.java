package io.github.nylaswebhook.jdbc;

import io.github.nylaswebhook.internal.Threads;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Changes rows for workers, who may wait: whoever comes first changes the rows of all who came
 * meanwhile along with the own. Safe for use by many threads.
 */
final class SharedCommit<T extends BatchWriter.Row> {
  /** A database that is silent for so long is out of reach. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final BatchWriter<T> writer;
  private final Queue<BatchWriter.Waiting<T>> queue = new ConcurrentLinkedQueue<>();
  private final ReentrantLock writing = new ReentrantLock();

  SharedCommit(Database database, BatchWriter.Change<T> change) {
    writer = new BatchWriter<>(database, change, TIMEOUT);
  }

  /** One that does the same to each row. */
  static <T extends StatementChange.Row> SharedCommit<T> of(Database database, Write write) {
    return new SharedCommit<>(database, new StatementChange<>(write));
  }

  /** Changes a row; false if it isn't as it has to be. */
  boolean write(T row) throws SQLException {
    BatchWriter.Waiting<T> mine = new BatchWriter.Waiting<>(row);
    queue.add(mine);
    return Threads.<Boolean, SQLException>blocking(() -> await(mine));
  }

  /** How many nobody has begun to change. */
  int waiting() {
    return queue.size();
  }

  private boolean await(BatchWriter.Waiting<T> mine) throws SQLException {
    while (!mine.changed().isDone()) {
      writing.lock();
      try {
        if (!mine.changed().isDone()) {
          writer.write(take());
        }
      } finally {
        writing.unlock();
      }
    }
    try {
      return mine.changed().join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof SQLException failure) {
        throw failure;
      }
      throw e;
    }
  }

  private List<BatchWriter.Waiting<T>> take() {
    List<BatchWriter.Waiting<T>> batch = new ArrayList<>();
    long bytes = 0;
    while (BatchWriter.hasRoom(batch.size(), bytes)) {
      BatchWriter.Waiting<T> next = queue.poll();
      if (next == null) {
        break;
      }
      batch.add(next);
      bytes += next.row().bytes();
    }
    return batch;
  }
}
