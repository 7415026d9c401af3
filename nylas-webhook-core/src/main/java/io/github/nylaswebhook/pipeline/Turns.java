package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.inbox.Attempt;
import io.github.nylaswebhook.inbox.Predecessor;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is among the mails of a thread that wait together: they are routed in the order of
 * their dates, at each destination. Used by one thread.
 */
final class Turns {
  /**
   * An earlier mail that fails for reasons of its own is waited for during so many tries, some
   * seconds; one whose ticket may be there already, until it is known or given up.
   */
  private static final int PATIENCE = 3;

  /**
   * One that waits, uncounted, is waited for so long after it was first tried: most outages are
   * shorter, and where it is the mail itself that Nylas or a destination always fails at, the
   * others of its thread aren't kept until it is given up.
   */
  private static final Duration STALLED = Duration.ofHours(1);

  /**
   * For each mail that is waited for: about as long as the routing of one takes. So the next in
   * line looks often, and a long line costs little.
   */
  private static final Duration LOOK_AGAIN = Duration.ofMillis(250);

  private final Attempt attempt;
  private final InstantSource clock;
  private @Nullable List<Predecessor> predecessors;
  private boolean waitedFor;

  Turns(Attempt attempt, InstantSource clock) {
    this.attempt = attempt;
    this.clock = clock;
  }

  /**
   * Goes on if no earlier mail is still to be routed anywhere: until then, nothing of this one is
   * needed.
   */
  void waitForAnywhere() throws StoreUnavailableException {
    waitWhile(
        earlier ->
            !RunProgress.hasTicket(earlier.progress())
                && (isPatientWith(earlier) || RunProgress.isUnknown(earlier.progress())));
  }

  /** Goes on if it is the mail's turn at this destination. */
  void waitFor(String destination) throws StoreUnavailableException {
    waitWhile(
        earlier ->
            !RunProgress.hasTicket(earlier.progress(), destination)
                && (isPatientWith(earlier)
                    || RunProgress.isUnknown(earlier.progress(), destination)));
  }

  /** Goes on if there is no earlier mail that isn't finished. */
  void waitForAll() throws StoreUnavailableException {
    waitWhile(earlier -> isPatientWith(earlier) || RunProgress.isUnknown(earlier.progress()));
  }

  private static boolean isPatientWith(Predecessor earlier) {
    return earlier.failures() < PATIENCE;
  }

  /** Whether the mail had to wait for its turn somewhere. */
  boolean areWaitedFor() {
    return waitedFor;
  }

  private void waitWhile(Predicate<Predecessor> isAwaited) throws StoreUnavailableException {
    Optional<Instant> when = when(isAwaited);
    if (when.isPresent()) {
      waitedFor = true;
      throw new RetryLaterException(
          "an earlier mail of its thread isn't routed yet", when.get(), false);
    }
  }

  /** When to look again, if an earlier mail is to be waited for. */
  private Optional<Instant> when(Predicate<Predecessor> isAwaited)
      throws StoreUnavailableException {
    List<Predecessor> awaited =
        predecessors().stream()
            .filter(earlier -> !RunProgress.isSettled(earlier.progress()))
            .filter(earlier -> !hasStalled(earlier))
            .filter(isAwaited)
            .toList();
    if (awaited.isEmpty()) {
      return Optional.empty();
    }
    Instant soonest = clock.instant().plus(LOOK_AGAIN.multipliedBy(awaited.size()));
    Instant due = awaited.get(0).due();
    return Optional.of(due.isAfter(soonest) ? due : soonest);
  }

  private boolean hasStalled(Predecessor earlier) {
    Instant longAgo = clock.instant().minus(STALLED);
    return RunProgress.stalledSince(earlier.progress())
        .filter(since -> since.isBefore(longAgo))
        .isPresent();
  }

  private List<Predecessor> predecessors() throws StoreUnavailableException {
    List<Predecessor> known = predecessors;
    if (known == null) {
      known = attempt.predecessors();
      predecessors = known;
    }
    return known;
  }
}
