package io.github.nylaswebhook.slack;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.destination.DestinationClient;
import io.github.nylaswebhook.destination.DestinationClient.Answer;
import io.github.nylaswebhook.destination.DestinationClient.Calls;
import io.github.nylaswebhook.destination.DestinationClient.Effect;
import io.github.nylaswebhook.destination.DestinationRefusedException;
import io.github.nylaswebhook.destination.Outage;
import io.github.nylaswebhook.inbox.OutcomeUnknownException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.internal.RetryAfter;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import okhttp3.FormBody;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Slack's Web API, whose failures come as HTTP 200 with {@code "ok": false}. Safe for use by many
 * threads.
 *
 * @see <a href="https://docs.slack.dev/apis/web-api/">Slack: the Web API</a>
 * @see <a href="https://docs.slack.dev/reference/methods/chat.postMessage#errors">Slack: errors of
 *     chat.postMessage</a>
 */
final class SlackApi implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SlackApi.class);

  private static final MediaType JSON = MediaType.get("application/json; charset=utf-8");

  /** Slack's limits are per minute; it mostly says itself when to come back. */
  private static final Duration RATE_LIMITED = Duration.ofSeconds(30);

  private static final Set<String> RATE_LIMITS =
      Set.of("ratelimited", "rate_limited", "message_limit_exceeded");

  /** A matter of the token: mended in one place, and nothing becomes a dead letter meanwhile. */
  private static final Set<String> CREDENTIALS =
      Set.of(
          "invalid_auth",
          "not_authed",
          "account_inactive",
          "token_revoked",
          "token_expired",
          "accesslimited");

  /** The workspace is being moved, or Slack isn't there: as long as that lasts. */
  private static final Set<String> OUTAGES =
      Set.of("service_unavailable", "team_added_to_org", "org_login_required");

  /** Slack says of the first two that some of it may have been done all the same. */
  private static final Set<String> FAILURES =
      Set.of("internal_error", "fatal_error", "request_timeout");

  private static final Pattern CODE = Pattern.compile("[a-z0-9_]{1,80}");

  private static final Duration UPLOAD_TIMEOUT = Duration.ofMinutes(5);

  private static final int MAX_DETAIL = 1_000;

  private final HttpUrl url;
  private final String token;
  private final DestinationClient writes;
  private final DestinationClient reads;
  private final InstantSource clock;

  /** Of Slack behind its HTTP 200. */
  private final Outage outage = new Outage();

  /**
   * A client.
   *
   * @param writes under the limit of each channel
   * @param reads under none: Slack has other limits for them
   */
  SlackApi(
      HttpUrl url,
      String token,
      DestinationClient writes,
      DestinationClient reads,
      InstantSource clock) {
    this.url = url;
    this.token = token;
    this.writes = writes;
    this.reads = reads;
    this.clock = clock;
  }

  /**
   * The calls of one try in a channel.
   *
   * @param call the same for every such try
   */
  Calls calls(String channel, String call) {
    return writes.calls(channel, call);
  }

  /** Does something, once. */
  Json act(Calls calls, String method, Map<String, ?> arguments) {
    RequestBody body = RequestBody.create(Json.write(arguments).getBytes(UTF_8), JSON);
    Answer answer = calls.send(request(method, body), Effect.ONCE);
    return checked(method, Effect.ONCE, answer);
  }

  /**
   * Asks for something: methods that only read take forms, not JSON.
   *
   * @param mail for which it is asked; the same for every try at it
   */
  Json ask(String method, Map<String, String> arguments, String mail) {
    FormBody.Builder form = new FormBody.Builder();
    arguments.forEach(form::add);
    Answer answer = reads.send(request(method, form.build()), Effect.REPEATABLE, mail);
    return checked(method, Effect.REPEATABLE, answer);
  }

  /**
   * Gives bytes to a URL that Slack gave for it, which is a secret of its own.
   *
   * @param mail whose bytes they are
   */
  void upload(HttpUrl to, RequestBody bytes, String mail) {
    Request request = new Request.Builder().url(to).post(bytes).build();
    Answer unused = reads.calls("", mail).send(request, Effect.REPEATABLE, UPLOAD_TIMEOUT);
  }

  /** Slack's name for why it refused; empty if it gave none. */
  static String error(DestinationRefusedException refusal) {
    try {
      return Json.read(refusal.body().getBytes(UTF_8)).stringOr("error", "");
    } catch (IOException e) {
      return "";
    }
  }

  private Request request(String method, RequestBody body) {
    return new Request.Builder()
        .url(url.newBuilder().addPathSegment(method).build())
        .header("Authorization", "Bearer " + token)
        .post(body)
        .build();
  }

  private Json checked(String method, Effect effect, Answer answer) {
    Json json;
    try {
      json = Json.read(answer.body().getBytes(UTF_8));
    } catch (IOException e) {
      throw unclear(method, effect, "an answer that can't be read", e);
    }
    if (json.bool("ok")) {
      outage.end();
      return json;
    }
    throw failure(method, effect, answer, json);
  }

  private RuntimeException failure(String method, Effect effect, Answer answer, Json json) {
    Instant now = clock.instant();
    String given = json.stringOr("error", "");
    String error = CODE.matcher(given).matches() ? given : "no reason";
    String why = "slack answers " + method + " with " + error;
    if (RATE_LIMITS.contains(error)) {
      Instant asked =
          RetryAfter.parse(
              answer.headers().get("Retry-After"), now, DestinationClient.MAX_RETRY_AFTER);
      Instant soonest = now.plus(RetryPolicy.DEFAULT.backoff(1));
      Instant again = asked == null ? now.plus(RATE_LIMITED) : asked;
      return new RetryLaterException(why, again.isAfter(soonest) ? again : soonest, false);
    }
    if (CREDENTIALS.contains(error)) {
      log.error(
          "slack refuses the token ({}); its tickets wait until that is mended: put a valid bot"
              + " token in",
          error);
      return new RetryLaterException(why, outage.failed(now), false);
    }
    if (OUTAGES.contains(error)) {
      return new RetryLaterException(why, outage.failed(now), false);
    }
    if (FAILURES.contains(error)) {
      return unclear(method, effect, error, null);
    }
    return new DestinationRefusedException(
        why + remedy(error) + "\n" + detail(json), answer.status(), answer.body());
  }

  private RuntimeException unclear(
      String method, Effect effect, String what, @Nullable Throwable cause) {
    String why = "slack answers " + method + " with " + what;
    return effect == Effect.ONCE
        ? new OutcomeUnknownException(why + ", and may have done it", cause)
        : new RetryLaterException(why, outage.failed(clock.instant()), true, cause);
  }

  private static String remedy(String error) {
    return switch (error) {
      case "missing_scope", "no_permission" ->
          ": add the scope to the app's bot token and install the app again";
      case "not_in_channel" -> ": invite the app to the channel";
      case "channel_not_found" ->
          ": the id must be that of a channel which the app can see; invite it to a private one";
      case "is_archived" -> ": the channel is archived";
      default -> "";
    };
  }

  /** What Slack says beyond the error's name; it may quote what was sent. */
  private static String detail(Json json) {
    StringBuilder detail = new StringBuilder(json.stringOr("error", ""));
    if (json.has("needed")) {
      detail.append(" needed: ").append(json.stringOr("needed", ""));
      detail.append(" provided: ").append(json.stringOr("provided", ""));
    }
    List<?> messages = json.object("response_metadata").list("messages");
    for (Object message : messages.isEmpty() ? json.list("errors") : messages) {
      Json.scalar(message).ifPresent(text -> detail.append(' ').append(text));
    }
    return detail.substring(0, Math.min(detail.length(), MAX_DETAIL));
  }

  @Override
  public void close() {
    writes.close();
    reads.close();
  }
}
