package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.categorize.Categorizer;
import io.github.nylaswebhook.categorize.RuleSet;
import io.github.nylaswebhook.filter.MessageFilter;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.filter.Policy;
import io.github.nylaswebhook.inbox.Attempt;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.DeliveryProcessor;
import io.github.nylaswebhook.inbox.Disposition;
import io.github.nylaswebhook.inbox.InMemoryDedupStore;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.internal.Bodies;
import io.github.nylaswebhook.internal.Services;
import io.github.nylaswebhook.internal.Threads;
import io.github.nylaswebhook.message.Folder;
import io.github.nylaswebhook.message.FolderSource;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageFetcher;
import io.github.nylaswebhook.message.MessageRef;
import io.github.nylaswebhook.notification.Notification;
import io.github.nylaswebhook.notification.NotificationListener;
import io.github.nylaswebhook.notification.NotificationParser;
import io.github.nylaswebhook.notification.TriggerType;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.github.nylaswebhook.ticket.InMemoryConversationStore;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
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

  private static final Duration AFTER_CLOSE = Duration.ofMinutes(1);

  final DedupStore dedupStore;
  final ConversationStore conversations;
  final MessageFetcher fetcher;
  final MessageFilter filter;
  final Categorizer categorizer;
  final TicketRouter router;

  /** Whether any router needs conversations to be remembered. */
  final boolean converses;

  final PipelineObserver observer;
  final List<Registration> listeners;
  final Set<String> ownAddresses;
  final FetchPolicy fetchPolicy;
  final RetryPolicy retryPolicy;
  private final Map<MessageKind, Policy> policies;
  final FolderSource folders;
  private final boolean looksFoldersUp;
  final Duration claimLease;
  final Duration retention;
  final Duration newWithin;
  final List<Duration> goneLookups;
  private final long maxInflatedBytes;
  final InstantSource clock;
  private final CountingObserver counts = new CountingObserver();
  final ApplicationGate gate;
  final GrantHistory grants = new GrantHistory();
  final Set<HeldClaim> held = ConcurrentHashMap.newKeySet();
  private final ScheduledThreadPoolExecutor leaseTimer;
  private volatile boolean closed;

  /**
   * A listener, and the name under which is remembered that it was told: steady as long as
   * possible.
   */
  record Registration(@Nullable TriggerType type, String name, NotificationListener listener) {
    boolean wants(Notification notification) {
      return type == null || type.equals(notification.type());
    }
  }

  private TicketPipeline(Builder builder) {
    dedupStore =
        BlockingDedupStore.of(
            Optional.ofNullable(builder.dedupStore)
                .or(() -> Services.only(ServiceLoader.load(DedupStore.class)))
                .orElseGet(
                    () -> new InMemoryDedupStore(builder.clock, InMemoryDedupStore.MAX_COMPLETED)));
    conversations =
        BlockingConversationStore.of(
            Optional.ofNullable(builder.conversationStore)
                .or(() -> Services.only(ServiceLoader.load(ConversationStore.class)))
                .orElseGet(
                    () ->
                        new InMemoryConversationStore(
                            builder.clock, InMemoryConversationStore.MAX_CONVERSATIONS)));
    fetcher = builder.fetcher();
    Optional<FolderSource> source = builder.folderSource();
    looksFoldersUp = source.isPresent();
    folders = source.orElse((application, grant, ids) -> List.of());
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
    requireDistinctNames(router);
    converses = router.members().stream().anyMatch(TicketPipeline::converses);
    List<PipelineObserver> observers = new ArrayList<>(builder.observers);
    observers.add(0, new LoggingObserver());
    observers.add(0, counts);
    observer = PipelineObserver.all(observers);
    listeners = List.copyOf(builder.listeners);
    ownAddresses = Set.copyOf(builder.ownAddresses);
    policies = Map.copyOf(builder.policies);
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

  /** Whether only a folder's attributes can say if the message is one that we sent. */
  boolean needsFolders(Message message) {
    return looksFoldersUp
        && !message.folders().isEmpty()
        && message.folders().stream().allMatch(id -> Folder.wellKnown(id).isEmpty());
  }

  /** Whether conversations have to be remembered for this router. */
  static boolean converses(TicketRouter router) {
    return router.appends() || !router.idempotent();
  }

  /** By its name a conversation's ticket finds the router that it is at. */
  private static void requireDistinctNames(TicketRouter router) {
    Set<String> names = new HashSet<>();
    for (TicketRouter member : router.members()) {
      if (converses(member) && !names.add(member.destination())) {
        throw new IllegalArgumentException(
            "Two routers that append, or look for tickets, are called \""
                + member.destination()
                + "\"; tell them apart with router.named(\"…\")");
      }
    }
  }

  /** What becomes of messages of this kind. */
  Policy policy(MessageKind kind) {
    return policies.getOrDefault(kind, Policy.defaultFor(kind));
  }

  /** What it has done with messages so far. */
  public PipelineStatistics statistics() {
    return counts.statistics();
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
      outcomes.add(new NotificationRun(this, attempt, notifications.get(i), prefix).outcome());
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

  private static Outcome.RetryAt later(Instant when, String why) {
    return new Outcome.RetryAt(when, false, why);
  }

  /** Options of a {@link TicketPipeline}. */
  public static final class Builder {
    private @Nullable DedupStore dedupStore;
    private @Nullable ConversationStore conversationStore;
    private @Nullable MessageFetcher fetcher;
    private final Map<String, NylasClient> clients = new HashMap<>();
    private @Nullable NylasClient client;
    private @Nullable FolderSource folderSource;
    private @Nullable MessageFilter filter;
    private @Nullable Categorizer categorizer;
    private @Nullable TicketRouter router;
    private final List<PipelineObserver> observers = new ArrayList<>();
    private final List<Registration> listeners = new ArrayList<>();
    private final Set<String> ownAddresses = new LinkedHashSet<>();
    private final Map<MessageKind, Policy> policies = new EnumMap<>(MessageKind.class);
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

    /**
     * Remembers which tickets conversations have, for routers that {@linkplain
     * TicketRouter#appends() append}; in memory unless said otherwise. Nodes that share an inbox
     * share this one, too.
     */
    public Builder conversationStore(ConversationStore store) {
      conversationStore = store;
      return this;
    }

    /** Instead of a {@link NylasClient}. */
    public Builder messageFetcher(MessageFetcher messageFetcher) {
      fetcher = messageFetcher;
      return this;
    }

    /**
     * Says what folders are for, by which sent mail and drafts are told. A {@link NylasClient} does
     * it by itself; beside a fetcher of your own this does. Without either, only folders whose ids
     * say it are known.
     */
    public Builder folderSource(FolderSource source) {
      folderSource = source;
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

    /**
     * What becomes of messages of a kind, in place of {@link Policy#defaultFor}. Routing {@link
     * MessageKind#OWN} mail makes a ticket of each of our answers.
     */
    public Builder policy(MessageKind kind, Policy policy) {
      policies.put(kind, policy);
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

    private Optional<FolderSource> folderSource() {
      if (folderSource != null) {
        FolderSource given = folderSource;
        return Optional.of(new BlockingFolderSource(given));
      }
      if (fetcher != null || (client == null && clients.isEmpty())) {
        return Optional.empty();
      }
      Map<String, FolderSource> byApplication = new HashMap<>();
      clients.forEach(
          (application, nylas) -> byApplication.put(application, nylas.asFolderSource()));
      FolderSource otherwise =
          client == null ? (application, grant, ids) -> List.of() : client.asFolderSource();
      return Optional.of(new FoldersByApplication(byApplication, otherwise));
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
