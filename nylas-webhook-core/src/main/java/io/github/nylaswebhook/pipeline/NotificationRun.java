package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.filter.Policy;
import io.github.nylaswebhook.filter.Reason;
import io.github.nylaswebhook.filter.Verdict;
import io.github.nylaswebhook.inbox.Attempt;
import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.Disposition;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.internal.Keys;
import io.github.nylaswebhook.internal.Threads;
import io.github.nylaswebhook.message.Folder;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import io.github.nylaswebhook.message.MessageRef;
import io.github.nylaswebhook.notification.Notification;
import io.github.nylaswebhook.notification.NotificationListener;
import io.github.nylaswebhook.notification.TriggerFlag;
import io.github.nylaswebhook.notification.TriggerType;
import io.github.nylaswebhook.nylas.NylasApiException;
import io.github.nylaswebhook.ticket.Ticket;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One notification in one try. Used by one thread. */
final class NotificationRun {
  private static final Logger log = LoggerFactory.getLogger(TicketPipeline.class);

  /** How often a message's folders are looked for before it goes on without them. */
  private static final int FOLDER_LOOKUPS = 5;

  private static final Set<TriggerType> FOLDER_CHANGES =
      Set.of(TriggerType.FOLDER_CREATED, TriggerType.FOLDER_UPDATED, TriggerType.FOLDER_DELETED);

  private final TicketPipeline pipeline;
  private final Attempt attempt;
  private final Notification notification;
  private final boolean alone;
  private final RunProgress progress;
  private final Turns turns;
  private final MessageRef ref;
  private @Nullable Message told;

  /** The prefix tells the notifications of one delivery apart in its progress. */
  NotificationRun(
      TicketPipeline pipeline, Attempt attempt, Notification notification, String prefix) {
    this.pipeline = pipeline;
    this.attempt = attempt;
    this.notification = notification;
    this.alone = prefix.isEmpty();
    this.progress = new RunProgress(attempt, prefix);
    this.turns = new Turns(attempt, pipeline.clock);
    this.ref =
        new MessageRef(
            notification.applicationId(), notification.grantId(), notification.objectId());
  }

  Outcome outcome() {
    Outcome outcome = tried();
    if (outcome instanceof Outcome.RetryAt retry
        && !retry.countsAsAttempt()
        && !turns.areWaitedFor()
        && attempt.delivery().sequence().isPresent()) {
      // So that the mails behind it know how long they have been waiting for it.
      progress.noteStalled(pipeline.clock.instant());
    }
    return outcome;
  }

  private Outcome tried() {
    Optional<String> ended = progress.get("done");
    if (ended.isPresent()) {
      return new Outcome.Done(Disposition.valueOf(ended.get()), List.of());
    }
    try {
      Optional<String> settled = progress.settled();
      Outcome outcome =
          settled.isPresent()
              ? new Outcome.Done(Disposition.valueOf(settled.get()), List.of())
              : message();
      if (outcome instanceof Outcome.Done done) {
        tellListeners(done);
        if (!alone) {
          progress.note("done", done.disposition().name());
        }
      }
      return outcome;
    } catch (RetryLaterException e) {
      Instant now = pipeline.clock.instant();
      // A time that has passed would be asked for again and again; and failures that ask for a
      // short pause each time would be dead letters before the policy's time is over.
      Instant soonest =
          now.plus(pipeline.retryPolicy.backoff(e.countsAsAttempt() ? attempt.number() : 1));
      Instant when = e.when().isAfter(e.countsAsAttempt() ? soonest : now) ? e.when() : soonest;
      return new Outcome.RetryAt(when, e.countsAsAttempt(), String.valueOf(e.getMessage()));
    } catch (PermanentException e) {
      return new Outcome.Dead(describe(e));
    } catch (StoreUnavailableException e) {
      return later(
          pipeline.clock.instant().plus(pipeline.retryPolicy.backoff(attempt.waits() + 1)),
          describe(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return later(pipeline.clock.instant().plus(pipeline.retryPolicy.backoff(1)), "interrupted");
    } catch (Exception e) {
      log.debug("{} failed", notification, e);
      return new Outcome.RetryAt(
          pipeline.clock.instant().plus(pipeline.retryPolicy.backoff(attempt.number())),
          true,
          e.getClass().getName() + "\n" + e.getMessage());
    }
  }

  private Outcome message() throws Exception {
    if (FOLDER_CHANGES.contains(notification.type())) {
      pipeline.folders.forget(ref.applicationId(), ref.grantId());
    }
    boolean created = notification.type().equals(TriggerType.MESSAGE_CREATED);
    boolean updated = notification.type().equals(TriggerType.MESSAGE_UPDATED);
    Instant grantSince =
        notification.grantId().isEmpty()
            ? Instant.EPOCH
            : pipeline.grants.seen(notification, attempt.delivery().receivedAt());
    if (!created && !updated) {
      return new Outcome.Done(Disposition.NOTIFIED, List.of());
    }
    if (ref.grantId().isEmpty() || ref.messageId().isEmpty()) {
      return updated
          ? new Outcome.Done(Disposition.NOTIFIED, List.of())
          : new Outcome.Dead("the " + notification.type() + " names no grant or no message");
    }
    if (updated && told().date().isAfter(Instant.EPOCH) && !isNew(told(), grantSince)) {
      return new Outcome.Done(Disposition.NOTIFIED, List.of());
    }
    if (!progress.achievedSomething()) {
      // Before it is claimed and fetched: what waits for its turn costs nothing.
      turns.waitForAnywhere();
    }
    Instant askedAt = pipeline.clock.instant();
    Claim claim = pipeline.dedupStore.claim(claimKey(ref), pipeline.claimLease);
    if (claim instanceof Claim.Claimed mine) {
      try (HeldClaim claimed =
          new HeldClaim(
              pipeline.dedupStore,
              mine,
              pipeline.claimLease,
              askedAt,
              pipeline.clock,
              pipeline.held)) {
        return claimed(claimed, updated ? grantSince : Instant.MIN);
      }
    }
    if (updated && !progress.achievedSomething()) {
      return new Outcome.Done(Disposition.NOTIFIED, List.of());
    }
    if (claim instanceof Claim.InProgress other) {
      return later(other.leaseEnds(), "another delivery of the message is being worked on");
    }
    if (progress.achievedSomething()) {
      // It was this delivery that began to route it, and it alone does the rest.
      return claimed(null, updated ? grantSince : Instant.MIN);
    }
    pipeline.observer.duplicateMessage(ref);
    return new Outcome.Done(Disposition.DUPLICATE, List.of());
  }

  /** Works on the message, with its claim; without one if it is ours for having begun. */
  private Outcome claimed(@Nullable HeldClaim claim, Instant grantSince) throws Exception {
    Message message;
    List<Folder> folders;
    try {
      boolean fetches = needsFetch();
      if (fetches || pipeline.needsFolders(told())) {
        Optional<Instant> wait = pipeline.gate.closedUntil(ref);
        if (wait.isPresent()) {
          return later(wait.get(), "Nylas or the provider refuses the credentials");
        }
      }
      message = fetches ? fetch() : told();
      folders = pipeline.needsFolders(message) ? folders(message) : List.of();
    } catch (NylasApiException e) {
      return refused(e);
    } catch (IOException e) {
      return later(
          pipeline.clock.instant().plus(pipeline.retryPolicy.backoff(attempt.waits() + 1)),
          "Nylas can't be reached: " + describe(e));
    }
    return judge(claim, message, folders, grantSince);
  }

  private Message fetch() throws IOException {
    long start = System.nanoTime();
    Message message = pipeline.fetcher.fetch(ref);
    pipeline.gate.passed(ref);
    pipeline.observer.fetched(ref, Duration.ofNanos(System.nanoTime() - start));
    return message;
  }

  /** A grant whose folders can't be listed for good holds no mail back. */
  private List<Folder> folders(Message message) throws IOException {
    try {
      return pipeline.folders.folders(ref.applicationId(), ref.grantId(), message.folders());
    } catch (IOException e) {
      boolean passes =
          e instanceof NylasApiException refusal
              && (refusal.isUnauthorized() || refusal.status() == 429);
      if (passes) {
        throw e;
      }
      int failures = progress.count("folders") + 1;
      if (failures < FOLDER_LOOKUPS) {
        progress.note("folders", Integer.toString(failures));
        throw e;
      }
      log.warn(
          "The folders of grant {} couldn't be listed {} times: mail goes on without them",
          ref.grantId(),
          failures);
      return List.of();
    }
  }

  private Outcome judge(
      @Nullable HeldClaim claim, Message fetched, List<Folder> folders, Instant grantSince)
      throws Exception {
    // The ids that everything is keyed by are the notification's.
    Message message = fetched.withIds(ref.grantId(), ref.messageId());
    if (!grantSince.equals(Instant.MIN) && !isNew(message, grantSince)) {
      return new Outcome.Done(Disposition.NOTIFIED, List.of());
    }
    MessageContext context = new MessageContext(message, pipeline.ownAddresses, folders);
    Verdict verdict = pipeline.filter.judge(message, context);
    Policy policy = pipeline.policy(verdict.kind());
    if (policy == Policy.SKIP) {
      return skipped(claim, verdict);
    }
    Instant receivedAt =
        message.date().isAfter(Instant.EPOCH) ? message.date() : attempt.delivery().receivedAt();
    Ticket ticket =
        Ticket.of(
            message,
            context.text(),
            verdict.kind(),
            policy != Policy.ROUTE,
            pipeline.categorizer.categorize(message, context),
            receivedAt);
    Routing routing = new Routing(pipeline, attempt, progress, turns, claim);
    if (policy == Policy.ATTACH) {
      return routing.note(ticket)
          ? new Outcome.Done(Disposition.ROUTED, List.of())
          : skipped(claim, verdict);
    }
    routing.ticket(ticket);
    return new Outcome.Done(Disposition.ROUTED, List.of());
  }

  private Outcome skipped(@Nullable HeldClaim claim, Verdict verdict)
      throws StoreUnavailableException {
    complete(claim);
    pipeline.observer.skipped(ref, verdict);
    return new Outcome.Done(
        Disposition.SKIPPED, verdict.reasons().stream().map(Reason::code).toList());
  }

  private void complete(@Nullable HeldClaim claim) throws StoreUnavailableException {
    if (claim != null) {
      claim.complete(pipeline.retention);
    }
  }

  /** As long as one target may still succeed, the delivery isn't dead. */
  static Exception worse(Exception one, Exception other) {
    return one instanceof PermanentException ? other : one;
  }

  private Outcome refused(NylasApiException e) {
    if (e.isUnauthorized()) {
      return later(pipeline.gate.refused(ref, e), describe(e));
    }
    if (e.status() < 500) {
      pipeline.gate.passed(ref);
    }
    if (e.status() == 404) {
      return missing(e);
    }
    if (e.isTransient()) {
      Instant backoff =
          pipeline.clock.instant().plus(pipeline.retryPolicy.backoff(attempt.waits() + 1));
      // What was asked for, but never at once: 0 and clocks that differ make a busy loop.
      Instant soonest = pipeline.clock.instant().plus(pipeline.retryPolicy.backoff(1));
      return later(
          e.retryAfter().map(asked -> latest(asked, soonest)).orElse(backoff), describe(e));
    }
    return e.status() >= 400
        ? new Outcome.Dead(describe(e))
        : new Outcome.RetryAt(
            pipeline.clock.instant().plus(pipeline.retryPolicy.backoff(attempt.number())),
            true,
            describe(e));
  }

  private Outcome missing(NylasApiException e) {
    int lookups = progress.count("lookups");
    if (lookups >= pipeline.goneLookups.size()) {
      if (e.type().endsWith("grant.not_found")) {
        // That says nothing of the mail: the region may be wrong, or the application.
        return new Outcome.Dead(describe(e));
      }
      pipeline.observer.gone(ref);
      return new Outcome.Done(Disposition.GONE, List.of("not found at Nylas"));
    }
    progress.note("lookups", Integer.toString(lookups + 1));
    return later(
        pipeline.clock.instant().plus(pipeline.goneLookups.get(lookups)),
        "not found at Nylas (yet)");
  }

  private void tellListeners(Outcome.Done done) throws Exception {
    List<Integer> told = new ArrayList<>();
    Exception failure = null;
    for (int i = 0; i < pipeline.listeners.size(); i++) {
      if (!pipeline.listeners.get(i).wants(notification)
          || progress.has("listener." + pipeline.listeners.get(i).name())) {
        continue;
      }
      try {
        tell(pipeline.listeners.get(i).listener());
        told.add(i);
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        failure = failure == null ? e : worse(failure, e);
      }
    }
    if (failure != null) {
      progress.noteSettled(done.disposition());
      for (int i : told) {
        progress.note("listener." + pipeline.listeners.get(i).name(), "");
      }
      throw failure;
    }
  }

  /** The message as the notification tells it, read when it is needed: mostly it is fetched. */
  private Message told() {
    Message known = told;
    if (known == null) {
      known = Message.of(notification.object());
      told = known;
    }
    return known;
  }

  private boolean needsFetch() {
    if (notification.has(TriggerFlag.METADATA)) {
      // The scope gives headers and nothing else, and the notification has those.
      return false;
    }
    return pipeline.fetchPolicy == FetchPolicy.ALWAYS
        || notification.has(TriggerFlag.TRUNCATED)
        || told().body().isEmpty();
  }

  private void tell(NotificationListener listener) throws Exception {
    Threads.<Notification, Exception>blocking(
        () -> {
          listener.onNotification(notification);
          return notification;
        });
  }

  private boolean isNew(Message message, Instant grantSince) {
    Instant earliest = attempt.delivery().receivedAt().minus(pipeline.newWithin);
    // Mail is dated to the second: a grant seen later in the same second doesn't make it older.
    return !message.date().isBefore(earliest)
        && message.date().getEpochSecond() >= grantSince.getEpochSecond();
  }

  private static String claimKey(MessageRef ref) {
    return Keys.of("message", ref.grantId(), ref.messageId());
  }

  private static String describe(Exception e) {
    return e.getMessage() == null ? e.getClass().getName() : e.getMessage();
  }

  private static Outcome.RetryAt later(Instant when, String why) {
    return new Outcome.RetryAt(when, false, why);
  }

  private static Instant latest(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }
}
