package io.github.nylaswebhook.slack;

import io.github.nylaswebhook.destination.DestinationRefusedException;
import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.internal.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for messages of ours among those of a channel or thread. A look that is interrupted by a
 * rate limit goes on where it was. Safe for use by many threads.
 *
 * @see <a href="https://docs.slack.dev/reference/methods/conversations.history">Slack:
 *     conversations.history</a>
 * @see <a href="https://docs.slack.dev/reference/methods/conversations.replies">Slack:
 *     conversations.replies</a>
 */
final class SlackMessages {
  private static final Logger log = LoggerFactory.getLogger(SlackMessages.class);

  /** Slack advises no more than 200; of the longest messages, this many are some 3 MB. */
  private static final int PAGE = 100;

  /** 20,000 messages: a channel of so many in the time looked through isn't for tickets. */
  private static final int MAX_PAGES = 200;

  /** The mail's date is its provider's, and the message's is Slack's. */
  private static final Duration CLOCKS = Duration.ofHours(1);

  private static final int MAX_LOOKS = 10_000;

  private final SlackApi api;
  private final Duration lookBack;
  private final InstantSource clock;
  private final AtomicBoolean unreadable = new AtomicBoolean();
  private final Bounded<Place> interrupted = new Bounded<>(MAX_LOOKS);

  /** Where to go on. */
  private record Place(String oldest, String cursor, int pages) {}

  SlackMessages(SlackApi api, Duration lookBack, InstantSource clock) {
    this.api = api;
    this.lookBack = lookBack;
    this.clock = clock;
  }

  /** The newest such message in the channel, outside of threads. */
  Optional<Json> inChannel(String channel, Instant since, String look, Predicate<Json> test) {
    Map<String, String> arguments = new LinkedHashMap<>();
    arguments.put("channel", channel);
    return find("conversations.history", arguments, since, look, test);
  }

  /**
   * The first such message in the thread; none if there is no such thread, or no longer.
   *
   * @param thread the {@code ts} of its parent
   */
  Optional<Json> inThread(
      String channel, String thread, Instant since, String look, Predicate<Json> test) {
    Map<String, String> arguments = new LinkedHashMap<>();
    arguments.put("channel", channel);
    arguments.put("ts", thread);
    try {
      return find("conversations.replies", arguments, since, look, test);
    } catch (DestinationRefusedException e) {
      if (SlackApi.error(e).equals("thread_not_found")) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private Optional<Json> find(
      String method,
      Map<String, String> arguments,
      Instant since,
      String look,
      Predicate<Json> test) {
    String id = method + "\n" + look;
    Place place = interrupted.remove(id).orElseGet(() -> new Place(oldest(since), "", 0));
    boolean goesOn = !place.cursor().isEmpty();
    arguments.put("include_all_metadata", "true");
    arguments.put("limit", String.valueOf(PAGE));
    arguments.put("oldest", place.oldest());
    while (true) {
      if (!place.cursor().isEmpty()) {
        arguments.put("cursor", place.cursor());
      }
      Json page;
      try {
        page = api.ask(method, arguments, look);
      } catch (RetryLaterException e) {
        interrupted.put(id, place);
        throw e;
      } catch (DestinationRefusedException e) {
        if (goesOn && SlackApi.error(e).equals("invalid_cursor")) {
          // Slack has forgotten it while the look was interrupted.
          goesOn = false;
          arguments.remove("cursor");
          place = new Place(oldest(since), "", 0);
          continue;
        }
        throw refused(method, e);
      }
      Optional<Json> found = page.objects("messages").stream().filter(test).findFirst();
      String next = page.object("response_metadata").stringOr("next_cursor", "");
      if (found.isPresent() || next.isEmpty()) {
        return found;
      }
      if (place.pages() + 1 >= MAX_PAGES) {
        throw new PermanentException(
            "slack: "
                + method
                + " has more than "
                + PAGE * MAX_PAGES
                + " messages to look through: whether the mail is there can't be told; make"
                + " lookBack shorter");
      }
      place = new Place(place.oldest(), next, place.pages() + 1);
    }
  }

  private RuntimeException refused(String method, DestinationRefusedException e) {
    if (SlackApi.error(e).equals("missing_scope") && !unreadable.getAndSet(true)) {
      log.error(
          "slack doesn't let this app read its channels, so a ticket whose outcome isn't known"
              + " can't be looked for, and becomes a dead letter: give the token the scopes"
              + " channels:history and, for private channels, groups:history ({})",
          method);
    }
    return e;
  }

  /** Seconds, as Slack's {@code ts} has them. */
  private String oldest(Instant since) {
    Instant now = clock.instant();
    Instant longest = now.minus(lookBack);
    Instant received = since.minus(CLOCKS);
    // A date in the future is wrong, so it says nothing.
    boolean usable = since.isBefore(now.plus(CLOCKS)) && received.isAfter(longest);
    return (usable ? received : longest).getEpochSecond() + ".000000";
  }
}
