package io.github.nylaswebhook.slack;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.test.DestinationStandIn;
import io.github.nylaswebhook.test.TicketRouterContract.Standing;
import java.io.IOException;
import java.net.URLDecoder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Slack's Web API as its documentation has it, as far as the router uses it. */
final class SlackStandIn extends DestinationStandIn implements Standing {
  static final String TOKEN = "xoxb-1-stand-in";

  /** A message as Slack keeps it. */
  record Posted(String channel, String ts, String thread, Json arguments, boolean deleted) {
    String text() {
      return arguments.stringOr("text", "");
    }

    String key() {
      return arguments.object("metadata").object("event_payload").stringOr("id", "");
    }

    String kind() {
      return arguments.object("metadata").object("event_payload").stringOr("kind", "");
    }

    boolean isReply() {
      return !thread.isEmpty();
    }

    Map<String, Object> json(boolean metadata) {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("type", "message");
      json.put("ts", ts);
      json.put("text", text());
      json.put("blocks", arguments.list("blocks"));
      if (isReply()) {
        json.put("thread_ts", thread);
      }
      if (metadata && arguments.has("metadata")) {
        json.put("metadata", arguments.object("metadata").asMap());
      }
      if (arguments.has("files")) {
        json.put("files", arguments.list("files"));
      }
      return json;
    }
  }

  private final List<Posted> messages = new ArrayList<>();
  private final Map<String, Deque<String>> errors = new ConcurrentHashMap<>();
  private final Map<String, String> uploads = new HashMap<>();
  private final Set<String> uploaded = new HashSet<>();
  private long clock = 1_700_000_000_000_000L;
  private int files;

  /** The most that a page has, whatever is asked for. */
  volatile int page = 999;

  /** How many of the newest messages aren't seen yet. */
  volatile int unseen;

  /** Of what is read, metadata is left out. */
  volatile boolean hidesMetadata;

  /** Of replies to what is deleted: refused, or silently made messages of the channel. */
  volatile boolean refusesOrphans;

  volatile boolean mayRead = true;

  /** All the text that blocks may have together. */
  volatile int maxText = 13_200;

  /** The next call of this method is answered so; as it should be if this is empty. */
  void error(String method, String error) {
    errors.computeIfAbsent(method, m -> new ArrayDeque<>()).add(error);
  }

  synchronized void delete(String ts) {
    messages.replaceAll(
        message ->
            message.ts().equals(ts)
                ? new Posted(message.channel(), ts, message.thread(), message.arguments(), true)
                : message);
  }

  /** What can be seen, oldest first. */
  synchronized List<Posted> messages() {
    return messages.stream().filter(message -> !message.deleted()).toList();
  }

  List<Posted> top() {
    return messages().stream().filter(message -> !message.isReply()).toList();
  }

  List<Posted> replies(String ts) {
    return messages().stream().filter(message -> message.thread().equals(ts)).toList();
  }

  long count(String method) {
    return calls().stream().filter(call -> call.path().endsWith("/" + method)).count();
  }

  /** The arguments of the last call of this method. */
  Json last(String method) {
    Call last =
        calls().stream()
            .filter(call -> call.path().endsWith("/" + method))
            .reduce((a, b) -> b)
            .orElseThrow();
    return arguments(last);
  }

  /** Something that somebody else wrote. */
  synchronized void chatter(String channel, int many) {
    for (int i = 0; i < many; i++) {
      add(channel, "", Json.of(Map.of("text", "chatter " + i)));
    }
  }

  @Override
  public List<String> tickets() {
    return top().stream().map(Posted::key).toList();
  }

  @Override
  public List<String> appended(String key) {
    return under(key).map(Posted::key).toList();
  }

  @Override
  public List<String> notes(String key) {
    return under(key).filter(reply -> reply.kind().equals("note")).map(Posted::key).toList();
  }

  private Stream<Posted> under(String key) {
    return top().stream()
        .filter(message -> message.key().equals(key))
        .flatMap(message -> replies(message.ts()).stream());
  }

  @Override
  public void close(String key) {}

  @Override
  protected Reply failed(Failure failure) {
    return switch (failure) {
      case BROKEN_BEFORE, BAD_GATEWAY -> refusal("internal_error");
      case BROKEN_AFTER -> refusal("fatal_error");
      case RATE_LIMITED_NO_WAIT -> refusal("ratelimited").header("Retry-After", "0");
      default -> super.failed(failure);
    };
  }

  @Override
  protected synchronized Reply answer(Call call) {
    String path = call.path();
    if (path.startsWith("/upload/")) {
      uploaded.add(path.substring("/upload/".length()));
      return Reply.text(200, "OK - " + call.body().length());
    }
    if (!path.startsWith("/api/")) {
      return Reply.of(404);
    }
    String method = path.substring("/api/".length());
    if (!call.header("Authorization").equals(Optional.of("Bearer " + TOKEN))) {
      return refusal("invalid_auth");
    }
    String error = errors.getOrDefault(method, new ArrayDeque<>()).poll();
    if (error != null && !error.isEmpty()) {
      return refusal(error);
    }
    Json arguments = arguments(call);
    return switch (method) {
      case "chat.postMessage" -> post(arguments);
      case "conversations.history" -> read(arguments, "");
      case "conversations.replies" -> read(arguments, arguments.stringOr("ts", ""));
      case "files.getUploadURLExternal" -> place(arguments);
      case "files.completeUploadExternal" -> complete(arguments);
      default -> refusal("unknown_method");
    };
  }

  private Reply post(Json arguments) {
    String problem = problem(arguments);
    if (problem != null) {
      return refusal(problem);
    }
    String thread = arguments.stringOr("thread_ts", "");
    if (!thread.isEmpty() && !isThere(thread)) {
      if (refusesOrphans) {
        return refusal("thread_not_found");
      }
      thread = "";
    }
    Posted posted = add(arguments.stringOr("channel", ""), thread, arguments);
    return Reply.json(
        200,
        Map.of(
            "ok", true,
            "channel", posted.channel(),
            "ts", posted.ts(),
            "message", posted.json(true)));
  }

  private @Nullable String problem(Json arguments) {
    String channel = arguments.stringOr("channel", "");
    if (channel.startsWith("CARCHIVED")) {
      return "is_archived";
    }
    if (!channel.startsWith("C")) {
      return "channel_not_found";
    }
    if (arguments.stringOr("text", "").isEmpty() && arguments.list("blocks").isEmpty()) {
      return "no_text";
    }
    if (arguments.stringOr("text", "").length() > 40_000) {
      return "msg_too_long";
    }
    int text = 0;
    if (arguments.list("blocks").size() > 50) {
      return "invalid_blocks";
    }
    for (Json block : arguments.objects("blocks")) {
      List<Json> objects = texts(block);
      if (objects.isEmpty() || objects.size() > 10) {
        return "invalid_blocks";
      }
      boolean header = block.stringOr("type", "").equals("header");
      for (Json object : objects) {
        int length = object.stringOr("text", "").length();
        text += length;
        if (object.stringOr("text", "").isBlank()
            || length > (header ? 150 : 3_000)
            || (header && !object.stringOr("type", "").equals("plain_text"))) {
          return "invalid_blocks";
        }
      }
    }
    return text > maxText ? "msg_blocks_too_long" : null;
  }

  /** The text objects of a block. */
  static List<Json> texts(Json block) {
    return block.has("elements") ? block.objects("elements") : List.of(block.object("text"));
  }

  private boolean isThere(String ts) {
    return messages.stream().anyMatch(message -> message.ts().equals(ts) && !message.deleted());
  }

  private Posted add(String channel, String thread, Json arguments) {
    clock += 1_000;
    String ts = clock / 1_000_000 + "." + String.format("%06d", clock % 1_000_000);
    Posted posted = new Posted(channel, ts, thread, arguments, false);
    messages.add(posted);
    return posted;
  }

  private Reply read(Json arguments, String thread) {
    if (!mayRead) {
      return Reply.json(
          200,
          Map.of(
              "ok", false,
              "error", "missing_scope",
              "needed", "channels:history",
              "provided", "chat:write"));
    }
    if (!thread.isEmpty() && !isThere(thread)) {
      return refusal("thread_not_found");
    }
    boolean metadata = arguments.bool("include_all_metadata") && !hidesMetadata;
    List<Posted> seen = messages.subList(0, Math.max(0, messages.size() - unseen));
    Comparator<Posted> order = Comparator.comparing(Posted::ts);
    List<Posted> all =
        seen.stream()
            .filter(message -> !message.deleted())
            .filter(message -> message.channel().equals(arguments.stringOr("channel", "")))
            .filter(
                message ->
                    thread.isEmpty()
                        ? !message.isReply()
                        : message.thread().equals(thread) || message.ts().equals(thread))
            .sorted(thread.isEmpty() ? order.reversed() : order)
            .toList();
    int from = Integer.parseInt(arguments.stringOr("cursor", "0"));
    int to =
        Math.min(
            all.size(),
            from + Math.min(page, Integer.parseInt(arguments.stringOr("limit", "100"))));
    return Reply.json(
        200,
        Map.of(
            "ok",
            true,
            "messages",
            all.subList(from, to).stream().map(message -> message.json(metadata)).toList(),
            "has_more",
            to < all.size(),
            "response_metadata",
            Map.of("next_cursor", to < all.size() ? String.valueOf(to) : "")));
  }

  private Reply place(Json arguments) {
    String id = "F" + ++files;
    uploads.put(id, arguments.stringOr("filename", "") + ":" + arguments.stringOr("length", ""));
    return Reply.json(
        200, Map.of("ok", true, "file_id", id, "upload_url", url() + "/upload/" + id));
  }

  private Reply complete(Json arguments) {
    for (Json file : arguments.objects("files")) {
      if (!uploaded.remove(file.stringOr("id", ""))) {
        return refusal("file_not_found");
      }
    }
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("text", arguments.stringOr("initial_comment", ""));
    message.put("files", arguments.list("files"));
    add(
        arguments.stringOr("channel_id", ""),
        arguments.stringOr("thread_ts", ""),
        Json.of(message));
    return Reply.json(200, Map.of("ok", true, "files", arguments.list("files")));
  }

  private static Reply refusal(String error) {
    return Reply.json(
        200,
        Map.of(
            "ok",
            false,
            "error",
            error,
            "response_metadata",
            Map.of("messages", List.of("[ERROR] about " + error))));
  }

  private static Json arguments(Call call) {
    if (call.header("Content-Type").orElse("").startsWith("application/json")) {
      try {
        return Json.read(call.body().getBytes(UTF_8));
      } catch (IOException e) {
        throw new IllegalArgumentException(e);
      }
    }
    Map<String, Object> arguments = new HashMap<>();
    for (String pair : call.body().split("&", -1)) {
      int equals = pair.indexOf('=');
      String value = URLDecoder.decode(pair.substring(equals + 1), UTF_8);
      Object typed = value.equals("true") ? true : value;
      arguments.put(URLDecoder.decode(pair.substring(0, equals), UTF_8), typed);
    }
    return Json.of(arguments);
  }
}
