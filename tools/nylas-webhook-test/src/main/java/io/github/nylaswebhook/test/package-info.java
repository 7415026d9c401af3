/**
 * What it takes to test a webhook's endpoint, a router or a store without Nylas: deliveries signed
 * as Nylas signs them, a {@link io.github.nylaswebhook.test.FakeNylas} that answers and delivers
 * over HTTP as Nylas does, and the contract tests that every {@code Inbox} and {@code DedupStore}
 * has to pass.
 */
@NullMarked
package io.github.nylaswebhook.test;

import org.jspecify.annotations.NullMarked;
