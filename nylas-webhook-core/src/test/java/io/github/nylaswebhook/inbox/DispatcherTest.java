package io.github.nylaswebhook.inbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DispatcherTest {
  private static final int WORKERS = 4;
  private static final int ITEMS = 1000;

  private final Dispatcher<Integer> dispatcher =
      new Dispatcher<>(InstantSource.system(), Duration.ofSeconds(1), WORKERS);
  private final Set<Integer> done = ConcurrentHashMap.newKeySet();
  private final Semaphore mayEnd = new Semaphore(0);
  private final AtomicInteger begun = new AtomicInteger();

  @AfterEach
  void stop() {
    dispatcher.stop();
  }

  private void work(Integer item) {
    begun.incrementAndGet();
    mayEnd.acquireUninterruptibly();
    done.add(item);
  }

  @Test
  void whatWorkersCantBeginYetStaysWhereItCanWait() {
    for (int i = 0; i < ITEMS; i++) {
      dispatcher.submit(i);
    }
    dispatcher.start(this::work);
    await().until(() -> begun.get() > 0 && dispatcher.due() < ITEMS);
    await().during(Duration.ofMillis(200)).until(() -> dispatcher.due() >= ITEMS - 2 * WORKERS);

    // Half of what is handed out, and more is.
    int due = dispatcher.due();
    mayEnd.release(WORKERS + 1);
    await().until(() -> dispatcher.due() < due);
    assertThat(dispatcher.due()).isGreaterThan(ITEMS / 2);

    mayEnd.release(ITEMS);
    await().until(() -> done.size() == ITEMS);
    assertThat(dispatcher.drain(Duration.ofSeconds(20))).isTrue();
  }

  @Test
  void stopsWhileAllWorkersAreBusy() {
    for (int i = 0; i < ITEMS; i++) {
      dispatcher.submit(i);
    }
    dispatcher.start(this::work);
    await().until(() -> dispatcher.due() <= ITEMS - 2 * WORKERS);

    dispatcher.stop();

    await()
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().startsWith("nylas-webhook-inbox")));
    mayEnd.release(ITEMS);
  }
}
