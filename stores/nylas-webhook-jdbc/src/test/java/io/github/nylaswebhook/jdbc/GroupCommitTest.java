package io.github.nylaswebhook.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.github.nylaswebhook.inbox.InboxUnavailableException;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which writer takes what, whatever the database. */
class GroupCommitTest {
  private final ExecutorService executor = Executors.newCachedThreadPool();
  private HikariDataSource pool;
  private WatchedDataSource watched;
  private GroupCommit<Row> writers;

  @BeforeEach
  void open() throws Exception {
    pool = TestDatabase.SQLITE.open();
    Sql.run(pool, "create table kept (k text primary key)");
    watched = new WatchedDataSource(pool);
    writers =
        new GroupCommit<>(
            new Database(watched.dataSource()),
            Write.of("insert into kept values (?) on conflict do nothing"),
            Duration.ofSeconds(20),
            2,
            () -> {});
  }

  @AfterEach
  void close() {
    watched.release();
    writers.close();
    executor.shutdownNow();
    pool.close();
  }

  /** As writers do whose commits the server ends at the same moment. */
  @Test
  void aWriterTakesAllThatWaitsEvenIfAnotherComesBackMeanwhile() throws Exception {
    watched.hold();
    List<Row> first = List.of(new Row("first 1"), new Row("first 2"));
    List<Future<Boolean>> answers = new ArrayList<>();
    for (Row row : first) {
      answers.add(waiting(() -> writers.insert(row)));
      await().until(() -> row.writer != null && row.writer.getState() == Thread.State.WAITING);
    }
    List<Thread> both = List.of(first.get(0).writer, first.get(1).writer);
    assertThat(both).doesNotHaveDuplicates();
    List<Row> rest = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Row row = new Row("rest " + i);
      // Whoever takes it goes on when the other writer has come back and has taken one, too, or
      // can't.
      row.taken =
          () -> {
            Thread other = both.get(both.get(0) == row.writer ? 1 : 0);
            await().until(() -> answers.get(0).isDone() && answers.get(1).isDone());
            await()
                .until(
                    () ->
                        other.getState() == Thread.State.WAITING
                            || rest.stream().anyMatch(one -> one.writer == other));
          };
      rest.add(row);
    }
    List<Future<Boolean>> others = new ArrayList<>();
    for (Row row : rest) {
      others.add(waiting(() -> writers.insert(row)));
    }
    watched.release();
    for (Future<Boolean> other : others) {
      assertThat(other.get()).isTrue();
    }
    assertThat(rest).extracting(row -> row.writer).containsOnly(rest.get(0).writer);
    assertThat(watched.commits()).isEqualTo(3);
  }

  @Test
  void whatWaitsWhenItIsClosedIsStoredAndNothingThatComesLater() throws Exception {
    watched.hold();
    List<Future<Boolean>> answers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Row row = new Row("before " + i);
      answers.add(waiting(() -> writers.insert(row)));
    }
    Future<?> closing =
        waiting(
            () -> {
              writers.close();
              return true;
            });
    assertThatExceptionOfType(InboxUnavailableException.class)
        .isThrownBy(() -> writers.insert(new Row("after")))
        .withMessageContaining("closing");
    watched.release();
    closing.get();
    for (Future<Boolean> answer : answers) {
      assertThat(answer.get()).isTrue();
    }
    assertThat(Sql.count(pool, "select count(*) from kept where k like 'before%'")).isEqualTo(5);
    assertThat(Sql.count(pool, "select count(*) from kept where k like 'after%'")).isZero();
  }

  /** Calls it on a thread of its own, and returns when that waits for a while. */
  private <T> Future<T> waiting(Callable<T> call) {
    AtomicReference<Thread> caller = new AtomicReference<>();
    Future<T> result =
        executor.submit(
            () -> {
              caller.set(Thread.currentThread());
              return call.call();
            });
    await()
        .until(() -> caller.get() != null && caller.get().getState() == Thread.State.TIMED_WAITING);
    return result;
  }

  private static final class Row implements StatementChange.Row {
    private final String key;
    private volatile Runnable taken = () -> {};

    /** Who took it. */
    private volatile Thread writer;

    Row(String key) {
      this.key = key;
    }

    @Override
    public String key() {
      return key;
    }

    @Override
    public int bytes() {
      writer = Thread.currentThread();
      taken.run();
      return key.length();
    }

    @Override
    public int set(PreparedStatement statement, int before) throws SQLException {
      statement.setString(before + 1, key);
      return before + 1;
    }
  }
}
