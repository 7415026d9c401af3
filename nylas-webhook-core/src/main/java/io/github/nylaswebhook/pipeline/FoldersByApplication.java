package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.message.Folder;
import io.github.nylaswebhook.message.FolderSource;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Asks the application that the folders belong to. */
record FoldersByApplication(Map<String, FolderSource> sources, FolderSource otherwise)
    implements FolderSource {
  @Override
  public List<Folder> folders(String applicationId, String grantId, Collection<String> ids)
      throws IOException {
    return of(applicationId).folders(applicationId, grantId, ids);
  }

  @Override
  public void forget(String applicationId, String grantId) {
    of(applicationId).forget(applicationId, grantId);
  }

  private FolderSource of(String applicationId) {
    return sources.getOrDefault(applicationId, otherwise);
  }
}
