package io.github.nylaswebhook.message;

import java.io.IOException;
import java.util.Collection;
import java.util.List;

/**
 * Knows what a grant's folders are for: messages carry only their ids, and with Microsoft and IMAP
 * those don't say it. Called from many threads, for each message in such a folder, so it remembers.
 * What it throws is treated as what a {@link MessageFetcher} throws; but after five failures for a
 * message, other than refused credentials and being asked to wait, that message goes on without its
 * folders.
 */
@FunctionalInterface
public interface FolderSource {
  /**
   * The folders with these ids, as far as they are known.
   *
   * @param applicationId the Nylas application; empty if the notification doesn't say
   * @param grantId the connected account
   * @param ids never none
   */
  List<Folder> folders(String applicationId, String grantId, Collection<String> ids)
      throws IOException;

  /** A folder of this grant has changed: what is remembered of them may be wrong. */
  default void forget(String applicationId, String grantId) {}
}
