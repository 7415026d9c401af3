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
   * seconds; one that waits for an outage to end, or whose ticket may be there already, for as long
   * as that takes.
   */
  private static final int PATIENCE = 3;

  /** The inbox looks at least every second for what is due. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private final Attempt attempt;
  private final InstantSource clock;
  private @Nullable List<Predecessor> predecessors;

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

  private void waitWhile(Predicate<Predecessor> isAwaited) throws StoreUnavailableException {
    Optional<Instant> when = when(isAwaited);
    if (when.isPresent()) {
      throw new RetryLaterException(
          "an earlier mail of its thread isn't routed yet", when.get(), false);
    }
  }

  /** When to look again, if an earlier mail is to be waited for. */
  private Optional<Instant> when(Predicate<Predecessor> isAwaited)
      throws StoreUnavailableException {
    return predecessors().stream()
        .filter(isAwaited)
        .map(this::after)
        .findFirst();
  }

  private Instant after(Predecessor earlier) {
    Instant soonest = clock.instant().plus(LOOK_AGAIN);
    return earlier.due().isAfter(soonest) ? earlier.due() : soonest;
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
