package io.github.nylaswebhook.slack;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.test.DestinationStandIn;
import io.github.nylaswebhook.test.TicketRouterContract.Standing;
import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An incoming webhook of Slack. */
final class WebhookStandIn extends DestinationStandIn implements Standing {
  private static final Pattern REFERENCE = Pattern.compile("Ticket ([0-9a-f]{12})");
  private static final String PATH = "/services/T0/B0/secretsecret";

  private final Queue<Json> messages = new ConcurrentLinkedQueue<>();

  /** Says of no pause that it is to be long. */
  volatile boolean quick;

  String webhook() {
    return url() + PATH;
  }

  List<Json> messages() {
    return List.copyOf(messages);
  }

  @Override
  protected Reply answer(Call call) {
    if (!call.path().equals(PATH)) {
      return Reply.text(404, "no_service");
    }
    try {
      Json json = Json.read(call.body().getBytes(UTF_8));
      if (!json.has("text")) {
        return Reply.text(400, "no_text");
      }
      messages.add(json);
      return Reply.text(200, "ok");
    } catch (IOException e) {
      return Reply.text(400, "invalid_payload");
    }
  }

  /** Without pauses: a webhook is one channel, and all its tickets would wait for each of them. */
  @Override
  protected Reply failed(Failure failure) {
    Reply reply = super.failed(failure);
    return quick && reply.headers().containsKey("Retry-After")
        ? reply.header("Retry-After", "0")
        : reply;
  }

  @Override
  public List<String> tickets() {
    return messages().stream()
        .filter(message -> key(message).startsWith(reference(message)))
        .map(WebhookStandIn::key)
        .toList();
  }

  @Override
  public List<String> appended(String key) {
    return messages().stream()
        .filter(message -> key.startsWith(reference(message)) && !key(message).equals(key))
        .map(WebhookStandIn::key)
        .toList();
  }

  @Override
  public List<String> notes(String key) {
    return List.of();
  }

  private static String key(Json message) {
    return message.objects("blocks").get(0).stringOr("block_id", "").replace("mail-", "");
  }

  /** Of the ticket, as people read it. */
  static String reference(Json message) {
    return message.objects("blocks").stream()
        .flatMap(block -> SlackStandIn.texts(block).stream())
        .map(text -> REFERENCE.matcher(text.stringOr("text", "")))
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(1))
        .findFirst()
        .orElse("none");
  }

  @Override
  public void close(String key) {}
}
