package io.github.nylaswebhook.internal;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Named threads that don't keep a JVM alive: virtual where the JDK has them (21 and later). */
public final class Threads {
  private static final Logger log = LoggerFactory.getLogger(Threads.class);

  private Threads() {}

  /**
   * Does so many things at once that mostly wait for networks, and computes with half of the
   * processors at most: the rest is for those who acknowledge. Virtual threads compute on a few
   * carriers anyway; without them, what waits says so by {@link #blocking}, and has a spare thread
   * take its place.
   */
  public static ExecutorService workers(String name, int most) {
    ThreadFactory virtual = virtual(name);
    if (virtual != null) {
      return new ThreadPoolExecutor(
          most, most, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), virtual);
    }
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    AtomicInteger number = new AtomicInteger();
    int computing = Math.min(most, Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
    return new ForkJoinPool(
        computing,
        pool -> {
          ForkJoinWorkerThread thread = new Worker(pool);
          thread.setName(name + "-" + number.incrementAndGet());
          // A pool's own threads see only the platform's classes otherwise, and routers may look
          // for theirs.
          thread.setContextClassLoader(loader);
          return thread;
        },
        null,
        true,
        computing,
        most,
        computing,
        // As many as may be wait: go on with fewer.
        pool -> true,
        10,
        TimeUnit.SECONDS);
  }

  private static final class Worker extends ForkJoinWorkerThread {
    Worker(ForkJoinPool pool) {
      super(pool);
    }
  }

  /** Something that may wait for long, and gives or throws what it will. */
  public interface Waiting<T extends @Nullable Object, E extends Exception> {
    T get() throws E;
  }

  /** Does something that may wait for long; on a worker, another one takes its place meanwhile. */
  public static <T extends @Nullable Object, E extends Exception> T blocking(Waiting<T, E> waiting)
      throws E {
    if (!(Thread.currentThread() instanceof Worker)) {
      return waiting.get();
    }
    Blocker<T, E> blocker = new Blocker<>(waiting);
    try {
      ForkJoinPool.managedBlock(blocker);
    } catch (InterruptedException e) {
      // Only the blocker's own block() could, and it keeps what it catches.
      Thread.currentThread().interrupt();
    }
    return blocker.result();
  }

  private static final class Blocker<T extends @Nullable Object, E extends Exception>
      implements ForkJoinPool.ManagedBlocker {
    private final Waiting<T, E> waiting;
    private boolean done;
    private @Nullable T value;
    private @Nullable Exception failure;

    Blocker(Waiting<T, E> waiting) {
      this.waiting = waiting;
    }

    @Override
    public boolean block() {
      try {
        value = waiting.get();
      } catch (Exception e) {
        failure = e;
      }
      done = true;
      return true;
    }

    @Override
    public boolean isReleasable() {
      return done;
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // only what waiting gave or threw is kept
    T result() throws E {
      if (failure != null) {
        throw (E) failure;
      }
      return value;
    }
  }

  /** For timers and pollers: always platform threads. */
  public static ThreadFactory daemons(String name) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /**
   * {@code Thread.ofVirtual().name(prefix, 1).factory()}, by name because the baseline is Java 17.
   */
  private static @Nullable ThreadFactory virtual(String name) {
    if (Runtime.version().feature() < 21) {
      return null;
    }
    try {
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      Class<?> builder = Class.forName("java.lang.Thread$Builder$OfVirtual");
      MethodHandle ofVirtual =
          lookup.findStatic(Thread.class, "ofVirtual", MethodType.methodType(builder));
      MethodHandle named =
          lookup.findVirtual(
              builder, "name", MethodType.methodType(builder, String.class, long.class));
      MethodHandle factory =
          lookup.findVirtual(builder, "factory", MethodType.methodType(ThreadFactory.class));
      return (ThreadFactory) factory.invoke(named.invoke(ofVirtual.invoke(), name + "-", 1L));
    } catch (Throwable e) {
      log.debug("No virtual threads here; platform threads do the work", e);
      return null;
    }
  }
}
