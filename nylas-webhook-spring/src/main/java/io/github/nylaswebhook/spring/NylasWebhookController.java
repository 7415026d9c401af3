package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.WebhookHeaders;
import io.github.nylaswebhook.WebhookRequest;
import io.github.nylaswebhook.WebhookResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.springframework.web.HttpRequestHandler;

/**
 * The webhook's endpoint. Spring Boot maps it by itself; elsewhere, name the bean by the path that
 * Nylas calls:
 *
 * <pre>{@code
 * @Bean("/webhooks/nylas")
 * NylasWebhookController nylas(WebhookHandler handler) {
 *   return new NylasWebhookController(handler);
 * }
 * }</pre>
 *
 * <p>Answers every method. Reads the body from the request's input stream only, so no filter before
 * it may ask for parameters. The handler stays the giver's to close. Safe for use by many threads.
 */
public class NylasWebhookController implements HttpRequestHandler {
  private final WebhookHandler handler;

  public NylasWebhookController(WebhookHandler handler) {
    this.handler = handler;
  }

  @Override
  public void handleRequest(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    WebhookHeaders headers = name -> values(request.getHeaders(name));
    WebhookResponse answer =
        handler.handle(
            new WebhookRequest(
                request.getMethod(),
                request.getQueryString(),
                headers,
                body(request),
                request.getContentLengthLong()));
    byte[] content = answer.bodyBytes();
    response.setStatus(answer.status());
    answer.headers().forEach(response::setHeader);
    // With a length, and written at once, it isn't chunked, which Nylas refuses in a challenge.
    response.setContentLength(content.length);
    if (content.length > 0) {
      response.getOutputStream().write(content);
    }
    // A web server that stops may take a request for finished once this returns, and cut it off.
    response.flushBuffer();
  }

  private static InputStream body(HttpServletRequest request) throws IOException {
    try {
      return request.getInputStream();
    } catch (IllegalStateException e) {
      // A filter has taken the reader. The handler finds nothing to read, and says what that means.
      return InputStream.nullInputStream();
    }
  }

  private static List<String> values(Enumeration<String> values) {
    return values == null ? List.of() : Collections.list(values);
  }
}
