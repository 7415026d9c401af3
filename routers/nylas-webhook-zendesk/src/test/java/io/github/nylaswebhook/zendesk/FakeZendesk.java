package io.github.nylaswebhook.zendesk;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.internal.Digests;
import io.github.nylaswebhook.internal.Json;
import java.io.IOException;
import java.net.URLDecoder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What Zendesk's Ticketing API does, as far as it is documented or shown by what its clients
 * handle. Safe for use by many threads: each request is one step.
 */
final class FakeZendesk {
  static final String AUTHORIZATION = "Basic Ym90QGFjbWUuZXhhbXBsZS90b2tlbjpzM2NyZXQ=";

  private static final Duration KEYS_LIVE = Duration.ofHours(2);
  private static final Pattern EMAIL = Pattern.compile("[^\\s@]+@[^\\s@]+\\.[^\\s@.]+");

  private final InstantSource clock;
  private final Map<Long, Entry> tickets = new TreeMap<>();
  private final Map<String, User> users = new LinkedHashMap<>();
  private final Map<String, Stored> keys = new LinkedHashMap<>();
  private final Map<String, Upload> uploads = new LinkedHashMap<>();
  private long lastId = 100;

  /** A ticket; times are kept to the second, as Zendesk does. */
  static final class Entry {
    final long id;
    final Json made;
    final long requesterId;
    String status = "new";
    Instant updatedAt;
    final List<Audit> audits = new ArrayList<>();
    boolean deleted;

    Entry(long id, Json made, long requesterId, Instant updatedAt) {
      this.id = id;
      this.made = made;
      this.requesterId = requesterId;
      this.updatedAt = updatedAt;
    }

    String externalId() {
      return made.stringOr("external_id", "");
    }

    List<Json> comments() {
      return audits.stream().map(Audit::comment).filter(comment -> !comment.isEmpty()).toList();
    }
  }

  /** One update. */
  record Audit(long id, Json metadata, Json comment, long authorId) {}

  record User(long id, String name, String email, String role, boolean suspended) {}

  record Upload(String filename, long size) {}

  private record Stored(String body, Reply reply, Instant since) {}

  /** A request, its body read. */
  record Call(
      String method,
      String path,
      Map<String, String> query,
      Map<String, String> headers,
      String body) {
    static Map<String, String> query(@Nullable String query) {
      Map<String, String> parameters = new LinkedHashMap<>();
      if (query != null) {
        for (String parameter : query.split("&", -1)) {
          String[] parts = parameter.split("=", 2);
          parameters.put(
              URLDecoder.decode(parts[0], UTF_8),
              parts.length == 1 ? "" : URLDecoder.decode(parts[1], UTF_8));
        }
      }
      return parameters;
    }
  }

  record Reply(int status, Map<String, String> headers, String body) {}

  FakeZendesk(InstantSource clock) {
    this.clock = clock;
    user("Bot", "bot@acme.example", "admin", false);
  }

  // ---- what tests arrange and look at

  synchronized User user(String name, String email, String role, boolean suspended) {
    User user = new User(++lastId, name, email, role, suspended);
    users.put(email, user);
    return user;
  }

  synchronized Optional<User> user(String email) {
    return Optional.ofNullable(users.get(email));
  }

  synchronized List<Entry> tickets() {
    return tickets.values().stream().filter(ticket -> !ticket.deleted).toList();
  }

  synchronized Entry ticket(String id) {
    return tickets.get(Long.valueOf(id));
  }

  synchronized void status(String id, String status) {
    Entry ticket = ticket(id);
    ticket.status = status;
    touch(ticket);
  }

  synchronized void delete(String id) {
    ticket(id).deleted = true;
  }

  /** An agent's comment. */
  synchronized void agentWrites(String id, String text) {
    Entry ticket = ticket(id);
    ticket.audits.add(
        new Audit(
            ++lastId,
            Json.of(Map.of()),
            Json.of(Map.of("html_body", text, "public", true)),
            users.get("bot@acme.example").id()));
    touch(ticket);
  }

  synchronized Map<String, Upload> uploads() {
    return new LinkedHashMap<>(uploads);
  }

  private void touch(Entry ticket) {
    ticket.updatedAt = now();
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS);
  }

  // ---- the API

  Reply answer(Call call) {
    if (!AUTHORIZATION.equals(call.headers().get("authorization"))) {
      return error(401, "Couldn't authenticate you", Map.of());
    }
    if (!"application/json".equals(call.headers().get("accept"))) {
      return error(406, "NotAcceptable", Map.of());
    }
    synchronized (this) {
      return answered(call);
    }
  }

  private Reply answered(Call call) {
    Matcher one = Pattern.compile("/api/v2/tickets/(\\d+)\\.json").matcher(call.path());
    Matcher audits = Pattern.compile("/api/v2/tickets/(\\d+)/audits\\.json").matcher(call.path());
    if (call.path().equals("/api/v2/tickets.json")) {
      return call.method().equals("POST") ? create(call) : list(call);
    }
    if (one.matches()) {
      Entry ticket = tickets.get(Long.valueOf(one.group(1)));
      if (ticket == null || ticket.deleted) {
        return error(404, "RecordNotFound", Map.of());
      }
      return call.method().equals("PUT") ? update(ticket, call) : show(ticket);
    }
    if (audits.matches()) {
      return audits(tickets.get(Long.valueOf(audits.group(1))), call);
    }
    return error(404, "InvalidEndpoint", Map.of());
  }

  private Reply create(Call call) {
    keys.values().removeIf(stored -> !stored.since().plus(KEYS_LIVE).isAfter(clock.instant()));
    String key = call.headers().getOrDefault("idempotency-key", "");
    Stored stored = keys.get(key);
    if (stored != null) {
      return stored.body().equals(Digests.sha256Hex(call.body().getBytes(UTF_8)))
          ? new Reply(
              stored.reply().status(), Map.of("x-idempotency-lookup", "hit"), stored.reply().body())
          : new Reply(
              400,
              Map.of(),
              Json.write(
                  Map.of(
                      "error",
                      "IdempotentRequestError",
                      "description",
                      "Request parameters don't match the given idempotency key")));
    }
    Json ticket = read(call);
    Optional<Reply> refused = refuse(ticket);
    if (refused.isPresent()) {
      return refused.get();
    }
    Json requester = ticket.object("requester");
    long requesterId = users.get("bot@acme.example").id();
    if (!requester.isEmpty()) {
      String email = requester.stringOr("email", "").toLowerCase(Locale.ROOT);
      String name = requester.stringOr("name", "");
      User known = users.get(email);
      if (known == null && (name.isBlank() || !EMAIL.matcher(email).matches())) {
        return invalid(
            "requester", "Requester: Email: " + email + " is not properly formatted", "");
      }
      if (known != null && known.suspended()) {
        return invalid(
            "requester", "Requester: " + known.name() + " is suspended.", "UserSuspended");
      }
      requesterId = (known == null ? user(name, email, "end-user", false) : known).id();
    }
    Entry made = new Entry(++lastId, ticket, requesterId, now());
    Json comment = ticket.object("comment");
    made.audits.add(
        new Audit(
            ++lastId,
            ticket.object("metadata"),
            comment,
            comment.has("author_id") ? comment.longOr("author_id", 0) : requesterId));
    tickets.put(made.id, made);
    Reply reply =
        new Reply(
            201,
            Map.of(
                "x-idempotency-lookup",
                "miss",
                "Location",
                "https://acme.zendesk.com/api/v2/tickets/" + made.id + ".json"),
            Json.write(Map.of("ticket", json(made))));
    if (!key.isEmpty()) {
      keys.put(
          key, new Stored(Digests.sha256Hex(call.body().getBytes(UTF_8)), reply, clock.instant()));
    }
    return reply;
  }

  private Optional<Reply> refuse(Json ticket) {
    Json comment = ticket.object("comment");
    String html = comment.stringOr("html_body", "");
    if (html.isBlank()) {
      return Optional.of(invalid("comment", "Comment: cannot be blank", "BlankValue"));
    }
    if (html.getBytes(UTF_8).length > 65_535) {
      return Optional.of(invalid("comment", "Comment: is too long", "ValueTooLong"));
    }
    String subject = ticket.stringOr("subject", "-");
    if (subject.isBlank() || subject.contains("\n") || subject.length() > 300) {
      return Optional.of(invalid("subject", "Subject: is invalid", ""));
    }
    if ((html + subject).chars().anyMatch(c -> c < ' ' && c != '\n' && c != '\t')) {
      return Optional.of(invalid("comment", "Comment: has characters that none may have", ""));
    }
    for (Object tag : ticket.list("tags")) {
      if (!String.valueOf(tag).matches("[\\p{L}\\p{N}_:/-]+")) {
        return Optional.of(invalid("tags", "Tags: '" + tag + "' is invalid", ""));
      }
    }
    for (Object token : comment.list("uploads")) {
      if (!uploads.containsKey(String.valueOf(token))) {
        return Optional.of(invalid("uploads", "Uploads: token is invalid", ""));
      }
    }
    return Optional.empty();
  }

  private Reply list(Call call) {
    String externalId = call.query().get("external_id");
    return ok(
        Map.of(
            "tickets",
            tickets().stream()
                .filter(ticket -> externalId == null || ticket.externalId().equals(externalId))
                .map(this::json)
                .toList()));
  }

  private Reply show(Entry ticket) {
    return ok(
        Map.of(
            "ticket",
            json(ticket),
            "users",
            users.values().stream()
                .filter(
                    user ->
                        user.id() == ticket.requesterId
                            || user.email().equals("bot@acme.example")
                            || user.email().startsWith("cc."))
                .map(
                    user ->
                        Map.of(
                            "id", user.id(),
                            "name", user.name(),
                            "email", user.email(),
                            "role", user.role(),
                            "suspended", user.suspended()))
                .toList()));
  }

  private Reply update(Entry ticket, Call call) {
    Json update = read(call);
    if (update.bool("safe_update")
        && !update.stringOr("updated_stamp", "").equals(ticket.updatedAt.toString())) {
      return error(409, "UpdateConflict", Map.of());
    }
    if (ticket.status.equals("closed")) {
      return invalid("status", "Status: closed prevents ticket update", "");
    }
    Optional<Reply> refused = refuse(update);
    if (refused.isPresent()) {
      return refused.get();
    }
    if (Json.write(update.object("metadata").asMap()).length() > 1_024) {
      return invalid("metadata", "Metadata: is too long", "");
    }
    Json comment = update.object("comment");
    long author = comment.longOr("author_id", users.get("bot@acme.example").id());
    for (User user : users.values()) {
      if (user.id() == author && user.name().equals("refused as an author")) {
        return invalid("author", "Author: " + user.name() + " is suspended.", "UserSuspended");
      }
    }
    ticket.audits.add(new Audit(++lastId, update.object("metadata"), comment, author));
    ticket.status = update.stringOr("status", ticket.status);
    touch(ticket);
    return ok(Map.of("ticket", json(ticket)));
  }

  private Reply audits(@Nullable Entry ticket, Call call) {
    if (ticket == null || ticket.deleted) {
      return error(404, "RecordNotFound", Map.of());
    }
    int size = Integer.parseInt(call.query().getOrDefault("page[size]", "100"));
    int from = Integer.parseInt(call.query().getOrDefault("page[after]", "0"));
    int to = Math.min(ticket.audits.size(), from + Math.min(size, 100));
    List<Map<String, Object>> page =
        ticket.audits.subList(from, to).stream()
            .map(
                audit ->
                    Map.of(
                        "id", audit.id(),
                        "ticket_id", ticket.id,
                        "metadata", Map.of("system", Map.of(), "custom", audit.metadata().asMap()),
                        "events", List.of(audit.comment().asMap())))
            .toList();
    Map<String, Object> meta = new LinkedHashMap<>();
    meta.put("has_more", to < ticket.audits.size());
    meta.put("after_cursor", Integer.toString(to));
    return ok(Map.of("audits", page, "meta", meta));
  }

  /** The answer to an upload of so many bytes. */
  synchronized Reply upload(String filename, long size) {
    if (filename.endsWith(".exe")) {
      return invalid("file", "Attachment: this file type isn't allowed", "");
    }
    String token = "token-" + ++lastId;
    uploads.put(token, new Upload(filename, size));
    return new Reply(201, Map.of(), Json.write(Map.of("upload", Map.of("token", token))));
  }

  private Map<String, Object> json(Entry ticket) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", ticket.id);
    json.put("external_id", ticket.externalId());
    json.put("subject", ticket.made.stringOr("subject", ""));
    json.put("status", ticket.status);
    json.put("requester_id", ticket.requesterId);
    json.put("updated_at", ticket.updatedAt.toString());
    return json;
  }

  private static Json read(Call call) {
    try {
      return Json.read(call.body().getBytes(UTF_8)).object("ticket");
    } catch (IOException e) {
      throw new IllegalStateException("not JSON: " + call.body(), e);
    }
  }

  private static Reply ok(Map<String, Object> body) {
    return new Reply(200, Map.of(), Json.write(body));
  }

  private static Reply invalid(String member, String description, String error) {
    return error(
        422,
        "RecordInvalid",
        Map.of(member, List.of(Map.of("description", description, "error", error))));
  }

  private static Reply error(int status, String error, Map<String, Object> details) {
    return new Reply(
        status,
        Map.of(),
        Json.write(Map.of("error", error, "description", error, "details", details)));
  }

  /** For messages of failing tests. */
  @Override
  public synchronized String toString() {
    return tickets.values().stream()
        .map(ticket -> ticket.id + " " + ticket.status + " " + ticket.made.asMap())
        .collect(Collectors.joining("\n"));
  }
}
