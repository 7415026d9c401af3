package io.github.nylaswebhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an adapter has to answer: this status, these headers, these bytes, not chunked.
 *
 * @param status the HTTP status
 * @param headers Content-Length among them, and Content-Type if there is a body
 * @param body the text of the body
 */
public record WebhookResponse(int status, Map<String, String> headers, String body) {
  private static final String TEXT = "text/plain; charset=utf-8";

  public WebhookResponse {
    headers = Map.copyOf(headers);
  }

  static WebhookResponse of(int status, String body, Map<String, String> more) {
    Map<String, String> headers = new LinkedHashMap<>(more);
    if (!body.isEmpty()) {
      headers.put("Content-Type", TEXT);
      headers.put("X-Content-Type-Options", "nosniff");
    }
    headers.put("Content-Length", Integer.toString(body.getBytes(UTF_8).length));
    return new WebhookResponse(status, headers, body);
  }

  static WebhookResponse of(int status, String body) {
    return of(status, body, Map.of());
  }

  /** The body as it goes out, in UTF-8. */
  public byte[] bodyBytes() {
    return body.getBytes(UTF_8);
  }
}
