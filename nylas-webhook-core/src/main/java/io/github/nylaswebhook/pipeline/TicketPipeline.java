package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.categorize.Categorizer;
import io.github.nylaswebhook.categorize.RuleSet;
import io.github.nylaswebhook.filter.MessageFilter;
import io.github.nylaswebhook.filter.Reason;
import io.github.nylaswebhook.filter.Verdict;
import io.github.nylaswebhook.inbox.Attempt;
import io.github.nylaswebhook.inbox.Claim;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.DeliveryProcessor;
import io.github.nylaswebhook.inbox.Disposition;
import io.github.nylaswebhook.inbox.InMemoryDedupStore;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.inbox.OutcomeUnknownException;
import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.internal.Bodies;
import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.internal.Services;
import io.github.nylaswebhook.internal.Threads;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import io.github.nylaswebhook.message.MessageFetcher;
import io.github.nylaswebhook.message.MessageRef;
import io.github.nylaswebhook.notification.Notification;
import io.github.nylaswebhook.notification.NotificationListener;
import io.github.nylaswebhook.notification.NotificationParser;
import io.github.nylaswebhook.notification.TriggerFlag;
import io.github.nylaswebhook.notification.TriggerType;
import io.github.nylaswebhook.nylas.NylasApiException;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes tickets of stored deliveries: claims the message, fetches it, judges it, categorizes it,
 * routes it, and marks it done, in this order. A try that fails anywhere gives the claim back and
 * is repeated by the inbox; what was achieved isn't done again. Safe for use by many threads.
 */
public final class TicketPipeline implements DeliveryProcessor, AutoCloseable {
  /** A minute's silence means that its owner is dead; it is renewed every 20 s until then. */
  public static final Duration CLAIM_LEASE = Duration.ofSeconds(60);

  /** How far a reconciler may look back. */
  public static final Duration RECONCILE_REACH = Duration.ofDays(7);

  /** A day more than the reconciler's reach, so that it can't find what has been forgotten. */
  public static final Duration RETENTION = InMemoryInbox.RETENTION;

  /** Providers call some new messages updated; older ones really were updated. */
  public static final Duration NEW_WITHIN = Duration.ofHours(1);

  /** Drafts become sent mail and IMAP ids settle within minutes; what is gone then stays gone. */
  public static final List<Duration> GONE_LOOKUPS =
      List.of(Duration.ofSeconds(30), Duration.ofMinutes(2));

  /** Sixteen times what Nylas sends uncompressed: nothing honest is larger. */
  public static final long MAX_INFLATED_BYTES = 16L << 20;

  private static final Logger log = LoggerFactory.getLogger(TicketPipeline.class);

  /** In a delivery's progress, before a destination that has its ticket. */
  private static final String TICKET = "ticket.";

  private static final Duration AFTER_CLOSE = Duration.ofMinutes(1);

  private final DedupStore dedupStore;
  private final MessageFetcher fetcher;
  private final MessageFilter filter;
  private final Categorizer categorizer;
  private final TicketRouter router;
  private final PipelineObserver observer;
  private final List<Registration> listeners;
  private final Set<String> ownAddresses;
  private final FetchPolicy fetchPolicy;
  private final RetryPolicy retryPolicy;
  private final Duration claimLease;
  private final Duration retention;
  private final Duration newWithin;
  private final List<Duration> goneLookups;
  private final long maxInflatedBytes;
  private final InstantSource clock;
  private final ApplicationGate gate;
  private final GrantHistory grants = new GrantHistory();
  private final Set<HeldClaim> held = ConcurrentHashMap.newKeySet();
  private final ScheduledThreadPoolExecutor leaseTimer;
  private volatile boolean closed;

  /**
   * A listener, and the name under which is remembered that it was told: steady as long as
   * possible.
   */
  private record Registration(
      @Nullable TriggerType type, String name, NotificationListener listener) {
    boolean wants(Notification notification) {
      return type == null || type.equals(notification.type());
    }
  }

  private TicketPipeline(Builder builder) {
    dedupStore =
        Optional.ofNullable(builder.dedupStore)
            .or(() -> Services.only(ServiceLoader.load(DedupStore.class)))
            .orElseGet(
                () -> new InMemoryDedupStore(builder.clock, InMemoryDedupStore.MAX_COMPLETED));
    fetcher = builder.fetcher();
    filter =
        Optional.ofNullable(builder.filter)
            .or(() -> Services.only(ServiceLoader.load(MessageFilter.class)))
            .orElseGet(MessageFilter::standard);
    categorizer =
        Optional.ofNullable(builder.categorizer)
            .or(() -> Services.only(ServiceLoader.load(Categorizer.class)))
            .orElseGet(RuleSet::standard);
    router =
        Optional.ofNullable(builder.router)
            .or(() -> Services.only(ServiceLoader.load(TicketRouter.class)))
            .orElseGet(Builder::noRouter);
    List<PipelineObserver> observers = new ArrayList<>(builder.observers);
    observers.add(0, new LoggingObserver());
    observer = PipelineObserver.all(observers);
    listeners = List.copyOf(builder.listeners);
    ownAddresses = Set.copyOf(builder.ownAddresses);
    fetchPolicy = builder.fetchPolicy;
    retryPolicy = builder.retryPolicy;
    claimLease = builder.claimLease;
    retention = builder.retention;
    newWithin = builder.newWithin;
    goneLookups = builder.goneLookups;
    maxInflatedBytes = builder.maxInflatedBytes;
    clock = builder.clock;
    gate = new ApplicationGate(clock);
    leaseTimer = new ScheduledThreadPoolExecutor(1, Threads.daemons("nylas-webhook-lease"));
    long third = claimLease.toMillis() / 3;
    Future<?> unused =
        leaseTimer.scheduleWithFixedDelay(this::renewClaims, third, third, TimeUnit.MILLISECONDS);
  }

  public static Builder builder() {
    return new Builder();
  }

  /** What keeps messages from being fetched, in words for people; empty if all is well. */
  public List<String> problems() {
    return gate.problems();
  }

  @Override
  public Outcome process(Attempt attempt) {
    if (closed) {
      return later(clock.instant().plus(AFTER_CLOSE), "the pipeline is closed");
    }
    Delivery delivery = attempt.delivery();
    List<Notification> notifications;
    try (InputStream body = Bodies.open(delivery.open(), delivery.gzip(), maxInflatedBytes)) {
      notifications = NotificationParser.parse(body);
    } catch (IOException e) {
      return new Outcome.Dead(String.valueOf(e.getMessage()));
    }
    List<Outcome> outcomes = new ArrayList<>(notifications.size());
    for (int i = 0; i < notifications.size(); i++) {
      String prefix = notifications.size() == 1 ? "" : i + ".";
      outcomes.add(new Run(attempt, notifications.get(i), prefix).outcome());
    }
    return combine(outcomes);
  }

  @Override
  public void settled(Delivery delivery, Outcome outcome) {
    if (outcome instanceof Outcome.Done done) {
      observer.done(delivery, done, Duration.between(delivery.receivedAt(), clock.instant()));
    } else if (outcome instanceof Outcome.RetryAt retry) {
      observer.rescheduled(delivery, retry);
    } else if (outcome instanceof Outcome.Dead dead) {
      observer.dead(delivery, dead.why());
    }
  }

  /**
   * Deliveries that come after this wait; those that are being processed go on, and their claims
   * are renewed until the last of them is finished. Doesn't close what it was given.
   */
  @Override
  public void close() {
    closed = true;
    if (held.isEmpty()) {
      leaseTimer.shutdown();
    }
  }

  private void renewClaims() {
    held.forEach(HeldClaim::renewQuietly);
    if (closed && held.isEmpty()) {
      leaseTimer.shutdown();
    }
  }

  /** Whatever can still be done is done first; then what can't be done counts. */
  private static Outcome combine(List<Outcome> outcomes) {
    Outcome.RetryAt retry = null;
    Outcome.Dead dead = null;
    Outcome.Done done = null;
    for (Outcome outcome : outcomes) {
      if (outcome instanceof Outcome.RetryAt next) {
        retry = retry == null ? next : combine(retry, next);
      } else if (outcome instanceof Outcome.Dead next) {
        dead = dead == null ? next : new Outcome.Dead(dead.why() + "; " + next.why());
      } else if (outcome instanceof Outcome.Done next) {
        done = done == null || next.disposition().compareTo(done.disposition()) < 0 ? next : done;
      }
    }
    if (retry != null) {
      return retry;
    }
    return dead != null ? dead : done(done);
  }

  private static Outcome done(Outcome.@Nullable Done done) {
    return done == null ? new Outcome.Done(Disposition.NOTIFIED, List.of()) : done;
  }

  /** The later of two: who comes too early would use up the other's attempts. */
  private static Outcome.RetryAt combine(Outcome.RetryAt one, Outcome.RetryAt other) {
    Outcome.RetryAt last = one.when().isAfter(other.when()) ? one : other;
    return new Outcome.RetryAt(
        last.when(), one.countsAsAttempt() || other.countsAsAttempt(), last.why());
  }

  private static Instant latest(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  private static Outcome.RetryAt later(Instant when, String why) {
    return new Outcome.RetryAt(when, false, why);
  }

  /** One notification in one try. Used by one thread. */
  private final class Run {
    private final Attempt attempt;
    private final Notification notification;
    private final String prefix;
    private final MessageRef ref;
    private @Nullable Message told;

    Run(Attempt attempt, Notification notification, String prefix) {
      this.attempt = attempt;
      this.notification = notification;
      this.prefix = prefix;
      this.ref =
          new MessageRef(
              notification.applicationId(), notification.grantId(), notification.objectId());
    }

    Outcome outcome() {
      Optional<String> ended = attempt.progress().get(prefix + "done");
      if (ended.isPresent()) {
        return new Outcome.Done(Disposition.valueOf(ended.get()), List.of());
      }
      try {
        Optional<String> settled = attempt.progress().get(prefix + "settled");
        Outcome outcome =
            settled.isPresent()
                ? new Outcome.Done(Disposition.valueOf(settled.get()), List.of())
                : message();
        if (outcome instanceof Outcome.Done done) {
          tellListeners(done);
          if (!prefix.isEmpty()) {
            note("done", done.disposition().name());
          }
        }
        return outcome;
      } catch (RetryLaterException e) {
        Instant now = clock.instant();
        // A time that has passed would be asked for again and again.
        Instant when = e.when().isAfter(now) ? e.when() : now.plus(retryPolicy.backoff(1));
        return new Outcome.RetryAt(when, e.countsAsAttempt(), String.valueOf(e.getMessage()));
      } catch (PermanentException e) {
        return new Outcome.Dead(describe(e));
      } catch (StoreUnavailableException e) {
        return later(clock.instant().plus(retryPolicy.backoff(attempt.waits() + 1)), describe(e));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return later(clock.instant().plus(retryPolicy.backoff(1)), "interrupted");
      } catch (Exception e) {
        log.debug("{} failed", notification, e);
        return new Outcome.RetryAt(
            clock.instant().plus(retryPolicy.backoff(attempt.number())),
            true,
            e.getClass().getName() + "\n" + e.getMessage());
      }
    }

    private Outcome message() throws Exception {
      boolean created = notification.type().equals(TriggerType.MESSAGE_CREATED);
      boolean updated = notification.type().equals(TriggerType.MESSAGE_UPDATED);
      Instant grantSince =
          notification.grantId().isEmpty()
              ? Instant.EPOCH
              : grants.seen(notification, attempt.delivery().receivedAt());
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
      Instant askedAt = clock.instant();
      Claim claim = dedupStore.claim(claimKey(ref), claimLease);
      if (claim instanceof Claim.Claimed mine) {
        try (HeldClaim claimed =
            new HeldClaim(dedupStore, mine, claimLease, askedAt, clock, held)) {
          return claimed(claimed, updated ? grantSince : Instant.MIN);
        }
      }
      if (updated && !achievedSomething()) {
        return new Outcome.Done(Disposition.NOTIFIED, List.of());
      }
      if (claim instanceof Claim.InProgress other) {
        return later(other.leaseEnds(), "another delivery of the message is being worked on");
      }
      if (achievedSomething()) {
        // It was this delivery that began to route it, and it alone does the rest.
        return claimed(null, updated ? grantSince : Instant.MIN);
      }
      observer.duplicateMessage(ref);
      return new Outcome.Done(Disposition.DUPLICATE, List.of());
    }

    /** Works on the message, with its claim; without one if it is ours for having begun. */
    private Outcome claimed(@Nullable HeldClaim claim, Instant grantSince) throws Exception {
      Message message;
      if (!needsFetch()) {
        message = told();
      } else {
        Optional<Instant> wait = gate.closedUntil(ref);
        if (wait.isPresent()) {
          return later(wait.get(), "Nylas or the provider refuses the credentials");
        }
        try {
          long start = System.nanoTime();
          message = fetcher.fetch(ref);
          gate.passed(ref);
          observer.fetched(ref, Duration.ofNanos(System.nanoTime() - start));
        } catch (NylasApiException e) {
          return refused(e);
        } catch (IOException e) {
          return later(
              clock.instant().plus(retryPolicy.backoff(attempt.waits() + 1)),
              "Nylas can't be reached: " + describe(e));
        }
      }
      return judge(claim, message, grantSince);
    }

    private Outcome judge(@Nullable HeldClaim claim, Message fetched, Instant grantSince)
        throws Exception {
      // The ids that everything is keyed by are the notification's.
      Message message = fetched.withIds(ref.grantId(), ref.messageId());
      if (!grantSince.equals(Instant.MIN) && !isNew(message, grantSince)) {
        return new Outcome.Done(Disposition.NOTIFIED, List.of());
      }
      MessageContext context = new MessageContext(message, ownAddresses);
      Verdict verdict = filter.judge(message, context);
      if (!verdict.routes()) {
        complete(claim);
        observer.skipped(ref, verdict);
        return new Outcome.Done(
            Disposition.SKIPPED, verdict.reasons().stream().map(Reason::code).toList());
      }
      Instant receivedAt =
          message.date().isAfter(Instant.EPOCH) ? message.date() : attempt.delivery().receivedAt();
      Ticket ticket =
          Ticket.of(
              message,
              context.text(),
              verdict.kind(),
              categorizer.categorize(message, context),
              receivedAt);
      route(claim, ticket);
      complete(claim);
      return new Outcome.Done(Disposition.ROUTED, List.of());
    }

    /**
     * Routes to every target that doesn't have the ticket yet; a failing one keeps none from it.
     * Once one of them has it, or may have it, the message is done for every other delivery, and
     * this one alone goes on with the rest: whoever claimed it anew would begin from the start.
     */
    private void route(@Nullable HeldClaim claim, Ticket ticket) throws Exception {
      List<TicketRouter> targets = router.targets(ticket);
      if (targets.isEmpty()) {
        throw new PermanentException("no router accepts the ticket (" + ticket.category() + ")");
      }
      Exception failure = null;
      boolean unknown = false;
      Map<String, Integer> names = new HashMap<>();
      for (TicketRouter target : targets) {
        int namesake = names.merge(target.destination(), 1, Integer::sum);
        String key = TICKET + target.destination() + (namesake == 1 ? "" : "#" + namesake);
        if (attempt.progress().has(prefix + key)) {
          continue;
        }
        if (claim != null) {
          claim.ensureHeld();
        }
        long start = System.nanoTime();
        TicketRef ref;
        try {
          ref = Threads.<TicketRef, Exception>blocking(() -> target.route(ticket));
        } catch (InterruptedException e) {
          throw e;
        } catch (Exception e) {
          unknown |= e instanceof OutcomeUnknownException;
          failure = failure == null ? e : worse(failure, e);
          continue;
        }
        TicketRef routed = sound(ref, target);
        note(key, Json.write(Map.of("id", routed.id(), "url", routed.url())));
        observer.routed(ticket, routed, Duration.ofNanos(System.nanoTime() - start));
      }
      if (failure == null) {
        return;
      }
      if (unknown) {
        note(TICKET + "?", "");
      }
      if (achievedSomething()) {
        complete(claim);
      }
      throw failure;
    }

    /** A ticket is where it is, even if a router, against its contract, doesn't say as what. */
    @SuppressWarnings({"ConstantConditions", "NullAway"})
    private TicketRef sound(@Nullable TicketRef ref, TicketRouter target) {
      if (ref != null && ref.id() != null && ref.url() != null) {
        return ref;
      }
      log.warn("Router {} routed a ticket, and gave no TicketRef or one of nulls", target);
      return new TicketRef(target.destination(), "", "");
    }

    private void complete(@Nullable HeldClaim claim) throws StoreUnavailableException {
      if (claim != null) {
        claim.complete(retention);
      }
    }

    /** As long as one target may still succeed, the delivery isn't dead. */
    private Exception worse(Exception one, Exception other) {
      return one instanceof PermanentException ? other : one;
    }

    private Outcome refused(NylasApiException e) {
      if (e.isUnauthorized()) {
        return later(gate.refused(ref, e), describe(e));
      }
      if (e.status() < 500) {
        gate.passed(ref);
      }
      if (e.status() == 404) {
        return missing(e);
      }
      if (e.isTransient()) {
        Instant backoff = clock.instant().plus(retryPolicy.backoff(attempt.waits() + 1));
        // What was asked for, but never at once: 0 and clocks that differ make a busy loop.
        Instant soonest = clock.instant().plus(retryPolicy.backoff(1));
        return later(
            e.retryAfter().map(asked -> latest(asked, soonest)).orElse(backoff), describe(e));
      }
      return e.status() >= 400
          ? new Outcome.Dead(describe(e))
          : new Outcome.RetryAt(
              clock.instant().plus(retryPolicy.backoff(attempt.number())), true, describe(e));
    }

    private Outcome missing(NylasApiException e) {
      int lookups = attempt.progress().get(prefix + "lookups").map(Integer::parseInt).orElse(0);
      if (lookups >= goneLookups.size()) {
        if (e.type().endsWith("grant.not_found")) {
          // That says nothing of the mail: the region may be wrong, or the application.
          return new Outcome.Dead(describe(e));
        }
        observer.gone(ref);
        return new Outcome.Done(Disposition.GONE, List.of("not found at Nylas"));
      }
      note("lookups", Integer.toString(lookups + 1));
      return later(clock.instant().plus(goneLookups.get(lookups)), "not found at Nylas (yet)");
    }

    private void tellListeners(Outcome.Done done) throws Exception {
      List<Integer> told = new ArrayList<>();
      Exception failure = null;
      for (int i = 0; i < listeners.size(); i++) {
        if (!listeners.get(i).wants(notification)
            || attempt.progress().has(prefix + "listener." + listeners.get(i).name())) {
          continue;
        }
        try {
          tell(listeners.get(i).listener());
          told.add(i);
        } catch (InterruptedException e) {
          throw e;
        } catch (Exception e) {
          failure = failure == null ? e : worse(failure, e);
        }
      }
      if (failure != null) {
        note("settled", done.disposition().name());
        for (int i : told) {
          note("listener." + listeners.get(i).name(), "");
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
      return fetchPolicy == FetchPolicy.ALWAYS
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
      Instant earliest = attempt.delivery().receivedAt().minus(newWithin);
      // Mail is dated to the second: a grant seen later in the same second doesn't make it older.
      return !message.date().isBefore(earliest)
          && message.date().getEpochSecond() >= grantSince.getEpochSecond();
    }

    private boolean achievedSomething() {
      return attempt.progress().entries().keySet().stream()
          .anyMatch(name -> name.startsWith(prefix + TICKET));
    }

    private void note(String name, String value) {
      attempt.save(attempt.progress().with(prefix + name, value));
    }
  }

  private static String claimKey(MessageRef ref) {
    // The length makes the boundary plain, whatever characters ids have.
    return "message:" + ref.grantId().length() + ":" + ref.grantId() + ":" + ref.messageId();
  }

  private static String describe(Exception e) {
    return e.getMessage() == null ? e.getClass().getName() : e.getMessage();
  }

  /** Options of a {@link TicketPipeline}. */
  public static final class Builder {
    private @Nullable DedupStore dedupStore;
    private @Nullable MessageFetcher fetcher;
    private final Map<String, NylasClient> clients = new HashMap<>();
    private @Nullable NylasClient client;
    private @Nullable MessageFilter filter;
    private @Nullable Categorizer categorizer;
    private @Nullable TicketRouter router;
    private final List<PipelineObserver> observers = new ArrayList<>();
    private final List<Registration> listeners = new ArrayList<>();
    private final Set<String> ownAddresses = new LinkedHashSet<>();
    private FetchPolicy fetchPolicy = FetchPolicy.ALWAYS;
    private RetryPolicy retryPolicy = RetryPolicy.DEFAULT;
    private Duration claimLease = CLAIM_LEASE;
    private Duration retention = RETENTION;
    private Duration newWithin = NEW_WITHIN;
    private List<Duration> goneLookups = GONE_LOOKUPS;
    private long maxInflatedBytes = MAX_INFLATED_BYTES;
    private InstantSource clock = InstantSource.system();

    private Builder() {}

    public Builder dedupStore(DedupStore store) {
      dedupStore = store;
      return this;
    }

    /** Instead of a {@link NylasClient}. */
    public Builder messageFetcher(MessageFetcher messageFetcher) {
      fetcher = messageFetcher;
      return this;
    }

    /** Fetches the messages of every application that has no client of its own. */
    public Builder nylas(NylasClient nylas) {
      client = nylas;
      return this;
    }

    /** Fetches the messages of one of several applications. */
    public Builder nylas(String applicationId, NylasClient nylas) {
      clients.put(applicationId, nylas);
      return this;
    }

    public Builder messageFilter(MessageFilter messageFilter) {
      filter = messageFilter;
      return this;
    }

    public Builder categorizer(Categorizer messageCategorizer) {
      categorizer = messageCategorizer;
      return this;
    }

    public Builder ticketRouter(TicketRouter ticketRouter) {
      router = ticketRouter;
      return this;
    }

    /** Repeatable. */
    public Builder observer(PipelineObserver pipelineObserver) {
      observers.add(pipelineObserver);
      return this;
    }

    /** Told of notifications of this trigger, whatever their flags. Repeatable. */
    public Builder on(TriggerType type, NotificationListener listener) {
      register(type, type.value(), listener);
      return this;
    }

    private void register(@Nullable TriggerType type, String name, NotificationListener listener) {
      long namesakes = listeners.stream().filter(l -> l.name().startsWith(name + "#")).count();
      listeners.add(new Registration(type, name + "#" + (namesakes + 1), listener));
    }

    /** Told of every notification. Repeatable. */
    public Builder onAny(NotificationListener listener) {
      register(null, "any", listener);
      return this;
    }

    /** Addresses that we send from: mail from them is set aside, for answering it makes a loop. */
    public Builder ownAddresses(Collection<String> addresses) {
      ownAddresses.addAll(addresses);
      return this;
    }

    public Builder fetchPolicy(FetchPolicy policy) {
      fetchPolicy = policy;
      return this;
    }

    /** The pauses between tries. The inbox bounds their number. */
    public Builder retryPolicy(RetryPolicy policy) {
      retryPolicy = policy;
      return this;
    }

    public Builder claimLease(Duration lease) {
      claimLease = lease;
      return this;
    }

    /** How long it is known that a message was routed; more than {@link #RECONCILE_REACH}. */
    public Builder retention(Duration duration) {
      retention = duration;
      return this;
    }

    /** How old a message may be that is called updated and is a new one all the same. */
    public Builder newWithin(Duration duration) {
      newWithin = duration;
      return this;
    }

    /** After which pauses a message that isn't found is looked up again, before it is gone. */
    public Builder goneLookups(List<Duration> pauses) {
      goneLookups = List.copyOf(pauses);
      return this;
    }

    public Builder maxInflatedBytes(long bytes) {
      maxInflatedBytes = bytes;
      return this;
    }

    public Builder clock(InstantSource source) {
      clock = source;
      return this;
    }

    /**
     * Builds the pipeline.
     *
     * @throws IllegalStateException if nothing can fetch messages, or ServiceLoader finds several
     *     of a kind
     * @throws IllegalArgumentException if the options contradict each other
     */
    public TicketPipeline build() {
      if (retention.compareTo(RECONCILE_REACH) <= 0) {
        throw new IllegalArgumentException(
            "The retention ("
                + retention
                + ") must be longer than a reconciler reaches back ("
                + RECONCILE_REACH
                + "), or it would route again what was forgotten");
      }
      if (claimLease.compareTo(Duration.ofMillis(3)) < 0) {
        throw new IllegalArgumentException("The claim lease (" + claimLease + ") is too short");
      }
      return new TicketPipeline(this);
    }

    private MessageFetcher fetcher() {
      if (fetcher != null) {
        MessageFetcher given = fetcher;
        return ref -> Threads.<Message, IOException>blocking(() -> given.fetch(ref));
      }
      if (client == null && clients.isEmpty()) {
        return Services.only(ServiceLoader.load(MessageFetcher.class))
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "Nothing can fetch messages: give the builder .nylas(NylasClient) or"
                            + " .messageFetcher(…)"));
      }
      Map<String, MessageFetcher> byApplication = new HashMap<>();
      clients.forEach((application, nylas) -> byApplication.put(application, nylas.asFetcher()));
      MessageFetcher otherwise = client == null ? Builder::noClient : client.asFetcher();
      return ref -> byApplication.getOrDefault(ref.applicationId(), otherwise).fetch(ref);
    }

    private static Message noClient(MessageRef ref) {
      throw new PermanentException(
          "There is no NylasClient for application \""
              + ref.applicationId()
              + "\": give the builder .nylas(applicationId, client), then replay");
    }

    private static TicketRouter noRouter() {
      log.warn(
          "No TicketRouter was given: tickets go to the log and nowhere else. Give the builder"
              + " .ticketRouter(…)");
      return TicketRouter.logging();
    }
  }
}
