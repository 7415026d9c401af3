package io.github.nylaswebhook.jdbc;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.event.AbstractSchedulerListener;
import com.github.kagkarlsson.scheduler.logging.LogLevel;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.Execution;
import com.github.kagkarlsson.scheduler.task.ExecutionContext;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import io.github.nylaswebhook.inbox.Attempt;
import io.github.nylaswebhook.inbox.DeadLetters;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.DeliveryProcessor;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.inbox.InboxStatistics;
import io.github.nylaswebhook.inbox.InboxUnavailableException;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.inbox.Predecessor;
import io.github.nylaswebhook.inbox.Progress;
import io.github.nylaswebhook.inbox.Receipt;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.internal.Threads;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An inbox in a database: what it accepted is committed, and survives whatever the database does.
 * Any number of nodes may accept and process on the same tables; a node that only accepts doesn't
 * call {@link #start}. Safe for use by many threads.
 *
 * <p>A delivery is one row, by the SHA-256 of its id, until its retention ends: it waits, is tried
 * again, is a dead letter or is done. When it is done its body is erased, and its id stays, so that
 * the same delivery is known when it comes again. Deliveries that come together share a commit; one
 * that comes alone waits for nobody.
 *
 * <p>db-scheduler hands the rows out. A node that died is noticed by its missing heartbeats, after
 * about a minute, and what it worked on is done by another one, or by itself when it is back; that
 * counts as an attempt, since it may have been the delivery's doing. After an outage, when all were
 * silent, the living have another minute to say so.
 *
 * <p>While the database can't be reached, or can't be written, {@link #accept} refuses, nothing new
 * is processed, and one line is logged when that begins and one when it ends.
 *
 * @see <a href="https://github.com/kagkarlsson/db-scheduler">db-scheduler</a>
 */
public final class JdbcInbox implements Inbox {
  /** Nylas waits for 10 s; what isn't stored by half of that is better delivered again. */
  public static final Duration ACCEPT_TIMEOUT = Duration.ofSeconds(5);

  /** Each is a body in memory, and mostly waits for the network. */
  public static final int WORKERS = 32;

  /** How often a node says that it lives. */
  public static final Duration HEARTBEAT_INTERVAL = Duration.ofSeconds(15);

  /** While one waits for its commit, others fill theirs; more only make the commits smaller. */
  private static final int WRITERS = 3;

  private static final Duration PURGE_INTERVAL = Duration.ofMinutes(10);

  /** So many rows at a time, so that nobody waits for their locks. */
  private static final int PURGED_AT_ONCE = 1000;

  /** A row that is purged in time is never picked for it; this one's purge is late. */
  private static final Duration PURGE_MAY_BE_LATE = Duration.ofHours(1);

  /** A node may know only a few tasks of a table; what it doesn't know isn't its to delete. */
  private static final Duration NEVER = Duration.ofDays(365_000);

  /**
   * How long it is tried to store what became of a delivery while the database works otherwise;
   * during an outage there is nothing better to do. What is given up is found by its heartbeat and
   * tried again, and unless its claim could be completed, that may route it again.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(45);

  private static final Duration MOST_PATIENT_PAUSE = Duration.ofSeconds(2);

  /** Deliveries that are due soon wake the node together, if they are no further apart. */
  private static final long WAKE_MILLIS = 20;

  private static final Logger log = LoggerFactory.getLogger(JdbcInbox.class);

  private static final CompletionHandler<StoredDelivery> SETTLED = (complete, operations) -> {};

  private final Database database;
  private final InboxTable table;
  private final DatabaseClock clock;
  private final InstantSource nodeClock;
  private final Duration retention;
  private final RetryPolicy retryPolicy;
  private final Duration drainTimeout;
  private final Duration pollInterval;
  private final Duration heartbeatInterval;
  private final boolean onlyProcess;
  private final int workers;
  private final String name;
  private final GroupCommit<InboxTable.NewRow> accepts;
  private final Timers timers;
  private final Outage outage;
  private final SilentNodes silentNodes;
  private final AtomicInteger inProcess = new AtomicInteger();

  /** What this node works on, by its key, with its version. */
  private final ConcurrentMap<String, Long> working = new ConcurrentHashMap<>();

  private final Set<Long> wakes = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Started started;
  private volatile boolean closed;

  /** What isn't done by now is interrupted, which is nobody's failure. */
  private volatile boolean abandoning;

  private record Started(DeliveryProcessor processor, Scheduler scheduler) {}

  private JdbcInbox(Builder builder) {
    database = new Database(builder.dataSource);
    JdbcSchema.requireCurrent(database);
    table = new InboxTable(database);
    nodeClock = builder.clock;
    clock = new DatabaseClock(database, nodeClock);
    retention = builder.retention;
    retryPolicy = builder.retryPolicy;
    drainTimeout = builder.drainTimeout;
    pollInterval = builder.pollInterval;
    heartbeatInterval = builder.heartbeatInterval;
    onlyProcess = builder.onlyProcess;
    workers = builder.workers;
    name = "node-" + UUID.randomUUID();
    try {
      clock.compare();
      table.probe();
    } catch (SQLException e) {
      throw new IllegalStateException(
          "The inbox's table can't be used: "
              + e.getMessage()
              + ". JdbcSchema says how it is created",
          e);
    }
    silentNodes = new SilentNodes(heartbeatInterval, System::nanoTime);
    outage = new Outage(nodeClock, this::probe, SilentNodes.mostPause(heartbeatInterval));
    timers = new Timers(outage);
    outage.lookBy(timers);
    accepts =
        new GroupCommit<>(
            database,
            table.insert(),
            builder.acceptTimeout,
            database.dialect().isServer() ? WRITERS : 1,
            this::wake);
    timers.every(DatabaseClock.COMPARED_EVERY, clock::compare);
  }

  /**
   * An inbox in this data source's database, whose tables are there ({@link JdbcSchema}).
   *
   * @param dataSource a pool, which stays the giver's to close. With SQLite, one of one connection.
   */
  public static Builder builder(DataSource dataSource) {
    return new Builder(dataSource);
  }

  @Override
  public Receipt accept(Delivery delivery) throws InboxUnavailableException {
    if (closed) {
      throw new InboxUnavailableException("The inbox is closing");
    }
    try {
      boolean inserted = accepts.insert(table.new NewRow(delivery, clock.instant()));
      outage.accepted();
      return inserted ? Receipt.ACCEPTED : Receipt.DUPLICATE;
    } catch (InboxUnavailableException e) {
      if (e.getCause() instanceof SQLException cause && SqlFailures.isOfTheRow(cause)) {
        // What the database says of it quotes the row.
        log.warn("The database refuses {}: SQLSTATE {}", delivery, cause.getSQLState());
      } else if (!closed) {
        outage.refused(e);
      }
      throw e;
    }
  }

  @Override
  public void start(DeliveryProcessor processor) {
    ExecutorService executor;
    Scheduler scheduler;
    synchronized (this) {
      if (started != null || closed) {
        throw new IllegalStateException("This inbox was started, or closed, before");
      }
      executor = Threads.workers("nylas-webhook-worker", workers);
      scheduler = scheduler(executor);
      started = new Started(processor, scheduler);
      outage.pauses(
          () -> {
            silentNodes.outageBegan();
            scheduler.pause();
          },
          () -> {
            scheduler.resume();
            wake();
          });
    }
    try {
      int revived = onlyProcess ? table.reviveAll(clock.instant()) : 0;
      InboxStatistics found = table.statistics();
      log.info(
          "The inbox holds {} deliveries that wait, {} of them were being processed when the process"
              + " ended, and {} dead letters",
          found.waiting(),
          revived,
          found.deadLetters());
    } catch (SQLException e) {
      outage.failed(e);
    }
    silentNodes.begin();
    scheduler.start();
    timers.every(PURGE_INTERVAL, this::purge);
  }

  private Scheduler scheduler(ExecutorService executor) {
    CustomTask<StoredDelivery> task =
        Tasks.custom(InboxTable.TASK, StoredDelivery.class)
            .onFailure((complete, operations) -> {})
            .onDeadExecution((complete, operations) -> revive(complete.getExecution()))
            .execute(this::execute);
    var builder =
        Scheduler.create(database.dataSource(), task)
            .tableName(InboxTable.NAME)
            .jdbcCustomization(table.scheduling())
            .schedulerName(new SchedulerName.Fixed(name))
            .serializer(new StoredDelivery.Data())
            .clock(clock)
            .threads(workers)
            .executorService(new Workers(executor))
            .dueExecutor(Executors.newSingleThreadExecutor(Threads.daemons("nylas-webhook-inbox")))
            .housekeeperExecutor(timers)
            .pollingInterval(pollInterval)
            .heartbeatInterval(heartbeatInterval)
            .missedHeartbeatsLimit(SilentNodes.MISSED_HEARTBEATS)
            .deleteUnresolvedAfter(NEVER)
            .commitWhenAutocommitDisabled(true)
            .failureLogging(LogLevel.WARN, false)
            // close() has waited, and what is picked is given back.
            .shutdownMaxWait(Duration.ofSeconds(1))
            .addSchedulerListener(
                new AbstractSchedulerListener() {
                  @Override
                  public void onSchedulerEvent(SchedulerEventType type) {
                    if (type == SchedulerEventType.UNEXPECTED_ERROR) {
                      outage.failed(new SQLException("db-scheduler's log has the cause"));
                    } else if (type == SchedulerEventType.RAN_DETECT_DEAD) {
                      silentNodes.searched();
                    }
                  }
                });
    return database.dialect().picksSeveral()
        // All that is picked is worked on at once: what waits for a worker has no heartbeat.
        ? builder.pollUsingLockAndFetch(0.5, 1).build()
        : builder.pollUsingFetch(0.5, 1).build();
  }

  /** Where rows are picked one by one, db-scheduler does it here, and lets failures escape. */
  private final class Workers extends AbstractExecutorService {
    private final ExecutorService executor;

    Workers(ExecutorService executor) {
      this.executor = executor;
    }

    @Override
    public void execute(Runnable task) {
      executor.execute(
          () -> {
            try {
              task.run();
            } catch (RuntimeException e) {
              outage.failed(e);
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

  @Override
  public DeadLetters deadLetters() {
    return new JdbcDeadLetters(table, clock, this::endOfRetention, this::wake);
  }

  @Override
  public InboxStatistics statistics() throws StoreUnavailableException {
    return table.reaching(table::statistics);
  }

  @Override
  public void close() {
    Started running;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      running = started;
    }
    accepts.close();
    if (running != null) {
      running.scheduler.pause();
      drain();
      abandoning = true;
      running.scheduler.stop();
      try {
        int left = table.giveBackAll(name);
        if (left > 0) {
          log.info("{} deliveries weren't finished in time, and are left to other nodes", left);
        }
      } catch (SQLException e) {
        log.warn("What this node worked on is found by its missing heartbeats", e);
      }
    }
    outage.end();
    timers.shutdownNow();
  }

  private void drain() {
    long end = System.nanoTime() + drainTimeout.toNanos();
    synchronized (inProcess) {
      try {
        for (long left; inProcess.get() > 0 && (left = end - System.nanoTime()) > 0; ) {
          inProcess.wait(Math.max(1, left / 1_000_000));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  // ---- one delivery

  private CompletionHandler<StoredDelivery> execute(
      TaskInstance<StoredDelivery> instance, ExecutionContext context) {
    inProcess.incrementAndGet();
    working.put(instance.getId(), context.getExecution().version);
    // It was picked, which is written.
    outage.worked();
    try {
      return work(context.getExecution(), instance.getData());
    } catch (RuntimeException | Error e) {
      log.error("Settling {} failed with {}", instance.getId(), e.getClass().getName());
      log.debug("It failed so", e);
      return SETTLED;
    } finally {
      working.remove(instance.getId(), context.getExecution().version);
      if (inProcess.decrementAndGet() == 0 && closed) {
        synchronized (inProcess) {
          inProcess.notifyAll();
        }
      }
    }
  }

  private CompletionHandler<StoredDelivery> work(Execution execution, StoredDelivery stored) {
    String key = execution.taskInstance.getId();
    long version = execution.version;
    if (closed) {
      store(key, () -> table.giveBack(key, version));
      return SETTLED;
    }
    if (stored.isDone()) {
      // Its retention has ended.
      return (complete, operations) -> operations.remove();
    }
    String unreadable = unreadable(stored);
    if (!unreadable.isEmpty()) {
      boolean died =
          stored(
              key,
              () -> table.die(key, version, clock.instant(), stored.attempts(), null, unreadable));
      if (died) {
        processor().settled(stored.delivery(), new Outcome.Dead(unreadable));
      }
      return SETTLED;
    }
    Try attempt = new Try(stored, stored.delivery(), key, version);
    Outcome outcome =
        stored.attempts() >= retryPolicy.maxAttempts()
            ? new Outcome.Dead(
                "given up: the process ended while it worked on it, or it failed, "
                    + stored.attempts()
                    + " times")
            : retryPolicy.attempt(processor(), attempt, stored.waitingSince(), nodeClock);
    if (abandoning && !(outcome instanceof Outcome.Done)) {
      stored(key, () -> table.save(key, version, attempt.progress) && table.giveBack(key, version));
      return SETTLED;
    }
    if (stored(key, () -> settle(attempt, outcome))) {
      if (outcome instanceof Outcome.RetryAt retry) {
        wakeAt(retry.when());
      }
      processor().settled(attempt.delivery, outcome);
    } else {
      log.warn(
          "What became of {} isn't stored: another node has taken it over, or will",
          stored.delivery().id());
    }
    return SETTLED;
  }

  private static String unreadable(StoredDelivery stored) {
    if (stored.format() != InboxTable.FORMAT) {
      return "stored by another version of nylas-webhook, in format "
          + stored.format()
          + ", and this one reads "
          + InboxTable.FORMAT
          + ": replay it when all nodes are of that version";
    }
    if (stored.erased()) {
      return "its body isn't in the table any more";
    }
    try {
      InboxTable.progress(stored.progress());
      return "";
    } catch (IllegalArgumentException e) {
      return "its progress can't be read: " + e.getMessage();
    }
  }

  private boolean settle(Try attempt, Outcome outcome) throws SQLException {
    Instant now = clock.instant();
    String key = attempt.key;
    long version = attempt.version;
    if (outcome instanceof Outcome.RetryAt retry) {
      boolean counts = retry.countsAsAttempt();
      return table.retry(
          key,
          version,
          clock.of(retry.when()),
          counts ? attempt.number() : attempt.number() - 1,
          counts ? 0 : attempt.waits() + 1,
          attempt.progress,
          retry.why());
    }
    if (outcome instanceof Outcome.Dead dead) {
      int attempts = Math.min(attempt.number(), retryPolicy.maxAttempts());
      return table.die(key, version, now, attempts, attempt.progress, dead.why());
    }
    return table.done(key, version, (Outcome.Done) outcome, now, endOfRetention(now));
  }

  private Instant endOfRetention(Instant now) {
    return now.plus(retention).plus(PURGE_MAY_BE_LATE);
  }

  /**
   * Fails if the database can't be written. A full one lets a statement pass that changes nothing,
   * so one heart is beaten, if there is any; all of them would complain, each with a stack trace.
   */
  private void probe() throws SQLException {
    table.probe();
    for (Map.Entry<String, Long> one : working.entrySet()) {
      if (table.beat(one.getKey(), one.getValue(), clock.instant())) {
        return;
      }
    }
  }

  private DeliveryProcessor processor() {
    Started running = started;
    if (running == null) {
      throw new IllegalStateException("not started");
    }
    return running.processor;
  }

  private void revive(Execution dead) {
    String key = dead.taskInstance.getId();
    if (Long.valueOf(dead.version).equals(working.get(key)) || silentNodes.mayLive()) {
      // Its heartbeat is late, as after an outage: what it has done, and only it knows yet, would
      // be done again.
      log.debug("{} had no heartbeat for long, and may be worked on all the same", key);
      return;
    }
    try {
      if (table.revive(key, dead.version, clock.instant())) {
        log.info("Whoever worked on {} is gone; it is due again", key);
        wake();
      }
    } catch (SQLException e) {
      outage.failed(e);
    }
  }

  private boolean stored(String key, InboxTable.Call<Boolean> storing) {
    return store(key, storing).orElse(false);
  }

  /**
   * Repeats what the database doesn't do for a while. Whatever interrupts the processing doesn't
   * interrupt this.
   */
  private <T> Optional<T> store(String key, InboxTable.Call<T> storing) {
    boolean interrupted = Thread.interrupted();
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      for (int failures = 1; ; failures++) {
        try {
          T result = storing.call();
          if (failures > 1) {
            outage.worked();
          }
          return Optional.of(result);
        } catch (SQLException e) {
          if (SqlFailures.isOutage(e) || !outage.allowsTrying()) {
            end = System.nanoTime() + PATIENCE.toNanos();
          }
          outage.failed(e);
          if (closed || System.nanoTime() - end > 0) {
            log.debug("{} couldn't be stored", key, e);
            return Optional.empty();
          }
        }
        Duration pause = retryPolicy.backoff(failures);
        Threads.<Duration, InterruptedException>blocking(
            () -> {
              Thread.sleep(Math.min(pause.toMillis(), MOST_PATIENT_PAUSE.toMillis()));
              return pause;
            });
      }
    } catch (InterruptedException e) {
      interrupted = true;
      return Optional.empty();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** One try, of one worker. */
  private final class Try implements Attempt {
    private final StoredDelivery stored;
    private final Delivery delivery;
    private final String key;
    private final long version;
    private Progress progress;

    Try(StoredDelivery stored, Delivery delivery, String key, long version) {
      this.stored = stored;
      this.delivery = delivery;
      this.key = key;
      this.version = version;
      this.progress = InboxTable.progress(stored.progress());
    }

    @Override
    public Delivery delivery() {
      return delivery;
    }

    @Override
    public int number() {
      return stored.attempts() + 1;
    }

    @Override
    public int waits() {
      return stored.waits();
    }

    @Override
    public Progress progress() {
      return progress;
    }

    @Override
    public List<Predecessor> predecessors() throws StoreUnavailableException {
      if (delivery.sequence().isEmpty()) {
        return List.of();
      }
      return table.reaching(() -> table.predecessors(key)).stream().map(this::byTheNode).toList();
    }

    private Predecessor byTheNode(Predecessor one) {
      return new Predecessor(
          one.deliveryId(), clock.byTheNode(one.due()), one.failures(), one.progress());
    }

    @Override
    public void save(Progress progress) throws StoreUnavailableException {
      this.progress = progress;
      if (!table.reaching(() -> table.save(key, version, progress))) {
        throw new StoreUnavailableException(
            "Another node has taken the delivery over from this one", null);
      }
    }
  }

  // ---- when

  /** Looks for what is due, at once. */
  private void wake() {
    Started running = started;
    if (running != null && !closed) {
      running.scheduler.triggerCheckForDueExecutions();
    }
  }

  /** Looks for what is due then, unless the next poll does. */
  private void wakeAt(Instant when) {
    long inMillis = Duration.between(nodeClock.instant(), when).toMillis();
    if (inMillis > pollInterval.toMillis() || closed) {
      return;
    }
    long tick = System.nanoTime() / 1_000_000 / WAKE_MILLIS + Math.max(0, inMillis) / WAKE_MILLIS;
    if (wakes.add(tick)) {
      timers.after(
          Duration.ofMillis(Math.max(0, inMillis) + WAKE_MILLIS),
          () -> {
            wakes.remove(tick);
            wake();
          });
    }
  }

  /** Deletes what has ended; done every now and then. */
  void purge() throws SQLException {
    Instant ended = clock.instant().plus(PURGE_MAY_BE_LATE);
    int purged;
    do {
      purged = table.purge(ended, PURGED_AT_ONCE);
    } while (purged == PURGED_AT_ONCE && !closed);
  }

  /** Options of a {@link JdbcInbox}. */
  public static final class Builder {
    private final DataSource dataSource;
    private Duration acceptTimeout = ACCEPT_TIMEOUT;
    private int workers = WORKERS;
    private Duration retention = InMemoryInbox.RETENTION;
    private Duration pollInterval = InMemoryInbox.POLL_INTERVAL;
    private Duration heartbeatInterval = HEARTBEAT_INTERVAL;
    private Duration drainTimeout = InMemoryInbox.DRAIN_TIMEOUT;
    private RetryPolicy retryPolicy = RetryPolicy.DEFAULT;
    private boolean onlyProcess;
    private InstantSource clock = InstantSource.system();

    private Builder(DataSource dataSource) {
      this.dataSource = dataSource;
    }

    /** How long {@code accept} waits for the database. */
    public Builder acceptTimeout(Duration timeout) {
      acceptTimeout = positive("acceptTimeout", timeout);
      return this;
    }

    /** How many deliveries this node processes at once. */
    public Builder workers(int threads) {
      if (threads < 1) {
        throw new IllegalArgumentException("workers must be 1 or more, but is " + threads);
      }
      workers = threads;
      return this;
    }

    /** How long the id of a finished delivery is known; longer than the reconciler's reach. */
    public Builder retention(Duration duration) {
      retention = positive("retention", duration);
      return this;
    }

    /** How often due deliveries are looked for, at the least: those of other nodes, mostly. */
    public Builder pollInterval(Duration duration) {
      pollInterval = positive("pollInterval", duration);
      return this;
    }

    /**
     * How often this node says that it lives; the same on all nodes. One that was silent for four
     * of these is taken for dead, and that is looked for every two: a minute to a minute and a half
     * with {@link #HEARTBEAT_INTERVAL}. A short one finds the dead sooner, writes more, and takes
     * for dead who only paused for long.
     */
    public Builder heartbeatInterval(Duration duration) {
      heartbeatInterval = positive("heartbeatInterval", duration);
      return this;
    }

    /** How long {@link JdbcInbox#close} waits for what is being processed. */
    public Builder drainTimeout(Duration duration) {
      drainTimeout = duration;
      return this;
    }

    public Builder retryPolicy(RetryPolicy policy) {
      retryPolicy = policy;
      return this;
    }

    /**
     * No other process uses these tables, so what was being processed when the last one ended is
     * due at the start, not a minute later. {@link EmbeddedDatabase} makes sure of it.
     */
    public Builder onlyProcess() {
      onlyProcess = true;
      return this;
    }

    /** This node's clock; with a server, the database's counts. */
    public Builder clock(InstantSource source) {
      clock = source;
      return this;
    }

    /**
     * Builds it.
     *
     * @throws IllegalStateException if the database can't be reached, or has no such table
     * @throws UnsupportedDatabaseException if it is none of the supported ones
     */
    public JdbcInbox build() {
      return new JdbcInbox(this);
    }

    private static Duration positive(String name, Duration value) {
      if (value.isNegative() || value.isZero()) {
        throw new IllegalArgumentException(name + " must be longer than nothing");
      }
      return value;
    }
  }
}
