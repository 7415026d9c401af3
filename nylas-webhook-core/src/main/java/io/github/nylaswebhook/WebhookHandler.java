package io.github.nylaswebhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.categorize.Categorizer;
import io.github.nylaswebhook.filter.MessageFilter;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.filter.Policy;
import io.github.nylaswebhook.inbox.DedupStore;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.inbox.InboxUnavailableException;
import io.github.nylaswebhook.inbox.Receipt;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.inbox.Sequence;
import io.github.nylaswebhook.internal.Bodies;
import io.github.nylaswebhook.internal.Digests;
import io.github.nylaswebhook.internal.Keys;
import io.github.nylaswebhook.internal.Services;
import io.github.nylaswebhook.message.FolderSource;
import io.github.nylaswebhook.message.MessageFetcher;
import io.github.nylaswebhook.notification.NotificationListener;
import io.github.nylaswebhook.notification.NotificationParser;
import io.github.nylaswebhook.notification.TriggerType;
import io.github.nylaswebhook.nylas.NylasClient;
import io.github.nylaswebhook.pipeline.FetchPolicy;
import io.github.nylaswebhook.pipeline.PipelineObserver;
import io.github.nylaswebhook.pipeline.PipelineStatistics;
import io.github.nylaswebhook.pipeline.TicketPipeline;
import io.github.nylaswebhook.signature.SecretSource;
import io.github.nylaswebhook.signature.SignatureVerifier;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers Nylas. A delivery that is answered 200 is stored in the inbox, from which the pipeline
 * makes tickets; one that can't be stored now is answered 503, so that Nylas delivers it again.
 * Safe for use by many threads; build one for each endpoint, and close it when the application
 * stops.
 *
 * @see <a href="https://developer.nylas.com/docs/v3/notifications/">Nylas: notifications</a>
 */
public final class WebhookHandler implements AutoCloseable {
  /** Twice what Nylas sends before it truncates. On the wire, so compressed if it is. */
  public static final int MAX_BODY_BYTES = 2 << 20;

  /** Nylas' are 36 characters. */
  public static final int MAX_CHALLENGE_LENGTH = 1024;

  /** The longest known id is IMAP's Message-ID: RFC 5322 §2.1.1 allows a line 998 characters. */
  private static final int MAX_ID_LENGTH = 998;

  /** Three times the longest known trigger with its suffixes; stores have to have a bound. */
  private static final int MAX_TYPE_LENGTH = 200;

  /**
   * Long enough for a restart, short against the 10 to 20 minutes within which Nylas tries again.
   */
  private static final Map<String, String> RETRY_AFTER = Map.of("Retry-After", "30");

  private static final String NOTHING_TO_READ =
      "there is nothing to read: a filter before the endpoint has read it (by asking for a parameter,"
          + " for example); let it leave this path alone";

  private static final WebhookResponse STORED = WebhookResponse.of(200, "");
  private static final WebhookResponse UNAUTHORIZED = WebhookResponse.of(401, "Unauthorized");
  private static final WebhookResponse BAD_REQUEST = WebhookResponse.of(400, "Bad request");
  private static final WebhookResponse TOO_LARGE = WebhookResponse.of(413, "Content too large");
  private static final WebhookResponse LATER =
      WebhookResponse.of(503, "Service unavailable", RETRY_AFTER);
  private static final WebhookResponse NOT_ALLOWED =
      WebhookResponse.of(405, "Method not allowed", Map.of("Allow", "GET, POST"));

  private static final Logger log = LoggerFactory.getLogger(WebhookHandler.class);

  private final SignatureVerifier verifier;
  private final Inbox inbox;
  private final boolean ownsInbox;
  private final @Nullable TicketPipeline pipeline;
  private final PipelineObserver observer;
  private final int maxBodyBytes;
  private final long maxInflatedBytes;
  private final InstantSource clock;
  private final RefusalLog refusals = new RefusalLog();
  private volatile Instant rotationUntil;
  private volatile boolean closed;

  /** Of the start and the close; a virtual thread may wait for it. */
  private final ReentrantLock lock = new ReentrantLock();

  private boolean started;

  private WebhookHandler(Builder builder) {
    verifier = new SignatureVerifier(builder.secretSource());
    observer = PipelineObserver.all(builder.observers);
    maxBodyBytes = builder.maxBodyBytes;
    maxInflatedBytes = builder.maxInflatedBytes;
    clock = builder.clock;
    rotationUntil = builder.rotationUntil;
    Optional<Inbox> given =
        Optional.ofNullable(builder.inbox).or(() -> Services.only(ServiceLoader.load(Inbox.class)));
    if (builder.acceptOnly && given.isEmpty()) {
      throw new IllegalStateException(
          "A handler that only accepts needs an inbox that another node processes: give the builder"
              + " .inbox(…)");
    }
    ownsInbox = given.isEmpty();
    inbox =
        given.orElseGet(
            () -> builder.inMemoryInbox.clock(clock).retryPolicy(builder.retryPolicy).build());
    pipeline = builder.acceptOnly ? null : builder.pipeline.build();
    if (builder.autoStart) {
      start();
    }
  }

  public static Builder builder() {
    return new Builder();
  }

  /**
   * Starts to process what the inbox holds and what comes: for a handler that was built with {@link
   * Builder#autoStart autoStart(false)}. Deliveries are accepted before it, too, and wait. Without
   * effect on one that has started, is closed, or only accepts. Safe for use by many threads.
   */
  public void start() {
    lock.lock();
    try {
      if (pipeline != null && !started && !closed) {
        started = true;
        inbox.start(pipeline);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Answers a request. Never throws, and never answers 500: what goes wrong here is answered 503.
   *
   * <p>Reads at most one byte more of the body than it may have, and nothing of it unless the
   * method is POST and the announced size is within the bound.
   */
  public WebhookResponse handle(WebhookRequest request) {
    long start = System.nanoTime();
    try {
      return switch (request.method()) {
        case "POST" -> deliver(request, start);
        case "GET" -> challenge(request, start);
        default -> refuse(NOT_ALLOWED, "the method isn't GET or POST", start);
      };
    } catch (Throwable e) {
      // Its message may quote anything: a secret, a body.
      log.error("A request is answered 503 because of {}", e.getClass().getName());
      log.debug("It failed so", e);
      return refuse(LATER, "an unexpected failure", start);
    }
  }

  /** Whether deliveries are stored, and what keeps them from becoming tickets. */
  public Health health() {
    return new Health(!closed, pipeline == null ? List.of() : pipeline.problems());
  }

  /**
   * What this handler's pipeline has done with messages: tickets, and what was set aside, by kind
   * and by reason. Nothing on a node that only accepts.
   */
  public PipelineStatistics statistics() {
    return pipeline == null
        ? new PipelineStatistics(0, Map.of(), Map.of(), 0, 0, 0)
        : pipeline.statistics();
  }

  /** Where the deliveries are; for its dead letters, mostly. */
  public Inbox inbox() {
    return inbox;
  }

  /**
   * Announces that the webhook secret is being rotated: until then, deliveries with a well-formed
   * signature that no known secret made are answered 503 rather than 401, so that Nylas delivers
   * them again once the new secret is known.
   */
  public void rotation(Instant until) {
    rotationUntil = until;
  }

  /**
   * Answers 503 from now on, lets what is being processed finish for a bounded time, and leaves the
   * rest in the inbox. Closes only what it built itself.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    if (ownsInbox) {
      try {
        inbox.close();
      } catch (Exception e) {
        log.warn("The inbox didn't close cleanly", e);
      }
    }
    if (pipeline != null) {
      pipeline.close();
    }
  }

  private WebhookResponse challenge(WebhookRequest request, long start) {
    String value = parameter(request.queryString(), "challenge");
    if (value == null || value.isEmpty()) {
      return refuse(BAD_REQUEST, "a GET without a challenge", start);
    }
    if (value.length() > MAX_CHALLENGE_LENGTH || value.chars().anyMatch(Character::isISOControl)) {
      return refuse(BAD_REQUEST, "a challenge that is too long or holds control characters", start);
    }
    log.info("Answered a challenge: Nylas is setting the webhook up");
    return WebhookResponse.of(200, value);
  }

  private WebhookResponse deliver(WebhookRequest request, long start) {
    if (request.declaredLength() > maxBodyBytes) {
      return refuse(TOO_LARGE, "a body that announces more bytes than the bound", start);
    }
    byte[] body;
    try {
      body = read(request);
    } catch (IOException e) {
      return refuse(LATER, "a body that couldn't be read to its end", start);
    }
    if (body.length > maxBodyBytes) {
      return refuse(TOO_LARGE, "a body of more bytes than the bound", start);
    }
    if (body.length < request.declaredLength()) {
      return refuse(
          LATER,
          body.length == 0
              ? "Content-Length announces a body, but " + NOTHING_TO_READ
              : "a body that ended before its announced length",
          start);
    }
    WebhookResponse unverified = verify(request, body, start);
    return unverified == null ? accept(body, start) : unverified;
  }

  private byte[] read(WebhookRequest request) throws IOException {
    InputStream in = request.body();
    if (request.declaredLength() < 0) {
      return Bodies.read(in, maxBodyBytes + 1);
    }
    byte[] body = new byte[(int) request.declaredLength()];
    int length = in.readNBytes(body, 0, body.length);
    return length == body.length ? body : Arrays.copyOf(body, length);
  }

  /** Null if one of the secrets signed it. */
  private @Nullable WebhookResponse verify(WebhookRequest request, byte[] body, long start) {
    List<String> signatures = request.headers().values(SignatureVerifier.HEADER);
    return switch (verifier.verify(body, signatures)) {
      case VALID -> null;
      case MISSING -> refuse(UNAUTHORIZED, "no signature", start);
      case MALFORMED -> refuse(UNAUTHORIZED, "a signature that isn't 64 hexadecimal digits", start);
      case MOCK ->
          refuse(
              UNAUTHORIZED,
              "signed with \""
                  + SignatureVerifier.MOCK_SECRET
                  + "\", as Nylas' own test events are, whatever your secret is",
              start);
      case MISMATCH -> {
        if (clock.instant().isBefore(rotationUntil)) {
          yield refuse(LATER, "an unknown signature while the secret is rotated", start);
        }
        if (body.length == 0 && request.declaredLength() < 0) {
          // Nobody signs nothing: it was there before somebody read it.
          yield refuse(LATER, "a signature, but " + NOTHING_TO_READ, start);
        }
        boolean inflated =
            !isGzip(body)
                && request.headers().values("Content-Encoding").stream()
                    .anyMatch(coding -> coding.toLowerCase(Locale.ROOT).contains("gzip"));
        yield refuse(
            UNAUTHORIZED,
            inflated
                ? "a wrong signature over a body that was inflated on its way here: Nylas signs the"
                    + " compressed bytes, so let the proxy or container leave them as they are"
                // Many containers that inflate also take away the header that says so.
                : "a wrong signature: forged, changed on its way (inflated or filtered, for example), or"
                    + " made with another secret",
            start);
      }
    };
  }

  private WebhookResponse accept(byte[] body, long start) {
    if (closed) {
      return refuse(LATER, "the handler is closing", start);
    }
    // JSON doesn't begin like this, whatever the headers say and whoever dropped one.
    boolean gzip = isGzip(body);
    NotificationParser.Head head = head(body, gzip);
    String id = head.id();
    if (id.isEmpty()) {
      id = Digests.sha256Hex(body);
    } else if (id.length() > MAX_ID_LENGTH || !isPlain(id)) {
      id = Digests.sha256Hex(id.getBytes(UTF_8));
    }
    String type = head.type();
    type = type.length() > MAX_TYPE_LENGTH ? type.substring(0, MAX_TYPE_LENGTH) : type;
    type = isPlain(type) ? type : "";
    Delivery delivery =
        new Delivery(id, type, gzip, clock.instant(), body, sequence(head).orElse(null));
    try {
      Receipt receipt = inbox.accept(delivery);
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      if (receipt == Receipt.ACCEPTED) {
        observer.accepted(delivery, took);
      } else {
        observer.duplicate(delivery, took);
      }
      return STORED;
    } catch (InboxUnavailableException e) {
      log.debug("Not stored: {}", delivery, e);
      return refuse(LATER, "the inbox can't take it: full, closing or out of reach", start);
    }
  }

  /** Mails of a thread are routed in the order of their dates. */
  private static Optional<Sequence> sequence(NotificationParser.Head head) {
    return head.threadId().isEmpty() || head.threadId().length() > MAX_ID_LENGTH
        ? Optional.empty()
        : Optional.of(new Sequence(Keys.thread(head.grantId(), head.threadId()), head.date()));
  }

  private NotificationParser.Head head(byte[] body, boolean gzip) {
    try (InputStream in = Bodies.open(new ByteArrayInputStream(body), gzip, maxInflatedBytes)) {
      return NotificationParser.head(in);
    } catch (IOException e) {
      // It was signed, so it is kept, and the pipeline says what is wrong with it.
      return NotificationParser.Head.UNKNOWN;
    }
  }

  private WebhookResponse refuse(WebhookResponse response, String reason, long start) {
    refusals.refused(response.status(), reason);
    observer.refused(response.status(), reason, Duration.ofNanos(System.nanoTime() - start));
    return response;
  }

  /** Whether every database can keep it: some know no NUL, and none halves of characters. */
  private static boolean isPlain(String value) {
    return value.chars().noneMatch(Character::isISOControl) && UTF_8.newEncoder().canEncode(value);
  }

  private static boolean isGzip(byte[] body) {
    return body.length > 1 && body[0] == 0x1f && (body[1] & 0xff) == 0x8b;
  }

  /** The first value of a parameter, decoded as forms are; null if there is none that can be. */
  private static @Nullable String parameter(@Nullable String query, String name) {
    if (query == null) {
      return null;
    }
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      try {
        String key = URLDecoder.decode(equals < 0 ? pair : pair.substring(0, equals), UTF_8);
        if (key.equals(name)) {
          return equals < 0 ? "" : URLDecoder.decode(pair.substring(equals + 1), UTF_8);
        }
      } catch (IllegalArgumentException e) {
        log.debug("A query parameter has a percent sign without two digits behind it", e);
      }
    }
    return null;
  }

  /** Options of a {@link WebhookHandler}. Not for use by several threads. */
  public static final class Builder {
    private final List<String> secrets = new ArrayList<>();
    private @Nullable SecretSource source;
    private final TicketPipeline.Builder pipeline = TicketPipeline.builder();
    private final List<PipelineObserver> observers = new ArrayList<>();
    private @Nullable Inbox inbox;
    private InMemoryInbox.Builder inMemoryInbox = InMemoryInbox.builder();
    private boolean acceptOnly;
    private boolean autoStart = true;
    private int maxBodyBytes = MAX_BODY_BYTES;
    private long maxInflatedBytes = TicketPipeline.MAX_INFLATED_BYTES;
    private RetryPolicy retryPolicy = RetryPolicy.DEFAULT;
    private InstantSource clock = InstantSource.system();
    private Instant rotationUntil = Instant.MIN;

    private Builder() {}

    /** A secret that deliveries may be signed with. Repeatable: the old one and the new one. */
    public Builder webhookSecret(String secret) {
      if (secret.isBlank()) {
        throw new IllegalArgumentException("The webhook secret is blank");
      }
      secrets.add(secret);
      return this;
    }

    /** The secrets, asked for at every delivery. Instead of {@link #webhookSecret}. */
    public Builder webhookSecrets(SecretSource secretSource) {
      source = secretSource;
      return this;
    }

    /** As {@link WebhookHandler#rotation}, from the start. */
    public Builder rotation(Instant until) {
      rotationUntil = until;
      return this;
    }

    /** Where deliveries are stored; in memory unless said otherwise. Stays the giver's to close. */
    public Builder inbox(Inbox store) {
      inbox = store;
      return this;
    }

    /**
     * The options of the in-memory inbox that the handler builds, and closes, if it is given none;
     * its clock and its retry policy are the handler's.
     */
    public Builder inMemoryInbox(InMemoryInbox.Builder options) {
      inMemoryInbox = options;
      return this;
    }

    /** Only stores deliveries: another node on the same inbox processes them. */
    public Builder acceptOnly() {
      acceptOnly = true;
      return this;
    }

    /**
     * Whether {@link #build()} starts processing; true unless said otherwise. With false {@link
     * WebhookHandler#start()} does, once all that routers and listeners need is there.
     */
    public Builder autoStart(boolean start) {
      autoStart = start;
      return this;
    }

    /** The largest body in bytes, as it travels; larger ones are answered 413. */
    public Builder maxBodyBytes(int bytes) {
      if (bytes < 1 || bytes == Integer.MAX_VALUE) {
        throw new IllegalArgumentException("maxBodyBytes can't be " + bytes);
      }
      maxBodyBytes = bytes;
      return this;
    }

    /** The largest body in bytes, inflated; larger ones are kept as dead letters. */
    public Builder maxInflatedBytes(long bytes) {
      maxInflatedBytes = bytes;
      pipeline.maxInflatedBytes(bytes);
      return this;
    }

    /** See {@link TicketPipeline.Builder#dedupStore}. */
    public Builder dedupStore(DedupStore store) {
      pipeline.dedupStore(store);
      return this;
    }

    /** See {@link TicketPipeline.Builder#conversationStore}. */
    public Builder conversationStore(ConversationStore store) {
      pipeline.conversationStore(store);
      return this;
    }

    /** See {@link TicketPipeline.Builder#folderSource}. */
    public Builder folderSource(FolderSource source) {
      pipeline.folderSource(source);
      return this;
    }

    /** See {@link TicketPipeline.Builder#messageFetcher}. */
    public Builder messageFetcher(MessageFetcher fetcher) {
      pipeline.messageFetcher(fetcher);
      return this;
    }

    /** See {@link TicketPipeline.Builder#nylas(NylasClient)}. */
    public Builder nylas(NylasClient client) {
      pipeline.nylas(client);
      return this;
    }

    /** See {@link TicketPipeline.Builder#nylas(String, NylasClient)}. */
    public Builder nylas(String applicationId, NylasClient client) {
      pipeline.nylas(applicationId, client);
      return this;
    }

    /** See {@link TicketPipeline.Builder#messageFilter}. */
    public Builder messageFilter(MessageFilter filter) {
      pipeline.messageFilter(filter);
      return this;
    }

    /** See {@link TicketPipeline.Builder#categorizer}. */
    public Builder categorizer(Categorizer categorizer) {
      pipeline.categorizer(categorizer);
      return this;
    }

    /** See {@link TicketPipeline.Builder#ticketRouter}. */
    public Builder ticketRouter(TicketRouter router) {
      pipeline.ticketRouter(router);
      return this;
    }

    /** See {@link TicketPipeline.Builder#on}. */
    public Builder on(TriggerType type, NotificationListener listener) {
      pipeline.on(type, listener);
      return this;
    }

    /** See {@link TicketPipeline.Builder#onAny}. */
    public Builder onAny(NotificationListener listener) {
      pipeline.onAny(listener);
      return this;
    }

    /** See {@link TicketPipeline.Builder#ownAddresses}. */
    public Builder ownAddresses(Collection<String> addresses) {
      pipeline.ownAddresses(addresses);
      return this;
    }

    /** See {@link TicketPipeline.Builder#policy}. */
    public Builder policy(MessageKind kind, Policy policy) {
      pipeline.policy(kind, policy);
      return this;
    }

    /** See {@link TicketPipeline.Builder#fetchPolicy}. */
    public Builder fetchPolicy(FetchPolicy policy) {
      pipeline.fetchPolicy(policy);
      return this;
    }

    /** See {@link TicketPipeline.Builder#newWithin}. */
    public Builder newWithin(Duration duration) {
      pipeline.newWithin(duration);
      return this;
    }

    /** See {@link TicketPipeline.Builder#claimLease}. */
    public Builder claimLease(Duration lease) {
      pipeline.claimLease(lease);
      return this;
    }

    /** See {@link TicketPipeline.Builder#retention}. */
    public Builder retention(Duration duration) {
      pipeline.retention(duration);
      return this;
    }

    /** See {@link TicketPipeline.Builder#goneLookups}. */
    public Builder goneLookups(List<Duration> pauses) {
      pipeline.goneLookups(pauses);
      return this;
    }

    /** When failed tries are repeated, by the pipeline and by the inbox that the handler builds. */
    public Builder retryPolicy(RetryPolicy policy) {
      retryPolicy = policy;
      pipeline.retryPolicy(policy);
      return this;
    }

    /** Told what happens at the door and in the pipeline. Repeatable. */
    public Builder observer(PipelineObserver observer) {
      observers.add(observer);
      pipeline.observer(observer);
      return this;
    }

    /** Where the time comes from, for what the handler builds itself. */
    public Builder clock(InstantSource instants) {
      clock = instants;
      pipeline.clock(instants);
      return this;
    }

    /**
     * Builds the handler and starts processing, unless it only accepts, or {@link #autoStart
     * autoStart(false)} says that it is started later.
     *
     * @throws IllegalStateException if a part is missing, or found several times by ServiceLoader
     * @throws IllegalArgumentException if options contradict each other
     */
    public WebhookHandler build() {
      return new WebhookHandler(this);
    }

    private SecretSource secretSource() {
      if (source != null) {
        if (!secrets.isEmpty()) {
          throw new IllegalArgumentException(
              "Give either webhookSecret(…) or webhookSecrets(…), not both");
        }
        return source;
      }
      if (secrets.isEmpty()) {
        throw new IllegalStateException(
            "No webhook secret: give the builder .webhookSecret(…), which Nylas showed when the webhook"
                + " was created");
      }
      List<String> fixed = List.copyOf(secrets);
      return () -> fixed;
    }
  }
}
