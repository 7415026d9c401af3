package io.github.nylaswebhook.message;

import java.io.IOException;

/**
 * Gets a message's present state. Called from the inbox's workers, so from many threads. What it
 * throws decides what becomes of the delivery: {@code NylasApiException} by its status; {@code
 * RetryLaterException} and {@code PermanentException} as they say; any other {@link IOException} is
 * an outage, which is waited for without using up attempts; anything else is a counted retry.
 */
@FunctionalInterface
public interface MessageFetcher {
  Message fetch(MessageRef ref) throws IOException;
}
