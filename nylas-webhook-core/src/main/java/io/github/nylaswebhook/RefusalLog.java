package io.github.nylaswebhook;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says why requests are refused, each reason once in ten seconds at most: the endpoint is public,
 * and whoever knocks must not fill the disk.
 */
final class RefusalLog {
  private static final Logger log = LoggerFactory.getLogger(WebhookHandler.class);
  private static final long QUIET_NANOS = 10_000_000_000L;

  /** By reason: constants of the handler's, so there are few. */
  private final ConcurrentMap<String, Reason> reasons = new ConcurrentHashMap<>();

  private static final class Reason {
    private final AtomicLong quietUntil = new AtomicLong(System.nanoTime());
    private final AtomicLong suppressed = new AtomicLong();
  }

  void refused(int status, String reason) {
    Reason state = reasons.computeIfAbsent(reason, r -> new Reason());
    long now = System.nanoTime();
    long quietUntil = state.quietUntil.get();
    if (now - quietUntil < 0 || !state.quietUntil.compareAndSet(quietUntil, now + QUIET_NANOS)) {
      state.suppressed.incrementAndGet();
      return;
    }
    long more = state.suppressed.getAndSet(0);
    log.warn("Answered {}: {}{}", status, reason, more == 0 ? "" : " (and " + more + " before)");
  }
}
