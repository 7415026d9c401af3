package io.github.nylaswebhook.redis;

import io.lettuce.core.api.async.RedisAsyncCommands;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;

/**
 * Says once, to whoever set Redis up, that it forgets when its memory is full: that costs nothing
 * until then, and then too much.
 */
final class EvictionNotice {
  private static final String POLICY = "maxmemory-policy";

  private final Logger log;
  private final String consequence;
  private final AtomicBoolean looked = new AtomicBoolean();

  /**
   * One that hasn't looked yet.
   *
   * @param consequence what is forgotten then, and what comes of it
   */
  EvictionNotice(Logger log, String consequence) {
    this.log = log;
    this.consequence = consequence;
  }

  /** Asks Redis about it, without waiting for the answer. */
  void look(RedisAsyncCommands<byte[], byte[]> redis) {
    if (!looked.compareAndSet(false, true)) {
      return;
    }
    redis
        .configGet(POLICY)
        .whenComplete(
            (settings, refused) -> {
              String policy = settings == null ? null : settings.get(POLICY);
              if (policy == null) {
                log.debug("Redis doesn't say what it evicts", refused);
              } else if (!policy.equals("noeviction")) {
                log.warn(
                    "Redis has {} {}: when its memory is full it forgets {}. Set it to noeviction",
                    POLICY,
                    policy,
                    consequence);
              }
            });
  }
}
