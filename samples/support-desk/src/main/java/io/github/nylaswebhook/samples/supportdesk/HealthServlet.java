package io.github.nylaswebhook.samples.supportdesk;

import com.squareup.moshi.JsonWriter;
import io.github.nylaswebhook.Health;
import io.github.nylaswebhook.WebhookHandler;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import okio.BufferedSink;
import okio.Okio;

/**
 * {@code GET /healthz}: 200 as long as deliveries are accepted, since taking the desk out of
 * service for a problem behind it would lose mail; the problems are in the answer.
 */
final class HealthServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  private final transient WebhookHandler handler;

  HealthServlet(WebhookHandler handler) {
    this.handler = handler;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Health health = handler.health();
    response.setStatus(health.accepting() ? 200 : 503);
    response.setContentType("application/json; charset=utf-8");
    try (BufferedSink sink = Okio.buffer(Okio.sink(response.getOutputStream()));
        JsonWriter json = JsonWriter.of(sink)) {
      json.beginObject();
      json.name("status").value(health.isUp() ? "up" : "down");
      json.name("accepting").value(health.accepting());
      json.name("problems").beginArray();
      for (String problem : health.problems()) {
        json.value(problem);
      }
      json.endArray();
      json.endObject();
    }
  }
}
