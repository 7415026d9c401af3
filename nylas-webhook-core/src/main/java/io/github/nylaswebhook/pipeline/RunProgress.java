package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.inbox.Attempt;
import io.github.nylaswebhook.inbox.Disposition;
import io.github.nylaswebhook.inbox.Progress;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.ticket.TicketRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one notification of a delivery has achieved. Used by one thread. */
final class RunProgress {
  private static final Logger log = LoggerFactory.getLogger(TicketPipeline.class);

  /** Before the name of a destination that has its ticket. */
  private static final String TICKET = "ticket.";

  /** Before the name of one that may have it, with the id of the ticket it was for. */
  private static final String UNKNOWN = TICKET + "?";

  private static final String SETTLED = "settled";
  private static final String STALLED = "stalled";

  private final Attempt attempt;
  private final String prefix;

  /** The prefix tells the notifications of one delivery apart. */
  RunProgress(Attempt attempt, String prefix) {
    this.attempt = attempt;
    this.prefix = prefix;
  }

  Optional<String> get(String name) {
    return attempt.progress().get(prefix + name);
  }

  boolean has(String name) {
    return attempt.progress().has(prefix + name);
  }

  int count(String name) {
    return get(name).map(Integer::parseInt).orElse(0);
  }

  void note(String name, String value) {
    save(attempt.progress().with(prefix + name, value));
  }

  private void save(Progress progress) {
    try {
      attempt.save(progress);
    } catch (StoreUnavailableException e) {
      // What was done is done: it is stored with the outcome, and until then this try knows it.
      log.debug("Progress of {} couldn't be stored yet", attempt.delivery(), e);
    }
  }

  boolean hasTicket(String destination) {
    return has(TICKET + destination);
  }

  /** Where the destination's ticket is, if it has one. */
  Optional<TicketRef> ticket(String destination) {
    return get(TICKET + destination).map(where -> ref(destination, where));
  }

  private static TicketRef ref(String destination, String where) {
    try {
      Json json = Json.read(where.getBytes(StandardCharsets.UTF_8));
      return new TicketRef(destination, json.stringOr("id", ""), json.stringOr("url", ""));
    } catch (IOException e) {
      return new TicketRef(destination, "", "");
    }
  }

  void noteTicket(String destination, TicketRef ref) {
    note(TICKET + destination, Json.write(Map.of("id", ref.id(), "url", ref.url())));
  }

  /** The id of the ticket that it was for, empty for a new one; none if nothing is unknown. */
  Optional<String> unknown(String destination) {
    return get(UNKNOWN + destination);
  }

  void noteUnknown(String destination, TicketRef parent) {
    note(UNKNOWN + destination, parent.id());
  }

  /** Whether a destination has its ticket, or may have it. */
  boolean achievedSomething() {
    return attempt.progress().entries().keySet().stream()
        .anyMatch(name -> name.startsWith(prefix + TICKET));
  }

  /** Since when it waits for something else than its turn; noted once. */
  void noteStalled(Instant now) {
    if (!has(STALLED)) {
      note(STALLED, Long.toString(now.toEpochMilli()));
    }
  }

  /** Since when another delivery, of one notification, waits for something else than its turn. */
  static Optional<Instant> stalledSince(Progress progress) {
    return progress.get(STALLED).map(millis -> Instant.ofEpochMilli(Long.parseLong(millis)));
  }

  /** What became of its message, once that is known and only listeners are left. */
  Optional<String> settled() {
    return get(SETTLED);
  }

  void noteSettled(Disposition disposition) {
    note(SETTLED, disposition.name());
  }

  /** Whether another delivery, of one notification, is through with its mail. */
  static boolean isSettled(Progress progress) {
    return progress.has(SETTLED);
  }

  /** Whether another delivery, of one notification, has brought its mail to some destination. */
  static boolean hasTicket(Progress progress) {
    return progress.entries().keySet().stream()
        .anyMatch(name -> name.startsWith(TICKET) && !name.startsWith(UNKNOWN));
  }

  /** Whether another delivery, of one notification, has brought its mail to the destination. */
  static boolean hasTicket(Progress progress, String destination) {
    return progress.has(TICKET + destination);
  }

  /**
   * Whether another delivery, of one notification, may have brought its mail to some destination.
   */
  static boolean isUnknown(Progress progress) {
    return progress.entries().keySet().stream().anyMatch(name -> name.startsWith(UNKNOWN));
  }

  /**
   * Whether another delivery, of one notification, may have brought its mail to the destination.
   */
  static boolean isUnknown(Progress progress, String destination) {
    return progress.has(UNKNOWN + destination);
  }
}
