package io.github.nylaswebhook.inbox;

import java.time.Instant;
import java.util.Optional;

/**
 * What an inbox holds, at one moment.
 *
 * @param waiting deliveries that aren't done: due, put off, or being processed
 * @param deadLetters deliveries that were given up
 * @param oldestReceivedAt when the oldest of the waiting came in; empty if none waits
 */
public record InboxStatistics(long waiting, long deadLetters, Optional<Instant> oldestReceivedAt) {}
