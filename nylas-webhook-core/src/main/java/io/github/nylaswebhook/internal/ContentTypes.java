package io.github.nylaswebhook.internal;

import okhttp3.MediaType;

/** Content types as strangers write them. */
public final class ContentTypes {
  private static final MediaType BYTES = MediaType.get("application/octet-stream");

  private ContentTypes() {}

  /**
   * Type and subtype, fit for a header; {@code application/octet-stream} if it isn't one. The
   * parameters are left out: a quoted one may hold a name with umlauts, which OkHttp refuses to
   * send, or a line break, which would end the header.
   */
  public static MediaType bare(String given) {
    int parameters = given.indexOf(';');
    MediaType type =
        MediaType.parse((parameters < 0 ? given : given.substring(0, parameters)).strip());
    return type == null ? BYTES : type;
  }
}
