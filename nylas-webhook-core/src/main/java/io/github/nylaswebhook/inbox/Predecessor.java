package io.github.nylaswebhook.inbox;

import java.time.Instant;

/**
 * An unfinished delivery that belongs before another one. Dead letters aren't waited for.
 *
 * @param due when it is tried next; in the past while it is worked on
 * @param failures how many of its tries have failed
 * @param progress what it has achieved
 */
public record Predecessor(String deliveryId, Instant due, int failures, Progress progress) {}
