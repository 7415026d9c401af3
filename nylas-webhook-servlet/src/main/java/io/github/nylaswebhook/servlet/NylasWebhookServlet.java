package io.github.nylaswebhook.servlet;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.WebhookHeaders;
import io.github.nylaswebhook.WebhookRequest;
import io.github.nylaswebhook.WebhookResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;

/**
 * The webhook's endpoint. Register an instance under the path that Nylas calls:
 *
 * <pre>{@code
 * servletContext.addServlet("nylas", new NylasWebhookServlet(handler)).addMapping("/webhooks/nylas");
 * }</pre>
 *
 * <p>Reads the body from the input stream only, so no filter before it may ask for parameters.
 * Needs no asynchronous support: an answer takes as long as the inbox needs to store a delivery.
 * The handler stays the giver's to close.
 */
public class NylasWebhookServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  private final transient WebhookHandler handler;

  public NylasWebhookServlet(WebhookHandler handler) {
    this.handler = handler;
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
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
