package io.github.nylaswebhook.samples.supportdesk;

import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.nylas.GrantLimiter;
import io.github.nylaswebhook.redis.RedisDedupStore;
import io.github.nylaswebhook.redis.RedisGrantLimiter;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Claims and the rate limit in Redis, for several desks; the rest where it is without. */
final class RedisStorage implements Storage {
  /** A process that has only just begun is slow to connect. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Storage rest;
  private final String name;
  private final RedisDedupStore dedupStore;
  private final RedisGrantLimiter limiter;

  private RedisStorage(Storage rest, String url) {
    this.rest = rest;
    name = name(url);
    dedupStore = RedisDedupStore.builder(url).build();
    limiter = RedisGrantLimiter.builder(url).build();
  }

  /** Takes the rest over, and closes it with itself, or when there is no Redis. */
  static RedisStorage over(Storage rest, String url) throws Settings.InvalidException {
    try {
      probe(url);
    } catch (StoreUnavailableException e) {
      rest.close();
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      throw new Settings.InvalidException(
          DatabaseStorage.oneLine(
              name(url)
                  + " can't be used: "
                  + cause.getMessage()
                  + ". Is it running, and is REDIS_URL right?"));
    }
    return new RedisStorage(rest, url);
  }

  /**
   * The store itself would wait for a Redis that is away; whoever starts the desk wants to know.
   */
  private static void probe(String url) throws StoreUnavailableException {
    try (RedisDedupStore store = RedisDedupStore.builder(url).commandTimeout(PATIENCE).build()) {
      Claim claim = store.claim("start of " + UUID.randomUUID(), PATIENCE);
      if (claim instanceof Claim.Claimed mine) {
        store.release(mine);
      }
    }
  }

  /** The URL without its user and password, and without parameters. */
  static String name(String url) {
    return url.replaceFirst("//[^/]*@", "//").replaceFirst("\\?.*", "");
  }

  @Override
  public Inbox inbox() {
    return rest.inbox();
  }

  @Override
  public DedupStore dedupStore() {
    return dedupStore;
  }

  @Override
  public ConversationStore conversations() {
    return rest.conversations();
  }

  @Override
  public TicketRouter router() {
    return rest.router();
  }

  @Override
  public List<TicketBook.Row> newest(int limit) throws StoreUnavailableException {
    return rest.newest(limit);
  }

  @Override
  public Optional<GrantLimiter> grantLimiter() {
    return Optional.of(limiter);
  }

  @Override
  public String found() throws StoreUnavailableException {
    return rest.found() + "; claims and rate limit in " + name;
  }

  @Override
  public void close() {
    // What is being processed holds claims until it is done.
    rest.inbox().close();
    limiter.close();
    dedupStore.close();
    rest.close();
  }
}
