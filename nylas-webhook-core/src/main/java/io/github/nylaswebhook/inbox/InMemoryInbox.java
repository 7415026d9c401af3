package io.github.nylaswebhook.inbox;

import io.github.nylaswebhook.internal.RecentKeys;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An inbox in the memory of this process: nothing is lost while the process lives, and everything
 * that isn't done when it dies. Bounded in deliveries and in bytes; dead letters count. When it is
 * full it refuses, so that Nylas delivers again later. Safe for use by many threads.
 */
public final class InMemoryInbox implements Inbox {
  /** The bound in bytes below is the one that is meant to be met; this one keeps maps sensible. */
  public static final int CAPACITY = 1_000_000;

  /** Enough for the fetches of a busy account to overlap; they mostly wait for the network. */
  public static final int WORKERS = 64;

  /** How long ids of finished deliveries are known: longer than a reconciler reaches back. */
  public static final Duration RETENTION = Duration.ofDays(8);

  /** How many ids of finished deliveries are known at most; the oldest go first. */
  public static final int RETAINED_IDS = 1_000_000;

  /** How often due deliveries are looked for, at the least. */
  public static final Duration POLL_INTERVAL = Duration.ofSeconds(1);

  /** How long {@link #close()} waits: most orchestrators kill after 30 s. */
  public static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(10);

  /** What an entry takes beside its body, roughly. */
  private static final int OVERHEAD_BYTES = 512;

  private static final Logger log = LoggerFactory.getLogger(InMemoryInbox.class);

  private static final Comparator<Entry> IN_ORDER =
      Comparator.comparing(Entry::at).thenComparing(entry -> entry.delivery.id());

  private final int capacity;
  private final long maxBytes;
  private final Duration drainTimeout;
  private final RetryPolicy retryPolicy;
  private final InstantSource clock;

  /** Every delivery that isn't done, dead ones too, by id. */
  private final ConcurrentMap<String, Entry> open = new ConcurrentHashMap<>();

  /** Those of them that have a sequence and wait or are worked on, by its key, in its order. */
  private final ConcurrentMap<String, NavigableSet<Entry>> sequences = new ConcurrentHashMap<>();

  private final RecentKeys done;
  private final Duration retention;
  private final ConcurrentNavigableMap<Long, Entry> dead = new ConcurrentSkipListMap<>();
  private final AtomicLong deaths = new AtomicLong();
  private final AtomicLong count = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  private final Dispatcher<Entry> dispatcher;
  private volatile @Nullable DeliveryProcessor processor;
  private volatile boolean closed;

  private InMemoryInbox(Builder builder) {
    capacity = builder.capacity;
    maxBytes = builder.maxBytes;
    drainTimeout = builder.drainTimeout;
    retryPolicy = builder.retryPolicy;
    clock = builder.clock;
    done = new RecentKeys(clock, RETAINED_IDS);
    retention = builder.retention;
    dispatcher = new Dispatcher<>(clock, builder.pollInterval, builder.workers);
  }

  public static Builder builder() {
    return new Builder();
  }

  @Override
  public Receipt accept(Delivery delivery) throws InboxUnavailableException {
    if (closed) {
      throw new InboxUnavailableException("The inbox is closing");
    }
    String id = delivery.id();
    if (done.contains(id) || open.containsKey(id)) {
      return Receipt.DUPLICATE;
    }
    reserve(delivery);
    Entry entry = new Entry(delivery, clock.instant());
    if (open.putIfAbsent(id, entry) != null) {
      free(delivery);
      return Receipt.DUPLICATE;
    }
    // It may have been finished between the first look and the insertion: done is written before
    // open
    // is left, so a second look tells.
    if (done.contains(id)) {
      open.remove(id, entry);
      free(delivery);
      return Receipt.DUPLICATE;
    }
    if (closed && open.remove(id, entry)) {
      // It would be left behind by a drain that has begun meanwhile.
      free(delivery);
      throw new InboxUnavailableException("The inbox is closing");
    }
    place(entry);
    dispatcher.submit(entry);
    return Receipt.ACCEPTED;
  }

  @Override
  public void start(DeliveryProcessor processor) {
    synchronized (this) {
      if (this.processor != null) {
        throw new IllegalStateException("This inbox was started before");
      }
      this.processor = processor;
    }
    dispatcher.start(this::work);
  }

  @Override
  public DeadLetters deadLetters() {
    return new Dead();
  }

  @Override
  public InboxStatistics statistics() {
    int deadLetters = dead.size();
    return new InboxStatistics(
        Math.max(0, open.size() - deadLetters),
        deadLetters,
        open.values().stream()
            .filter(entry -> entry.letter == null)
            .map(entry -> entry.delivery.receivedAt())
            .min(Comparator.naturalOrder()));
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    boolean drained = processor == null || dispatcher.drain(drainTimeout);
    dispatcher.stop();
    int left = open.size() - dead.size();
    if (left > 0 || !drained) {
      log.warn(
          "The in-memory inbox closes with {} deliveries not done; they end with this process",
          left);
    }
  }

  private void reserve(Delivery delivery) throws InboxUnavailableException {
    long deliveries = count.incrementAndGet();
    long held = bytes.addAndGet(footprint(delivery));
    if (deliveries > capacity || held > maxBytes) {
      free(delivery);
      throw new InboxUnavailableException(
          "The inbox is full: it holds " + (deliveries - 1) + " deliveries that aren't done");
    }
  }

  private void free(Delivery delivery) {
    count.decrementAndGet();
    bytes.addAndGet(-footprint(delivery));
  }

  private static long footprint(Delivery delivery) {
    return OVERHEAD_BYTES + (long) delivery.size();
  }

  private void work(Entry entry) {
    try {
      entry.attempt++;
      Outcome settled = retryPolicy.attempt(started(), entry, entry.waitingSince, clock);
      settle(entry, settled);
      started().settled(entry.delivery, settled);
    } catch (RuntimeException | Error e) {
      log.error("Settling {} failed with {}", entry.delivery, e.getClass().getName());
      log.debug("It failed so", e);
    }
  }

  private DeliveryProcessor started() {
    DeliveryProcessor started = processor;
    if (started == null) {
      throw new IllegalStateException("not started");
    }
    return started;
  }

  private void settle(Entry entry, Outcome outcome) {
    if (outcome instanceof Outcome.RetryAt retry) {
      if (retry.countsAsAttempt()) {
        entry.waits = 0;
        entry.failures = entry.attempt;
      } else {
        entry.attempt--;
        entry.waits++;
      }
      entry.due = retry.when();
      dispatcher.submit(entry, retry.when());
    } else if (outcome instanceof Outcome.Dead cause) {
      entry.die(cause.why(), clock.instant(), deaths.incrementAndGet());
      displace(entry);
      dead.put(entry.deathNumber, entry);
    } else {
      finish(entry);
    }
  }

  private void finish(Entry entry) {
    done.add(entry.delivery.id(), retention);
    open.remove(entry.delivery.id(), entry);
    displace(entry);
    free(entry.delivery);
  }

  private void place(Entry entry) {
    entry
        .delivery
        .sequence()
        .ifPresent(
            sequence ->
                sequences.compute(
                    sequence.key(),
                    (key, known) -> {
                      NavigableSet<Entry> entries =
                          known == null ? new ConcurrentSkipListSet<>(IN_ORDER) : known;
                      entries.add(entry);
                      return entries;
                    }));
  }

  private void displace(Entry entry) {
    entry
        .delivery
        .sequence()
        .ifPresent(
            sequence ->
                sequences.computeIfPresent(
                    sequence.key(),
                    (key, entries) -> {
                      entries.remove(entry);
                      return entries.isEmpty() ? null : entries;
                    }));
  }

  private List<Predecessor> predecessors(Sequence sequence) {
    NavigableSet<Entry> entries = sequences.get(sequence.key());
    if (entries == null) {
      return List.of();
    }
    return entries.stream()
        .takeWhile(entry -> entry.at().isBefore(sequence.at()))
        .limit(Attempt.MAX_PREDECESSORS)
        .map(
            entry ->
                new Predecessor(entry.delivery.id(), entry.due, entry.failures, entry.progress))
        .toList();
  }

  /**
   * A delivery on its way. Changed only by the thread that holds it: a worker, or the queue's lock;
   * what is volatile is looked at by others.
   */
  private final class Entry implements Attempt {
    private final Delivery delivery;
    private Instant waitingSince;
    private volatile Progress progress = Progress.NONE;
    private volatile Instant due;
    private volatile int failures;
    private int attempt;
    private int waits;
    private volatile @Nullable DeadLetter letter;
    private volatile long deathNumber;

    Entry(Delivery delivery, Instant now) {
      this.delivery = delivery;
      this.waitingSince = now;
      this.due = now;
    }

    Instant at() {
      return delivery.sequence().map(Sequence::at).orElse(Instant.MAX);
    }

    void die(String why, Instant now, long number) {
      letter = new DeadLetter(delivery, why, attempt, now, progress);
      deathNumber = number;
    }

    void revive(Instant now) {
      letter = null;
      attempt = 0;
      waits = 0;
      failures = 0;
      waitingSince = now;
      due = now;
    }

    @Override
    public Delivery delivery() {
      return delivery;
    }

    @Override
    public int number() {
      return attempt;
    }

    @Override
    public int waits() {
      return waits;
    }

    @Override
    public Progress progress() {
      return progress;
    }

    @Override
    public List<Predecessor> predecessors() {
      return delivery.sequence().map(InMemoryInbox.this::predecessors).orElse(List.of());
    }

    @Override
    public void save(Progress progress) {
      this.progress = progress;
    }
  }

  private final class Dead implements DeadLetters {
    @Override
    public Page list(String cursor, int limit) {
      if (limit < 1) {
        throw new IllegalArgumentException("limit must be 1 or more, but is " + limit);
      }
      List<DeadLetter> letters = new ArrayList<>();
      String next = "";
      long after = cursor.isEmpty() ? 0 : Long.parseLong(cursor);
      for (Entry entry : dead.tailMap(after, false).values()) {
        DeadLetter letter = entry.letter;
        if (letter == null) {
          continue;
        }
        if (letters.size() == limit) {
          return new Page(letters, next);
        }
        letters.add(letter);
        next = Long.toString(entry.deathNumber);
      }
      return new Page(letters, "");
    }

    @Override
    public Optional<DeadLetter> get(String deliveryId) {
      Entry entry = open.get(deliveryId);
      return entry == null ? Optional.empty() : Optional.ofNullable(entry.letter);
    }

    @Override
    public boolean replay(String deliveryId) {
      Entry entry = take(deliveryId);
      if (entry == null) {
        return false;
      }
      entry.revive(clock.instant());
      place(entry);
      dispatcher.submit(entry);
      return true;
    }

    @Override
    public boolean discard(String deliveryId) {
      Entry entry = take(deliveryId);
      if (entry == null) {
        return false;
      }
      finish(entry);
      return true;
    }

    /** Of two who want the same letter, one gets it. */
    private @Nullable Entry take(String deliveryId) {
      Entry entry = open.get(deliveryId);
      return entry != null && dead.remove(entry.deathNumber, entry) ? entry : null;
    }
  }

  /** Options of an {@link InMemoryInbox}. */
  public static final class Builder {
    private int capacity = CAPACITY;
    private long maxBytes = Runtime.getRuntime().maxMemory() / 4;
    private int workers = WORKERS;
    private Duration retention = RETENTION;
    private Duration pollInterval = POLL_INTERVAL;
    private Duration drainTimeout = DRAIN_TIMEOUT;
    private RetryPolicy retryPolicy = RetryPolicy.DEFAULT;
    private InstantSource clock = InstantSource.system();

    private Builder() {}

    /** How many deliveries it holds that aren't done, dead letters among them. */
    public Builder capacity(int deliveries) {
      capacity = positive("capacity", deliveries);
      return this;
    }

    /** How many bytes of bodies it holds; a quarter of the heap unless said otherwise. */
    public Builder maxBytes(long bytes) {
      if (bytes < 1) {
        throw new IllegalArgumentException("maxBytes must be 1 or more, but is " + bytes);
      }
      maxBytes = bytes;
      return this;
    }

    /** How many deliveries are processed at once. */
    public Builder workers(int threads) {
      workers = positive("workers", threads);
      return this;
    }

    public Builder retention(Duration duration) {
      retention = duration;
      return this;
    }

    public Builder pollInterval(Duration duration) {
      pollInterval = duration;
      return this;
    }

    public Builder drainTimeout(Duration duration) {
      drainTimeout = duration;
      return this;
    }

    public Builder retryPolicy(RetryPolicy policy) {
      retryPolicy = policy;
      return this;
    }

    public Builder clock(InstantSource source) {
      clock = source;
      return this;
    }

    public InMemoryInbox build() {
      return new InMemoryInbox(this);
    }

    private static int positive(String name, int value) {
      if (value < 1) {
        throw new IllegalArgumentException(name + " must be 1 or more, but is " + value);
      }
      return value;
    }
  }
}
