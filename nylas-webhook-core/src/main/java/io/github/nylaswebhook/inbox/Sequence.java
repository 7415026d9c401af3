package io.github.nylaswebhook.inbox;

import java.time.Instant;

/**
 * A delivery's place among those that belong together, as the mails of a thread do.
 *
 * @param key the same for all of them; of any length and with any characters
 * @param at earlier ones go first
 */
public record Sequence(String key, Instant at) {}
