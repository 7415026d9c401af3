package io.github.nylaswebhook.samples.supportdesk;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.squareup.moshi.JsonWriter;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.security.MessageDigest;
import java.util.List;
import okio.BufferedSink;
import okio.Okio;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /tickets?limit=N}: the newest tickets as a JSON array. They hold customers' mail, so
 * only callers on this machine get them, or those that know the token.
 */
final class TicketsServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;
  private static final int DEFAULT_LIMIT = 100;
  private static final Logger log = LoggerFactory.getLogger(TicketsServlet.class);

  /** What a reverse proxy on this machine adds, whose callers are elsewhere. */
  private static final List<String> FORWARDED =
      List.of("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via");

  private final transient Storage storage;
  private final String token;

  TicketsServlet(Storage storage, String token) {
    this.storage = storage;
    this.token = token;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (!isLocal(request) && !knowsToken(request)) {
      response.setHeader("WWW-Authenticate", "Bearer");
      fail(
          response,
          401,
          "Tickets are shown to callers on this machine, or with the bearer token in TICKETS_TOKEN");
      return;
    }
    int limit = DEFAULT_LIMIT;
    String given = request.getParameter("limit");
    if (given != null) {
      limit = given.matches("[0-9]{1,7}") ? Integer.parseInt(given) : 0;
      if (limit < 1 || limit > TicketBook.CAPACITY) {
        fail(response, 400, "limit must be a number from 1 to " + TicketBook.CAPACITY);
        return;
      }
    }
    List<TicketBook.Row> tickets;
    try {
      tickets = storage.newest(limit);
    } catch (StoreUnavailableException e) {
      log.warn("Tickets can't be shown: {}", e.getMessage());
      response.setHeader("Retry-After", "30");
      fail(response, 503, "The tickets' database is out of reach; try again in a moment");
      return;
    }
    response.setContentType("application/json; charset=utf-8");
    response.setHeader("Cache-Control", "no-store");
    try (BufferedSink sink = Okio.buffer(Okio.sink(response.getOutputStream()));
        JsonWriter json = JsonWriter.of(sink)) {
      json.beginArray();
      for (TicketBook.Row row : tickets) {
        write(json, row);
      }
      json.endArray();
    }
  }

  private static void write(JsonWriter json, TicketBook.Row row) throws IOException {
    json.beginObject();
    json.name("id").value(row.id());
    json.name("messageId").value(row.messageId());
    json.name("grantId").value(row.grantId());
    json.name("threadId").value(row.threadId());
    json.name("subject").value(row.subject());
    json.name("from").value(row.from());
    json.name("category").value(row.category());
    json.name("priority").value(row.priority().label());
    json.name("tags").beginArray();
    for (String tag : row.tags()) {
      json.value(tag);
    }
    json.endArray();
    json.name("receivedAt").value(row.receivedAt().toString());
    json.name("idempotencyKey").value(row.idempotencyKey());
    json.name("followUps").value(row.followUps());
    json.endObject();
  }

  private static boolean isLocal(HttpServletRequest request) throws IOException {
    return InetAddress.getByName(request.getRemoteAddr()).isLoopbackAddress()
        && FORWARDED.stream().allMatch(name -> request.getHeader(name) == null);
  }

  private boolean knowsToken(HttpServletRequest request) {
    String given = request.getHeader("Authorization");
    return !token.isEmpty()
        && given != null
        && MessageDigest.isEqual(given.getBytes(UTF_8), ("Bearer " + token).getBytes(UTF_8));
  }

  private static void fail(HttpServletResponse response, int status, String message)
      throws IOException {
    byte[] body = (message + "\n").getBytes(UTF_8);
    response.setStatus(status);
    response.setContentType("text/plain; charset=utf-8");
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }
}
