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
import org.jspecify.annotations.Nullable;

/**
 * The webhook's endpoint. Register an instance under the path that Nylas calls:
 *
 * <pre>{@code
 * servletContext.addServlet("nylas", new NylasWebhookServlet(handler)).addMapping("/webhooks/nylas");
 * }</pre>
 *
 * <p>Where the container makes the instance, by {@code web.xml} or for a subclass with
 * {@code @WebServlet}, it takes the handler from the servlet context, where a {@code
 * ServletContextListener} puts it as {@link #HANDLER_ATTRIBUTE}.
 *
 * <p>Reads the body from the input stream only, so no filter before it may ask for parameters.
 * Needs no asynchronous support: an answer takes as long as the inbox needs to store a delivery.
 * The handler stays the giver's to close.
 */
public class NylasWebhookServlet extends HttpServlet {
  /** The attribute of the servlet context that holds the handler, if the constructor gets none. */
  public static final String HANDLER_ATTRIBUTE = "io.github.nylaswebhook.WebhookHandler";

  private static final long serialVersionUID = 1L;

  private static final String MISSING =
      "No WebhookHandler, so deliveries are answered 503: put one into the servlet context as"
          + " attribute "
          + HANDLER_ATTRIBUTE
          + ", in a ServletContextListener for example, or give it to the servlet's constructor";

  private final transient @Nullable WebhookHandler handler;

  /**
   * For containers: takes the handler from the servlet context. While there is none, the log says
   * so, and requests are answered 503, so that Nylas delivers again what comes too early.
   */
  public NylasWebhookServlet() {
    handler = null;
  }

  public NylasWebhookServlet(WebhookHandler handler) {
    this.handler = handler;
  }

  /** Says at once if there is no handler. */
  @Override
  public void init() {
    if (handler() == null) {
      log(MISSING);
    }
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    WebhookHandler handling = handler();
    if (handling == null) {
      log(MISSING);
      response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
      response.setHeader("Retry-After", "30");
      response.setContentLength(0);
      return;
    }
    WebhookHeaders headers = name -> values(request.getHeaders(name));
    WebhookResponse answer =
        handling.handle(
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
    // A server that stops may take a request for finished once this returns, and cut it off.
    response.flushBuffer();
  }

  private @Nullable WebhookHandler handler() {
    return handler == null
            && getServletContext().getAttribute(HANDLER_ATTRIBUTE) instanceof WebhookHandler found
        ? found
        : handler;
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
