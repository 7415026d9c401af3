package io.github.nylaswebhook.signature;

import java.util.List;

/**
 * Where the webhook secrets come from. Asked on every delivery, from many threads, so that a
 * rotated secret is known without a restart; an implementation that reads a vault should cache.
 *
 * <p>Nylas drops the old secret the moment a new one is made, while deliveries signed with the old
 * one are still in flight, so a source returns both for a while.
 */
@FunctionalInterface
public interface SecretSource {
  /**
   * The secrets that may have signed a delivery, at least one, none blank. A source that throws
   * makes the delivery be answered 503, so that Nylas sends it again.
   */
  List<String> secrets();
}
