package io.github.nylaswebhook.message;

import java.io.IOException;
import java.util.List;

/**
 * Knows a grant's folders, of which messages carry only the ids. Called from many threads, for each
 * message that is in a folder whose id doesn't say what it is for: it remembers. What it throws is
 * treated as what a {@link MessageFetcher} throws.
 */
@FunctionalInterface
public interface FolderSource {
  /** All folders of a grant. An application id may be empty. */
  List<Folder> folders(String applicationId, String grantId) throws IOException;

  /** A folder of this grant has changed: what is remembered of them may be wrong. */
  default void forget(String applicationId, String grantId) {}
}
