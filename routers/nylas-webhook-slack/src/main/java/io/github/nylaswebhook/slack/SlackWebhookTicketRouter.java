package io.github.nylaswebhook.slack;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.destination.DestinationClient;
import io.github.nylaswebhook.destination.DestinationClient.Effect;
import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;

/**
 * Posts each ticket to a Slack channel by an incoming webhook: the simple way, which needs no token
 * and no scopes but {@code incoming-webhook}. Safe for use by many threads.
 *
 * <p>What it can't do, and {@link SlackTicketRouter} can: a webhook can't read, so a ticket whose
 * outcome isn't known is <b>posted again</b>: at least once, seldom twice. And it isn't told what
 * it has posted, so there are no threads: a further mail, or a note, becomes a message of its own
 * that names the ticket by the reference which the first message shows.
 *
 * <p>What strangers wrote is as harmless as there, and as short. Slack's refusals are permanent,
 * and the second line of the exception has its words: 400 {@code invalid_payload}, {@code no_text};
 * 403 {@code action_prohibited}; 404 {@code no_service}, {@code channel_not_found}; 410 {@code
 * channel_is_archived}. 429 and 5xx wait, uncounted.
 *
 * @see <a href="https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks">Slack:
 *     incoming webhooks</a>
 * @see <a
 *     href="https://api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks">Slack:
 *     errors of incoming webhooks</a>
 */
public final class SlackWebhookTicketRouter implements TicketRouter, AutoCloseable {
  private static final String DESTINATION = "slack-webhook";

  private static final MediaType JSON = MediaType.get("application/json; charset=utf-8");

  /** Enough to tell one ticket from another, and short enough to be searched for. */
  private static final int REFERENCE = 12;

  private final HttpUrl url;
  private final DestinationClient client;

  private SlackWebhookTicketRouter(HttpUrl url, DestinationClient client) {
    this.url = url;
    this.client = client;
  }

  /**
   * A router to the channel of a webhook.
   *
   * @param webhookUrl {@code https://hooks.slack.com/services/…}; a secret, which stands in no log
   *     and no message
   */
  public static Builder builder(String webhookUrl) {
    return new Builder(webhookUrl);
  }

  @Override
  public String destination() {
    return DESTINATION;
  }

  /** True, so that notes come, too, and further mails name their ticket. */
  @Override
  public boolean appends() {
    return true;
  }

  /** True: there is nothing to look for, so nothing to remember either. */
  @Override
  public boolean idempotent() {
    return true;
  }

  @Override
  public TicketRef route(Ticket ticket) {
    TicketRef ref =
        ticket.isFollowUp() ? ticket.parent() : TicketRef.of(DESTINATION, ticket.idempotencyKey());
    String reference = "Ticket " + ref.id().substring(0, Math.min(REFERENCE, ref.id().length()));
    SlackMessage message =
        SlackMessage.of(ticket, SlackMessage.MAX_TEXT, reference)
            .called("mail-" + ticket.idempotencyKey());
    // What a webhook knows of chat.postMessage's arguments; "parse" is "none" unless said.
    Map<String, Object> body =
        Map.of(
            "text", message.text(),
            "blocks", message.blocks(),
            "mrkdwn", false,
            "unfurl_links", false,
            "unfurl_media", false);
    client.send(
        new Request.Builder()
            .url(url)
            .post(RequestBody.create(Json.write(body).getBytes(UTF_8), JSON))
            .build(),
        Effect.REPEATABLE,
        ticket.idempotencyKey());
    return ref;
  }

  /** Closes its connections, unless they are those of a client that it was given. */
  @Override
  public void close() {
    client.close();
  }

  /** Options of a {@link SlackWebhookTicketRouter}. */
  public static final class Builder {
    private final String url;
    private final DestinationClient.Builder client =
        DestinationClient.builder(DESTINATION).limit(SlackTicketRouter.LIMIT_PER_CHANNEL);

    private Builder(String url) {
      this.url = url;
    }

    /** How many messages are posted in what time, by this process; one a second unless said. */
    public Builder limit(RateLimit messages) {
      client.limit(messages);
      return this;
    }

    public Builder connectTimeout(Duration timeout) {
      client.connectTimeout(timeout);
      return this;
    }

    /** From a request to the end of its answer. */
    public Builder callTimeout(Duration timeout) {
      client.callTimeout(timeout);
      return this;
    }

    public Builder clock(InstantSource source) {
      client.clock(source);
      return this;
    }

    /** Shares this client's pools and interceptors; it stays the giver's to close. */
    public Builder http(OkHttpClient shared) {
      client.http(shared);
      return this;
    }

    /**
     * Builds the router.
     *
     * @throws IllegalArgumentException if the URL can't be a webhook's
     */
    public SlackWebhookTicketRouter build() {
      HttpUrl parsed = SlackUrls.require(url, "The URL of a Slack incoming webhook");
      if (parsed.pathSize() == 1 && parsed.pathSegments().get(0).isEmpty()) {
        throw new IllegalArgumentException(
            "The URL of a Slack incoming webhook has a path, like"
                + " https://hooks.slack.com/services/T…/B…/…");
      }
      return new SlackWebhookTicketRouter(parsed, client.build());
    }
  }
}
