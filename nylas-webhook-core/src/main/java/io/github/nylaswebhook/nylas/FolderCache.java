package io.github.nylaswebhook.nylas;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.nylaswebhook.internal.Threads;
import io.github.nylaswebhook.message.Folder;
import io.github.nylaswebhook.message.FolderSource;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers each grant's folders. Threads that ask for the same grant at once share one call; it is
 * made outside of any lock.
 */
final class FolderCache implements FolderSource {
  private static final Logger log = LoggerFactory.getLogger(NylasClient.class);

  /** Changes come as notifications, to who subscribed to them; to others after this. */
  static final Duration EXPIRY = Duration.ofHours(1);

  /**
   * After which a folder that isn't in the list is looked for again. With IMAP, folders turn up
   * until 10 minutes after the grant was made.
   */
  static final Duration UNKNOWN_AGAIN = Duration.ofMinutes(5);

  private static final int MAX_GRANTS = 10_000;

  private final NylasClient client;
  private final InstantSource clock;
  private final AsyncCache<String, Listed> byGrant =
      Caffeine.newBuilder().maximumSize(MAX_GRANTS).buildAsync();

  /** Nothing by id if Nylas refuses to list them. */
  private record Listed(Map<String, Folder> byId, boolean refused, Instant at) {
    boolean goodFor(Collection<String> ids, Instant now) {
      Duration age = Duration.between(at, now);
      return age.compareTo(EXPIRY) < 0
          && (refused || age.compareTo(UNKNOWN_AGAIN) < 0 || byId.keySet().containsAll(ids));
    }
  }

  FolderCache(NylasClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  @Override
  public List<Folder> folders(String applicationId, String grantId, Collection<String> ids)
      throws IOException {
    Map<String, Folder> known = listed(grantId, ids).byId();
    return ids.stream().map(known::get).filter(Objects::nonNull).toList();
  }

  @Override
  public void forget(String applicationId, String grantId) {
    byGrant.synchronous().invalidate(grantId);
  }

  private Listed listed(String grantId, Collection<String> ids) throws IOException {
    Instant now = clock.instant();
    CompletableFuture<Listed> known = byGrant.getIfPresent(grantId);
    if (known != null) {
      Listed listed = await(known);
      if (listed.goodFor(ids, now)) {
        return listed;
      }
      byGrant.asMap().remove(grantId, known);
    }
    CompletableFuture<Listed> mine = new CompletableFuture<>();
    CompletableFuture<Listed> under = byGrant.get(grantId, (grant, executor) -> mine);
    if (under != mine) {
      return await(under);
    }
    try {
      Listed listed = list(grantId, now);
      mine.complete(listed);
      return listed;
    } catch (IOException | RuntimeException | Error e) {
      // Those who wait with us get the same answer; nobody after them does.
      mine.completeExceptionally(e);
      throw e;
    }
  }

  private Listed list(String grantId, Instant now) throws IOException {
    try {
      Map<String, Folder> byId = new HashMap<>();
      client.listFolders(grantId).forEach(folder -> byId.put(folder.id(), folder));
      return new Listed(byId, false, now);
    } catch (NylasApiException e) {
      if (e.isTransient() || e.isUnauthorized() || e.status() >= 500) {
        throw e;
      }
      // The grant lacks the scope, or its provider the folders: mail goes on without them.
      log.warn(
          "The folders of grant {} can't be listed ({}): its sent mail and drafts are told by their"
              + " senders only",
          grantId,
          e.status());
      return new Listed(Map.of(), true, now);
    }
  }

  private static Listed await(CompletableFuture<Listed> listing) throws IOException {
    try {
      return Threads.blocking(listing::join);
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }
}
