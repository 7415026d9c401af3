package io.github.nylaswebhook.jira;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.nylaswebhook.inbox.OutcomeUnknownException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.internal.Clocks;
import io.github.nylaswebhook.ticket.Ticket;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which mails Jira has, or may have without its search showing them yet, as far as this process
 * knows from the last hour. What is forgotten, or was done elsewhere, is looked for from the
 * beginning. Safe for use by many threads.
 */
final class TriedMails {
  /** The parts of the lag after which the router looks again: 5, 15 and 30 s of 30. */
  private static final int[] LOOKS = {6, 2, 1};

  /** Longer than a delivery is tried again after failures, with few exceptions. */
  private static final Duration FORGET_MAILS = Duration.ofHours(1);

  private static final int MAX_REMEMBERED = 100_000;

  private final Duration indexLag;
  private final InstantSource clock;

  /** By their idempotency keys. */
  private final Cache<String, Known> known;

  /**
   * A mail that may be in Jira since that time, or that is.
   *
   * @param since of the last try with an unknown outcome; if that isn't known, when it was learnt
   */
  private record Known(Instant since, @Nullable Made made) {}

  TriedMails(Duration indexLag, InstantSource clock) {
    this.indexLag = indexLag;
    this.clock = clock;
    known =
        Caffeine.newBuilder()
            .maximumSize(MAX_REMEMBERED)
            .expireAfterWrite(FORGET_MAILS)
            .ticker(Clocks.ticker(clock))
            .executor(Runnable::run)
            .build();
  }

  /** What has become of it, if this process knows that Jira has it. */
  Optional<Made> made(Ticket ticket) {
    Known before = known.getIfPresent(ticket.idempotencyKey());
    return before == null ? Optional.empty() : Optional.ofNullable(before.made());
  }

  /** Jira has it. */
  void put(Ticket ticket, Made made, Instant now) {
    known.put(ticket.idempotencyKey(), new Known(now, made));
  }

  /**
   * After a first try for which Jira wasn't asked, or said no: the next one may go on after one
   * look. What others do meanwhile is found by that, for nobody comes back before it is.
   */
  void putOff(Ticket ticket) {
    Known found = new Known(clock.instant().minus(indexLag), null);
    known.asMap().putIfAbsent(ticket.idempotencyKey(), found);
  }

  /** Whether an earlier try may have brought the mail to Jira. */
  boolean mayBeThere(Ticket ticket) {
    return ticket.repeated() || known.getIfPresent(ticket.idempotencyKey()) != null;
  }

  /** Since when it may be there; if that isn't known, since now. */
  Instant since(Ticket ticket) {
    Known before = known.getIfPresent(ticket.idempotencyKey());
    if (before != null) {
      return before.since();
    }
    Instant now = clock.instant();
    known.put(ticket.idempotencyKey(), new Known(now, null));
    return now;
  }

  /** Comments are seen as soon as they are made; a request that was lost may take its time. */
  Duration settled() {
    return indexLag.dividedBy(LOOKS[0]);
  }

  /**
   * What to throw after a try with an unknown outcome. If it wasn't the first one, other processes
   * may have begun to look before it, and take their last look for enough: so nobody comes back
   * until what was done is found.
   */
  RuntimeException unknown(
      Ticket ticket, boolean unsure, Duration found, OutcomeUnknownException e) {
    Instant now = clock.instant();
    known.put(ticket.idempotencyKey(), new Known(now, null));
    return unsure
        ? new RetryLaterException(
            "jira was asked once more, and no answer came", now.plus(found), true, e)
        : e;
  }

  /** When to look again for what the search may not have yet. */
  Instant nextLook(Instant since, Instant now) {
    for (int part : LOOKS) {
      Instant look = since.plus(indexLag.dividedBy(part));
      if (look.isAfter(now)) {
        return look;
      }
    }
    return now;
  }

  static RetryLaterException notYet(Instant when) {
    return new RetryLaterException(
        "jira may have it since the last try, and doesn't find it yet", when, false);
  }
}
