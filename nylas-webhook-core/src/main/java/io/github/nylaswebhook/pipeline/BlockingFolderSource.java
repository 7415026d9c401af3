package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.internal.Threads;
import io.github.nylaswebhook.message.Folder;
import io.github.nylaswebhook.message.FolderSource;
import java.io.IOException;
import java.util.Collection;
import java.util.List;

/** Marks a user's lookups as waiting, so that they hold no worker. */
record BlockingFolderSource(FolderSource given) implements FolderSource {
  @Override
  public List<Folder> folders(String applicationId, String grantId, Collection<String> ids)
      throws IOException {
    return Threads.<List<Folder>, IOException>blocking(
        () -> given.folders(applicationId, grantId, ids));
  }

  @Override
  public void forget(String applicationId, String grantId) {
    given.forget(applicationId, grantId);
  }
}
