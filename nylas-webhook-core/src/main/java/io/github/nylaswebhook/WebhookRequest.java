package io.github.nylaswebhook;

import java.io.InputStream;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an adapter hands over. The adapter neither reads nor decodes the body.
 *
 * @param method the HTTP method
 * @param queryString what follows the {@code ?}, undecoded; null or empty if there is none
 * @param headers the request's headers
 * @param body the body's bytes as they came, unread; the adapter closes it if need be
 * @param declaredLength the Content-Length; negative if there is none
 */
public record WebhookRequest(
    String method,
    @Nullable String queryString,
    WebhookHeaders headers,
    InputStream body,
    long declaredLength) {

  public WebhookRequest(
      String method,
      @Nullable String queryString,
      Map<String, ? extends Collection<String>> headers,
      InputStream body,
      long declaredLength) {
    this(method, queryString, WebhookHeaders.of(headers), body, declaredLength);
  }
}
