package io.github.nylaswebhook.samples.supportdesk;

import com.squareup.moshi.JsonWriter;
import io.github.nylaswebhook.Health;
import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.inbox.InboxStatistics;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import okio.BufferedSink;
import okio.Okio;

/**
 * {@code GET /healthz}: 200 as long as deliveries are accepted, since taking the desk out of
 * service for a problem behind it would lose mail; the problems are in the answer, what was set
 * aside since the start, by kind, and how much waits. Where that can't be had, the inbox is out of
 * reach, and deliveries are refused.
 */
final class HealthServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  private final transient WebhookHandler handler;
  private final transient Inbox inbox;
  private final transient Supplier<Optional<String>> problem;
  private final transient BooleanSupplier closing;

  HealthServlet(
      WebhookHandler handler,
      Inbox inbox,
      Supplier<Optional<String>> problem,
      BooleanSupplier closing) {
    this.handler = handler;
    this.inbox = inbox;
    this.problem = problem;
    this.closing = closing;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Health health = handler.health();
    List<String> problems = new ArrayList<>(health.problems());
    problem.get().ifPresent(problems::add);
    InboxStatistics statistics = null;
    try {
      statistics = inbox.statistics();
    } catch (StoreUnavailableException e) {
      problems.add("the inbox is out of reach, and deliveries are refused until it is back");
    }
    boolean accepting = health.accepting() && !closing.getAsBoolean() && statistics != null;
    response.setStatus(accepting ? 200 : 503);
    response.setContentType("application/json; charset=utf-8");
    try (BufferedSink sink = Okio.buffer(Okio.sink(response.getOutputStream()));
        JsonWriter json = JsonWriter.of(sink)) {
      json.setSerializeNulls(true);
      json.beginObject();
      json.name("status").value(accepting && problems.isEmpty() ? "up" : "down");
      json.name("accepting").value(accepting);
      json.name("problems").beginArray();
      for (String problem : problems) {
        json.value(problem);
      }
      json.endArray();
      json.name("setAside").beginObject();
      for (Map.Entry<MessageKind, Long> kind :
          new TreeMap<>(handler.statistics().setAside()).entrySet()) {
        json.name(kind.getKey().name().toLowerCase(Locale.ROOT)).value(kind.getValue());
      }
      json.endObject();
      if (statistics != null) {
        json.name("waiting").value(statistics.waiting());
        json.name("deadLetters").value(statistics.deadLetters());
        json.name("oldestReceivedAt")
            .value(statistics.oldestReceivedAt().map(Instant::toString).orElse(null));
      }
      json.endObject();
    }
  }
}
