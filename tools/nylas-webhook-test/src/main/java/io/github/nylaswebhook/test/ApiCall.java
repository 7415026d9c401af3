package io.github.nylaswebhook.test;

import java.time.Instant;

/**
 * A call that a {@link FakeNylas} got.
 *
 * @param at when
 * @param method the HTTP method
 * @param path the path as it was sent, undecoded
 * @param query what follows the {@code ?}; empty if nothing does
 * @param status what it was answered; 0 if the connection was closed instead
 */
public record ApiCall(Instant at, String method, String path, String query, int status) {}
