package io.github.nylaswebhook.pipeline;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.message.MessageRef;
import io.github.nylaswebhook.nylas.NylasApiException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds back the fetches of an application whose API key Nylas refuses, or of a grant whose
 * credentials the provider refuses: they would all fail alike. Now and then one is let through to
 * see whether that has changed.
 */
final class ApplicationGate {
  private static final Logger log = LoggerFactory.getLogger(ApplicationGate.class);
  private static final int MAX_CLOSED = 100_000;

  /**
   * Whoever isn't refused for so long, when at most some minutes lie between two looks, isn't
   * there.
   */
  private static final Duration FORGET = Duration.ofHours(1);

  private static final RetryPolicy PAUSES =
      new RetryPolicy(
          Duration.ofSeconds(15),
          RetryPolicy.MAX,
          RetryPolicy.MAX_ATTEMPTS,
          RetryPolicy.MAX_WAITING);

  /** While one is on its way to see, the others wait this long. */
  private static final Duration PROBE = Duration.ofSeconds(5);

  private final InstantSource clock;
  private final Cache<String, Closed> closed =
      Caffeine.newBuilder().maximumSize(MAX_CLOSED).expireAfterWrite(FORGET).build();

  private record Closed(String what, int refusals, Instant until, boolean probed) {}

  ApplicationGate(InstantSource clock) {
    this.clock = clock;
  }

  /** Until when the fetch has to wait; empty if it may go, or is the one that goes to see. */
  Optional<Instant> closedUntil(MessageRef ref) {
    if (closed.asMap().isEmpty()) {
      return Optional.empty();
    }
    for (String key : List.of(application(ref), grant(ref))) {
      Closed state = closed.getIfPresent(key);
      if (state == null) {
        continue;
      }
      Instant now = clock.instant();
      if (state.until.isAfter(now)) {
        return Optional.of(state.until);
      }
      Closed probing = new Closed(state.what, state.refusals, now.plus(PROBE), true);
      if (!closed.asMap().replace(key, state, probing)) {
        return Optional.of(now.plus(PROBE));
      }
    }
    return Optional.empty();
  }

  /** Nylas refused the credentials. Says until when to wait. */
  Instant refused(MessageRef ref, NylasApiException cause) {
    // Where the provider's own error is given, it is the grant's credentials that are refused.
    boolean grantOnly = cause.byProvider();
    String what =
        grantOnly
            ? "the provider refuses the credentials of grant " + ref.grantId()
            : "Nylas refuses the API key"
                + (ref.applicationId().isEmpty() ? "" : " of application " + ref.applicationId());
    Instant now = clock.instant();
    boolean[] news = new boolean[1];
    Closed state =
        closed
            .asMap()
            .compute(
                grantOnly ? grant(ref) : application(ref),
                (key, old) -> {
                  // Many that were under way together are refused together: that is one refusal.
                  if (old != null && !old.probed && old.until.isAfter(now)) {
                    return old;
                  }
                  news[0] = old == null;
                  int refusals = old == null ? 1 : old.refusals + 1;
                  return new Closed(what, refusals, now.plus(PAUSES.backoff(refusals)), false);
                });
    if (news[0]) {
      log.error("{} ({}); its messages wait until that is mended", what, cause.status());
    }
    return state.until;
  }

  /** The credentials were good, whatever else the answer was. */
  void passed(MessageRef ref) {
    if (closed.asMap().isEmpty()) {
      return;
    }
    for (String key : List.of(application(ref), grant(ref))) {
      Closed state = closed.asMap().remove(key);
      if (state != null) {
        log.info("No more: {}", state.what);
      }
    }
  }

  /** What is wrong, for people. */
  List<String> problems() {
    return closed.asMap().values().stream().map(Closed::what).sorted().toList();
  }

  private static String application(MessageRef ref) {
    return "application " + ref.applicationId();
  }

  private static String grant(MessageRef ref) {
    return "grant " + ref.applicationId() + " " + ref.grantId();
  }
}
