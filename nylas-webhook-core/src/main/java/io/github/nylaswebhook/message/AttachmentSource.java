package io.github.nylaswebhook.message;

import java.io.IOException;
import java.io.InputStream;

/** Gives the bytes of attachments. Safe for use by many threads. */
@FunctionalInterface
public interface AttachmentSource {
  /**
   * The attachment's bytes, as they come in: nothing of them is held. Whoever opens it closes it.
   *
   * @throws IOException if it can't be had now
   */
  InputStream open(Message message, Attachment attachment) throws IOException;
}
