package io.github.nylaswebhook.internal;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Named threads that don't keep a JVM alive: virtual where the JDK has them (21 and later). */
public final class Threads {
  private static final Logger log = LoggerFactory.getLogger(Threads.class);

  private Threads() {}

  /** For work that mostly waits for networks. */
  public static ThreadFactory workers(String name) {
    ThreadFactory virtual = virtual(name);
    return virtual != null ? virtual : daemons(name);
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
