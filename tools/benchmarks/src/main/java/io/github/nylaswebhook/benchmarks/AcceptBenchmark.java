package io.github.nylaswebhook.benchmarks;

import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.Receipt;
import io.github.nylaswebhook.jdbc.JdbcInbox;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many deliveries a second are stored durably, beside a bare JDBC loop: as many threads that
 * insert the same bytes into a table of a key and a body, and commit each. In turn in one run, with
 * the same pool and the same durability. Nothing is processed.
 *
 * <pre>{@code
 * java -cp tools/benchmarks/target/benchmarks.jar \
 *     io.github.nylaswebhook.benchmarks.AcceptBenchmark postgresql
 * }</pre>
 */
public final class AcceptBenchmark {
  private static final int BODY_BYTES = 3_500;
  private static final long ROUND_NANOS = 2_000_000_000L;
  private static final int WARM_UPS = 2;
  private static final int ROUNDS = 7;

  private final Storage storage;
  private final AtomicLong ids = new AtomicLong();
  private final byte[] body = Bodies.created("0", BODY_BYTES).json();

  private interface Storing {
    void store(String id) throws Exception;
  }

  private AcceptBenchmark(Storage storage) {
    this.storage = storage;
  }

  public static void main(String[] args) throws Exception {
    if (args.length != 1) {
      System.err.println("Give postgresql or sqlite");
      System.exit(2);
    }
    try (Storage storage = Storage.open(args[0])) {
      storage.execute(
          "create table bare (id varchar(100) primary key, body "
              + (args[0].equals("sqlite") ? "blob" : "bytea")
              + ")");
      for (int threads : List.of(1, 32)) {
        new AcceptBenchmark(storage).run(threads);
      }
    }
  }

  private void run(int threads) throws Exception {
    try (JdbcInbox inbox = JdbcInbox.builder(storage.pool()).build()) {
      Ratios ratios = new Ratios("bare inserts", "accepts");
      for (int round = -WARM_UPS; round < ROUNDS; round++) {
        storage.execute("delete from bare", "delete from nylas_webhook_inbox");
        Ratios.Rate floor = rate(threads, this::insert);
        Ratios.Rate ours = rate(threads, id -> accept(inbox, id));
        ratios.add(threads + " threads", round >= 0, floor, ours);
      }
      System.out.println(storage.name() + ", " + threads + " threads, median: " + ratios);
    }
  }

  private void insert(String id) throws Exception {
    try (Connection connection = storage.pool().getConnection();
        PreparedStatement statement =
            connection.prepareStatement("insert into bare (id, body) values (?, ?)")) {
      statement.setString(1, id);
      statement.setBytes(2, body);
      statement.executeUpdate();
    }
  }

  private void accept(JdbcInbox inbox, String id) throws Exception {
    Delivery delivery = new Delivery(id, "message.created", false, Instant.now(), body);
    if (inbox.accept(delivery) != Receipt.ACCEPTED) {
      throw new IllegalStateException("a duplicate");
    }
  }

  private Ratios.Rate rate(int threads, Storing storing) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      Storage.Stopwatch watch = storage.startWatch();
      long start = System.nanoTime();
      List<Callable<Long>> loops = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        loops.add(
            () -> {
              long count = 0;
              while (System.nanoTime() - start < ROUND_NANOS) {
                storing.store("delivery-" + ids.incrementAndGet());
                count++;
              }
              return count;
            });
      }
      long count = 0;
      for (Future<Long> loop : executor.invokeAll(loops)) {
        count += loop.get();
      }
      return watch.rate(count);
    } finally {
      executor.shutdownNow();
    }
  }
}
