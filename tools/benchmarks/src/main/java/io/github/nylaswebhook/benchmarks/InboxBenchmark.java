package io.github.nylaswebhook.benchmarks;

import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.jdbc.JdbcDedupStore;
import io.github.nylaswebhook.jdbc.JdbcInbox;
import io.github.nylaswebhook.pipeline.FetchPolicy;
import io.github.nylaswebhook.pipeline.PipelineObserver;
import io.github.nylaswebhook.pipeline.TicketPipeline;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many deliveries a second come from the inbox in PostgreSQL through the pipeline, with its
 * claims there, too, to a router that does nothing; the mail is in the notifications, so nothing is
 * fetched and no limit holds it up. Beside a bare JDBC loop: as many threads that make the same
 * commits, on rows of the same size, and nothing else: one for each 32 rows that are picked, and
 * three for each delivery (its claim, the claim's completion, its end).
 *
 * <pre>{@code
 * java -cp tools/benchmarks/target/benchmarks.jar \
 *     io.github.nylaswebhook.benchmarks.InboxBenchmark postgresql
 * }</pre>
 */
public final class InboxBenchmark {
  private static final int BODY_BYTES = 3_500;
  private static final int DELIVERIES = 6_000;
  private static final int WARM_UPS = 2;
  private static final int ROUNDS = 7;

  private final Storage storage;
  private int round;

  private InboxBenchmark(Storage storage) {
    this.storage = storage;
  }

  public static void main(String[] args) throws Exception {
    if (args.length != 1) {
      System.err.println("Give postgresql or sqlite");
      System.exit(2);
    }
    try (Storage storage = Storage.open(args[0])) {
      String bytes = args[0].equals("sqlite") ? "blob" : "bytea";
      storage.execute(
          "create table bare (id varchar(100) primary key, body " + bytes + ", picked int)",
          "create table bare_claim (id varchar(100) primary key, done int)");
      new InboxBenchmark(storage).run();
    }
  }

  private void run() throws Exception {
    Ratios ratios = new Ratios("bare loop", "inbox and pipeline");
    for (round = -WARM_UPS; round < ROUNDS; round++) {
      fill();
      Ratios.Rate floor = bare();
      Ratios.Rate ours = drain();
      ratios.add("round " + round, round >= 0, floor, ours);
    }
    System.out.println(storage.name() + ", median: " + ratios);
  }

  private String id(int i) {
    return round + "-" + i;
  }

  private void fill() throws Exception {
    storage.execute(
        "delete from bare",
        "delete from bare_claim",
        "delete from nylas_webhook_inbox",
        "delete from nylas_webhook_claim");
    List<Callable<Void>> all = new ArrayList<>();
    try (JdbcInbox inbox = JdbcInbox.builder(storage.pool()).build();
        Connection connection = storage.pool().getConnection();
        PreparedStatement insert =
            connection.prepareStatement("insert into bare (id, body, picked) values (?, ?, 0)")) {
      for (int i = 0; i < DELIVERIES; i++) {
        byte[] body = Bodies.created(id(i), BODY_BYTES).json();
        insert.setString(1, id(i));
        insert.setBytes(2, body);
        insert.addBatch();
        Delivery delivery = new Delivery(id(i), "message.created", false, Instant.now(), body);
        all.add(
            () -> {
              inbox.accept(delivery);
              return null;
            });
      }
      insert.executeBatch();
      connection.close();
      inAll(all);
    }
    if (!storage.name().equals("sqlite")) {
      storage.execute("vacuum analyze");
    }
  }

  private Ratios.Rate bare() throws Exception {
    AtomicLong next = new AtomicLong();
    List<Callable<Void>> workers = new ArrayList<>();
    Storage.Stopwatch watch = storage.startWatch();
    for (int i = 0; i < JdbcInbox.WORKERS; i++) {
      workers.add(
          () -> {
            for (int row; (row = (int) next.getAndIncrement()) < DELIVERIES; ) {
              if (row % JdbcInbox.WORKERS == 0) {
                pick(row);
              }
              commit("insert into bare_claim (id, done) values (?, 0)", id(row));
              commit("update bare_claim set done = 1 where id = ?", id(row));
              commit("update bare set body = null, picked = 2 where id = ?", id(row));
            }
            return null;
          });
    }
    inAll(workers);
    return watch.rate(DELIVERIES);
  }

  private void pick(int from) throws Exception {
    try (Connection connection = storage.pool().getConnection()) {
      connection.setAutoCommit(false);
      try (PreparedStatement statement =
          connection.prepareStatement("update bare set picked = 1 where id = ?")) {
        for (int i = from; i < from + JdbcInbox.WORKERS; i++) {
          statement.setString(1, id(i));
          statement.addBatch();
        }
        statement.executeBatch();
      }
      connection.commit();
      connection.setAutoCommit(true);
    }
  }

  private void commit(String sql, String id) throws Exception {
    try (Connection connection = storage.pool().getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, id);
      statement.executeUpdate();
    }
  }

  private Ratios.Rate drain() throws Exception {
    CountDownLatch routed = new CountDownLatch(DELIVERIES);
    TicketPipeline pipeline =
        TicketPipeline.builder()
            .dedupStore(new JdbcDedupStore(storage.pool()))
            .messageFetcher(
                ref -> {
                  throw new IllegalStateException("nothing is to be fetched");
                })
            .ticketRouter(ticket -> TicketRef.of("nowhere", "1"))
            .fetchPolicy(FetchPolicy.WHEN_INCOMPLETE)
            .observer(
                new PipelineObserver() {
                  @Override
                  public void routed(Ticket ticket, TicketRef ref, Duration took) {
                    routed.countDown();
                  }
                })
            .build();
    try (JdbcInbox inbox = JdbcInbox.builder(storage.pool()).build()) {
      Storage.Stopwatch watch = storage.startWatch();
      inbox.start(pipeline);
      if (!routed.await(5, TimeUnit.MINUTES)) {
        throw new IllegalStateException(routed.getCount() + " weren't routed");
      }
      return watch.rate(DELIVERIES);
    } finally {
      pipeline.close();
    }
  }

  private static void inAll(List<Callable<Void>> all) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(JdbcInbox.WORKERS);
    try {
      for (Future<Void> one : threads.invokeAll(all)) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
