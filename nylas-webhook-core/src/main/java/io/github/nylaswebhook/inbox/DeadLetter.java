package io.github.nylaswebhook.inbox;

import java.time.Instant;

/**
 * A delivery that was given up.
 *
 * @param delivery as it came
 * @param why the cause, in words for the person who has to decide
 * @param attempts how many tries were counted
 * @param diedAt when it was given up
 * @param progress what it had achieved, which a replay won't do again
 */
public record DeadLetter(
    Delivery delivery, String why, int attempts, Instant diedAt, Progress progress) {}
