package io.github.nylaswebhook.slack;

import io.github.nylaswebhook.destination.DestinationClient;
import io.github.nylaswebhook.destination.DestinationClient.Calls;
import io.github.nylaswebhook.destination.DestinationRefusedException;
import io.github.nylaswebhook.inbox.OutcomeUnknownException;
import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.message.AttachmentSource;
import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Posts each ticket as a message in a Slack channel, and its conversation's further mails into that
 * message's thread. Safe for use by many threads.
 *
 * <ul>
 *   <li><b>Once.</b> Slack knows no idempotency key. Each message carries the ticket's, as metadata
 *       and as the id of its first block, and a {@linkplain Ticket#repeated() repeated} ticket is
 *       looked for in the channel (a follow-up in its thread, too) before it is posted: for mails
 *       of {@link Builder#lookBack}, and, if it isn't there, once more after {@link
 *       Builder#lookAgainAfter}, because what Slack has accepted may take a moment to be seen.
 *   <li><b>Harmless.</b> What strangers wrote is shown as plain text, escaped: it mentions nobody,
 *       links nowhere, and is neither formatted nor unfurled.
 *   <li><b>In one thread.</b> Further mails are replies; notes are marked as what they are. Where
 *       the message is gone, a further mail becomes a new message, which is the conversation's from
 *       then on, and a note is passed over. Slack has no closed tickets.
 *   <li><b>Cut.</b> Of a long mail, about 8,000 characters are shown, and how much isn't; less
 *       where Slack still finds it too long.
 * </ul>
 *
 * <p>Of Slack's errors, rate limits, outages and a token that is refused wait without being
 * counted; {@code internal_error}, {@code fatal_error} and {@code request_timeout} are an unknown
 * outcome; any other is a {@link DestinationRefusedException} whose first line has Slack's name for
 * it and whose second line has its words.
 *
 * <p>The bot token needs the scopes {@code chat:write}; {@code channels:history} for public and
 * {@code groups:history} for private channels, without which a repeated ticket becomes a dead
 * letter; {@code files:write} for {@linkplain Builder#attachments attachments}; and {@code
 * chat:write.customize} for {@link Builder#username} and the icons. The app has to be a member of
 * the channel. Apps that are distributed outside of Slack's Marketplace may read one page of 15
 * messages a minute, so there the look takes long in a busy channel; a workspace's own apps may
 * read about 50 pages a minute.
 *
 * @see <a href="https://docs.slack.dev/reference/methods/chat.postMessage">Slack:
 *     chat.postMessage</a>
 * @see <a href="https://docs.slack.dev/messaging/message-metadata/">Slack: message metadata</a>
 * @see <a href="https://docs.slack.dev/apis/web-api/rate-limits">Slack: rate limits</a>
 * @see <a
 *     href="https://docs.slack.dev/changelog/2025/05/29/rate-limit-changes-for-non-marketplace-apps/">Slack:
 *     rate limits of apps outside of the Marketplace</a>
 */
public final class SlackTicketRouter implements TicketRouter, AutoCloseable {
  /** One message a second to a channel, a few at once after a lull. */
  public static final RateLimit LIMIT_PER_CHANNEL = new RateLimit(60, Duration.ofMinutes(1));

  /** As long as a delivery may wait: an earlier try is no older. */
  public static final Duration LOOK_BACK = Duration.ofDays(7);

  /** What Slack accepted is mostly seen at once. */
  public static final Duration LOOK_AGAIN_AFTER = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(SlackTicketRouter.class);

  private static final String DESTINATION = "slack";

  private static final String API = "https://slack.com/api/";

  /** By which messages of this router are told from others. */
  private static final String EVENT_TYPE = "nylas_webhook_mail";

  private static final Set<String> TOO_LONG = Set.of("msg_too_long", "msg_blocks_too_long");

  /** Below this, length isn't what Slack minds. */
  private static final int LEAST_TEXT = 500;

  /** The message isn't there, or takes no replies. */
  private static final Set<String> NO_THREAD =
      Set.of(
          "thread_not_found",
          "message_not_found",
          "cannot_reply_to_message",
          "restricted_action_thread_locked");

  /** Names aren't found by the methods that read. */
  private static final Pattern CHANNEL = Pattern.compile("[CDG][A-Z0-9]{2,}");

  private static final Pattern REF = Pattern.compile("([CDG][A-Z0-9]{2,}):([0-9]+\\.[0-9]+)");

  /** For so long attachments wait for limits and outages: the mails that follow wait, too. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private static final int MAX_REMEMBERED = 10_000;

  /**
   * More than a queue for a channel has on a bad day: a mail that is forgotten here before its turn
   * comes begins to look anew, and waits for another turn.
   */
  private static final int MAX_MISSED = 100_000;

  private final SlackApi api;
  private final SlackMessages messages;
  private final @Nullable SlackFiles files;
  private final Function<Ticket, String> channel;
  private final String username;
  private final String iconEmoji;
  private final String iconUrl;
  private final String workspaceUrl;
  private final Duration lookAgainAfter;
  private final InstantSource clock;

  /** By key: what this process has posted. */
  private final Bounded<Posted> posted = new Bounded<>(MAX_REMEMBERED);

  /** By key: from when on it is posted if it still isn't found. */
  private final Bounded<Instant> missed = new Bounded<>(MAX_MISSED);

  /**
   * A mail that is there.
   *
   * @param ticket its conversation's ticket from now on
   * @param thread the {@code ts} of the message that its thread hangs on; empty if it was passed
   *     over
   * @param complete whether its attachments are there, too
   * @param since when this process learnt that it is there
   */
  private record Posted(
      TicketRef ticket, String channel, String thread, boolean complete, Instant since) {}

  private SlackTicketRouter(Builder builder, HttpUrl url) {
    clock = builder.clock;
    api = new SlackApi(url, builder.token, builder.writes.build(), builder.reads.build(), clock);
    messages = new SlackMessages(api, builder.lookBack, clock);
    files =
        builder.attachments == null
            ? null
            : new SlackFiles(api, messages, builder.attachments, builder.maxBytesEach);
    channel = builder.channel;
    username = builder.username;
    iconEmoji = builder.iconEmoji;
    iconUrl = builder.iconUrl;
    workspaceUrl = builder.workspaceUrl;
    lookAgainAfter = builder.lookAgainAfter;
  }

  /**
   * A router to one channel.
   *
   * @param botToken {@code xoxb-…}
   * @param channelId its id, as its details show it: {@code C0123456789}, not its name
   */
  public static Builder builder(String botToken, String channelId) {
    requireChannel(channelId, IllegalArgumentException::new);
    return new Builder(botToken, ticket -> channelId);
  }

  /**
   * A router to a channel by ticket.
   *
   * @param botToken {@code xoxb-…}
   * @param channelId gives the id of the channel; a further mail goes where its conversation is
   */
  public static Builder builder(String botToken, Function<Ticket, String> channelId) {
    return new Builder(botToken, channelId);
  }

  @Override
  public String destination() {
    return DESTINATION;
  }

  @Override
  public boolean appends() {
    return true;
  }

  @Override
  public boolean idempotent() {
    return false;
  }

  @Override
  public TicketRef route(Ticket ticket) {
    String key = ticket.idempotencyKey();
    Posted there = posted.get(key).orElse(null);
    boolean maybeFiles = there != null;
    Calls calls = api.calls(place(ticket), key);
    if (there == null) {
      begin(calls, ticket);
      Optional<Posted> found = ticket.repeated() ? find(ticket) : Optional.empty();
      maybeFiles = found.isPresent();
      there = found.orElseGet(() -> post(calls, ticket));
      posted.put(key, there);
    }
    if (files != null && !there.complete() && !there.thread().isEmpty()) {
      carry(files, calls, ticket, there, maybeFiles);
      posted.put(
          key, new Posted(there.ticket(), there.channel(), there.thread(), true, there.since()));
    }
    return there.ticket();
  }

  // ---- looking

  /** Waits for the turn, before anything is looked for or sent. */
  private void begin(Calls calls, Ticket ticket) {
    try {
      calls.begin();
    } catch (RetryLaterException e) {
      if (!ticket.repeated()) {
        // Nothing was sent yet: one look will do when it comes again.
        missed.put(ticket.idempotencyKey(), Instant.MIN);
      }
      throw e;
    }
  }

  /** Where the ticket is already; empty if it is to be posted. */
  private Optional<Posted> find(Ticket ticket) {
    Optional<Parent> thread = thread(ticket);
    String where = place(ticket);
    Optional<Posted> found = thread.flatMap(in -> findReply(ticket, in));
    if (found.isEmpty()) {
      found = findMessage(ticket, channel(ticket));
    }
    if (found.isEmpty() && thread.isPresent() && !where.equals(channel(ticket))) {
      // Where the message is gone, Slack itself puts a reply into the channel.
      found = findMessage(ticket, where);
    }
    if (found.isEmpty()) {
      waitForIt(ticket.idempotencyKey());
    }
    return found;
  }

  /** Goes on if there has been time for it to be seen. */
  private void waitForIt(String what) {
    Instant now = clock.instant();
    Optional<Instant> known = missed.get(what);
    Instant from = known.orElseGet(() -> now.plus(lookAgainAfter));
    if (known.isEmpty()) {
      missed.put(what, from);
    }
    if (from.isAfter(now)) {
      throw new RetryLaterException(
          "slack doesn't show a message that may have been posted; it is looked for again",
          from,
          false);
    }
  }

  private Optional<Posted> findReply(Ticket ticket, Parent thread) {
    return messages
        .inThread(
            thread.channel(),
            thread.ts(),
            ticket.receivedAt(),
            ticket.idempotencyKey(),
            message -> carries(message, ticket))
        .map(
            message ->
                new Posted(ticket.parent(), thread.channel(), thread.ts(), false, clock.instant()));
  }

  private Optional<Posted> findMessage(Ticket ticket, String in) {
    return messages
        .inChannel(
            in,
            ticket.receivedAt(),
            in + " " + ticket.idempotencyKey(),
            message -> carries(message, ticket))
        .map(message -> posted(ticket, in, message.stringOr("ts", "")));
  }

  private static boolean carries(Json message, Ticket ticket) {
    Json metadata = message.object("metadata");
    boolean byMetadata =
        metadata.stringOr("event_type", "").equals(EVENT_TYPE)
            && metadata.object("event_payload").stringOr("id", "").equals(ticket.idempotencyKey());
    // An app that may not read metadata is shown none, and isn't told so.
    return byMetadata
        || message.objects("blocks").stream()
            .anyMatch(block -> block.stringOr("block_id", "").equals(blockId(ticket)));
  }

  private static String blockId(Ticket ticket) {
    return "mail-" + ticket.idempotencyKey();
  }

  // ---- posting

  private Posted post(Calls calls, Ticket ticket) {
    missed.remove(ticket.idempotencyKey());
    Optional<Parent> thread = thread(ticket);
    if (thread.isEmpty()) {
      return post(calls, ticket, channel(ticket));
    }
    Parent in = thread.get();
    Json answer;
    try {
      answer = send(calls, ticket, in.channel(), in.ts());
    } catch (DestinationRefusedException e) {
      if (!NO_THREAD.contains(SlackApi.error(e))) {
        throw e;
      }
      if (ticket.note()) {
        log.info("{} is a note on a message that slack no longer has; it is passed over", ticket);
        return new Posted(ticket.parent(), in.channel(), "", true, clock.instant());
      }
      return post(calls, ticket, channel(ticket));
    }
    if (answer.has("message") && !answer.object("message").has("thread_ts")) {
      // The message was deleted, and Slack made the reply one of the channel's: it says so by
      // leaving this out, see https://github.com/slack-go/slack/issues/1571.
      return posted(ticket, in.channel(), ts(answer));
    }
    return new Posted(ticket.parent(), in.channel(), in.ts(), false, clock.instant());
  }

  private Posted post(Calls calls, Ticket ticket, String to) {
    return posted(ticket, to, ts(send(calls, ticket, to, "")));
  }

  /** A message of its own, which is the conversation's ticket unless it is a note. */
  private Posted posted(Ticket ticket, String in, String ts) {
    TicketRef own = new TicketRef(DESTINATION, in + ":" + ts, url(in, ts));
    return new Posted(
        ticket.note() && ticket.isFollowUp() ? ticket.parent() : own,
        in,
        ts,
        false,
        clock.instant());
  }

  private static String ts(Json answer) {
    return answer
        .string("ts")
        .orElseThrow(
            () -> new OutcomeUnknownException("slack answers without the message's ts", null));
  }

  private Json send(Calls calls, Ticket ticket, String to, String thread) {
    for (int most = SlackMessage.MAX_TEXT; ; most /= 4) {
      try {
        return api.act(calls, "chat.postMessage", arguments(ticket, to, thread, most));
      } catch (DestinationRefusedException e) {
        if (!TOO_LONG.contains(SlackApi.error(e)) || most / 4 < LEAST_TEXT) {
          throw e;
        }
      }
    }
  }

  private Map<String, Object> arguments(Ticket ticket, String to, String thread, int most) {
    Map<String, Object> arguments = harmless(SlackMessage.of(ticket, most).called(blockId(ticket)));
    arguments.put("channel", to);
    if (!thread.isEmpty()) {
      arguments.put("thread_ts", thread);
      arguments.put("reply_broadcast", false);
    }
    arguments.put(
        "metadata",
        Map.of(
            "event_type",
            EVENT_TYPE,
            "event_payload",
            Map.of(
                "id",
                ticket.idempotencyKey(),
                "kind",
                ticket.note() ? "note" : ticket.isFollowUp() ? "follow_up" : "ticket")));
    put(arguments, "username", username);
    put(arguments, "icon_emoji", iconEmoji);
    put(arguments, "icon_url", iconUrl);
    return arguments;
  }

  private static void put(Map<String, Object> arguments, String name, String value) {
    if (!value.isEmpty()) {
      arguments.put(name, value);
    }
  }

  /** A message in which Slack is to look for nothing. */
  static Map<String, Object> harmless(SlackMessage message) {
    Map<String, Object> arguments = new LinkedHashMap<>();
    arguments.put("text", message.text());
    arguments.put("blocks", message.blocks());
    arguments.put("mrkdwn", false);
    arguments.put("parse", "none");
    arguments.put("link_names", false);
    arguments.put("unfurl_links", false);
    arguments.put("unfurl_media", false);
    return arguments;
  }

  // ---- attachments

  /**
   * Brings them, unless an earlier try did.
   *
   * @param maybe whether an earlier try may have
   */
  private void carry(SlackFiles carrier, Calls calls, Ticket ticket, Posted there, boolean maybe) {
    if (SlackMessage.listed(ticket).isEmpty()) {
      return;
    }
    String what = "files " + ticket.idempotencyKey();
    if (maybe) {
      if (carrier.areThere(ticket, there.channel(), there.thread())) {
        return;
      }
      waitForIt(what);
    }
    missed.remove(what);
    boolean waited = there.since().plus(PATIENCE).isBefore(clock.instant());
    carrier.carry(calls, ticket, there.channel(), there.thread(), waited);
  }

  // ---- places

  /** A message with replies, or that may get some. */
  private record Parent(String channel, String ts) {}

  private static Optional<Parent> thread(Ticket ticket) {
    if (!ticket.isFollowUp()) {
      return Optional.empty();
    }
    Matcher matcher = REF.matcher(ticket.parent().id());
    if (!matcher.matches()) {
      throw new PermanentException(
          "slack: the conversation's ticket " + ticket.parent().id() + " is none of Slack's");
    }
    return Optional.of(new Parent(matcher.group(1), matcher.group(2)));
  }

  /** The channel that it is to be in. */
  private String place(Ticket ticket) {
    return thread(ticket).map(Parent::channel).orElseGet(() -> channel(ticket));
  }

  private String channel(Ticket ticket) {
    String chosen = channel.apply(ticket);
    requireChannel(chosen, PermanentException::new);
    return chosen;
  }

  private static void requireChannel(
      @Nullable String id, Function<String, RuntimeException> exception) {
    if (id == null || !CHANNEL.matcher(id).matches()) {
      throw exception.apply(
          "Not the id of a Slack channel, which is like C0123456789 and stands at the end of its"
              + " details: "
              + id);
    }
  }

  private String url(String in, String ts) {
    return workspaceUrl.isEmpty()
        ? ""
        : workspaceUrl + "/archives/" + in + "/p" + ts.replace(".", "");
  }

  /** Closes its connections, unless they are those of a client that it was given. */
  @Override
  public void close() {
    api.close();
  }

  /** Options of a {@link SlackTicketRouter}. */
  public static final class Builder {
    private final String token;
    private final Function<Ticket, String> channel;
    private final DestinationClient.Builder writes =
        DestinationClient.builder(DESTINATION).limit(LIMIT_PER_CHANNEL);
    private final DestinationClient.Builder reads = DestinationClient.builder(DESTINATION);
    private String apiUrl = API;
    private String username = "";
    private String iconEmoji = "";
    private String iconUrl = "";
    private String workspaceUrl = "";
    private Duration lookBack = LOOK_BACK;
    private Duration lookAgainAfter = LOOK_AGAIN_AFTER;
    private @Nullable AttachmentSource attachments;
    private long maxBytesEach;
    private InstantSource clock = InstantSource.system();

    private Builder(String token, Function<Ticket, String> channel) {
      this.token = token;
      this.channel = channel;
    }

    /** Another address of the Web API: {@code https://slack-gov.com/api/}, or a proxy's. */
    public Builder apiUrl(String url) {
      apiUrl = url;
      return this;
    }

    /** {@code https://example.slack.com}: from it, tickets get URLs; none unless said. */
    public Builder workspaceUrl(String url) {
      workspaceUrl = url;
      return this;
    }

    /** As who the messages appear; needs the scope {@code chat:write.customize}. */
    public Builder username(String name) {
      username = name;
      return this;
    }

    /** {@code :envelope:}, for example; needs the scope {@code chat:write.customize}. */
    public Builder iconEmoji(String emoji) {
      iconEmoji = emoji;
      return this;
    }

    /** A picture's URL; needs the scope {@code chat:write.customize}. */
    public Builder iconUrl(String url) {
      iconUrl = url;
      return this;
    }

    /**
     * Brings attachments to the message's thread, besides naming them in the message; needs the
     * scope {@code files:write}. Each goes through a temporary file. One that can't be brought is
     * named in the thread, and the ticket goes its way all the same.
     *
     * @param maxBytesEach what is larger is only named
     */
    public Builder attachments(AttachmentSource source, long maxBytesEach) {
      this.attachments = source;
      this.maxBytesEach = maxBytesEach;
      return this;
    }

    /** How far back repeated tickets are looked for at most; 7 days unless said. */
    public Builder lookBack(Duration time) {
      lookBack = time;
      return this;
    }

    /** What Slack may take to show what it has accepted; 5 seconds unless said. */
    public Builder lookAgainAfter(Duration time) {
      lookAgainAfter = time;
      return this;
    }

    /** How many tickets are posted to one channel in what time, by this process. */
    public Builder limitPerChannel(RateLimit messages) {
      writes.limit(messages);
      return this;
    }

    public Builder connectTimeout(Duration timeout) {
      writes.connectTimeout(timeout);
      reads.connectTimeout(timeout);
      return this;
    }

    /** From a request to the end of its answer. */
    public Builder callTimeout(Duration timeout) {
      writes.callTimeout(timeout);
      reads.callTimeout(timeout);
      return this;
    }

    public Builder clock(InstantSource source) {
      clock = source;
      writes.clock(source);
      reads.clock(source);
      return this;
    }

    /** Shares this client's pools and interceptors; it stays the giver's to close. */
    public Builder http(OkHttpClient shared) {
      writes.http(shared);
      reads.http(shared);
      return this;
    }

    /**
     * Builds the router.
     *
     * @throws IllegalArgumentException if something of this can't be
     */
    public SlackTicketRouter build() {
      if (token.isBlank() || !token.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
        throw new IllegalArgumentException(
            "The bot token is empty, or has characters that no token has");
      }
      HttpUrl url = SlackUrls.require(apiUrl, "The URL of Slack's API");
      if (!workspaceUrl.isEmpty()) {
        SlackUrls.require(workspaceUrl, "The workspace's URL");
        workspaceUrl = workspaceUrl.replaceAll("/+$", "");
      }
      if (lookBack.isNegative() || lookBack.isZero()) {
        throw new IllegalArgumentException("lookBack is to be longer than nothing: " + lookBack);
      }
      if (lookAgainAfter.isNegative()) {
        throw new IllegalArgumentException("lookAgainAfter can't be negative: " + lookAgainAfter);
      }
      if (attachments != null && maxBytesEach < 1) {
        throw new IllegalArgumentException(
            "Attachments of at most " + maxBytesEach + " bytes are none: leave them out");
      }
      if (!iconEmoji.isEmpty() && !iconUrl.isEmpty()) {
        throw new IllegalArgumentException("Give an iconEmoji or an iconUrl, not both");
      }
      return new SlackTicketRouter(this, url);
    }
  }
}
