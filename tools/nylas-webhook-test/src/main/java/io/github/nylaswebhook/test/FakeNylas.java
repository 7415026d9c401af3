package io.github.nylaswebhook.test;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Nylas on the loopback interface: a real HTTP server with grants, messages and folders, that
 * answers calls as Nylas does, fails on demand, and delivers webhooks. Safe for use by many
 * threads.
 *
 * <pre>{@code
 * try (FakeNylas nylas = FakeNylas.start()) {
 *   Mail mail = Mail.of("grant-1", "message-1").subject("Production is down");
 *   nylas.add(mail);
 *   NylasClient client = NylasClient.builder(nylas.apiKey()).baseUrl(nylas.url()).build();
 *   // … an endpoint of yours, with this client and the secret nylas.webhookSecret() …
 *   Destination destination = nylas.subscribe("http://localhost:8080/webhooks/nylas");
 *   destination.deliver(NotificationFixture.created(mail)).join();
 * }
 * }</pre>
 */
public final class FakeNylas implements AutoCloseable {
  /** The time that a destination has to answer. */
  public static final Duration DELIVERY_TIMEOUT = Duration.ofSeconds(10);

  /** Nylas' last attempt comes 10 to 20 minutes after the first. */
  public static final List<Duration> RETRY_DELAYS =
      List.of(Duration.ofMinutes(2), Duration.ofMinutes(10));

  private static final Logger log = LoggerFactory.getLogger(FakeNylas.class);
  private static final int MAX_CALLS_KEPT = 100_000;
  private static final int GZIP_FROM_BYTES = 1024;
  private static final int DEFAULT_PAGE = 50;
  private static final int MAX_PAGE = 200;

  private final String apiKey = "nyk_" + UUID.randomUUID();
  private final String webhookSecret = "whs-" + UUID.randomUUID();
  private final Duration deliveryTimeout;
  private final List<Duration> retryDelays;
  private final HttpServer server;
  private final ExecutorService answering;
  private final ScheduledExecutorService delivering;
  private final List<Destination> destinations = new CopyOnWriteArrayList<>();

  private final ConcurrentMap<String, ConcurrentMap<String, Mail>> mailboxes =
      new ConcurrentHashMap<>();
  private final ConcurrentMap<String, List<Map<String, Object>>> folders =
      new ConcurrentHashMap<>();
  private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
  private final ConcurrentMap<String, Queue<Fault>> messageFaults = new ConcurrentHashMap<>();
  private final Queue<ApiCall> calls = new ConcurrentLinkedQueue<>();
  private final AtomicInteger callsKept = new AtomicInteger();
  private final AtomicLong callCount = new AtomicLong();
  private volatile @Nullable Fault standingFault;
  private volatile boolean keyRefused;

  private FakeNylas(Builder builder) {
    // The JDK's server sends headers and body apart; with Nagle's algorithm that costs 40 ms a
    // call.
    if (System.getProperty("sun.net.httpserver.nodelay") == null) {
      System.setProperty("sun.net.httpserver.nodelay", "true");
    }
    deliveryTimeout = builder.deliveryTimeout;
    retryDelays = builder.retryDelays;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128);
    } catch (IOException e) {
      throw new UncheckedIOException("No port on the loopback interface", e);
    }
    answering = Executors.newCachedThreadPool(daemons("fake-nylas-api"));
    delivering = Executors.newScheduledThreadPool(builder.senders, daemons("fake-nylas-delivery"));
    server.setExecutor(answering);
    server.createContext("/", this::answer);
    server.start();
  }

  /** One that delivers as Nylas does, pauses of minutes between attempts included. */
  public static FakeNylas start() {
    return builder().start();
  }

  public static Builder builder() {
    return new Builder();
  }

  /** The base URL of its API, without a slash at the end. */
  public String url() {
    return "http://" + server.getAddress().getHostString() + ":" + server.getAddress().getPort();
  }

  public String apiKey() {
    return apiKey;
  }

  /** What it signs with, for every destination. */
  public String webhookSecret() {
    return webhookSecret;
  }

  /**
   * A connected account. Mail and folders of others aren't found, nor are the grants themselves.
   */
  public FakeNylas addGrant(String grantId) {
    mailboxes.computeIfAbsent(grantId, grant -> new ConcurrentHashMap<>());
    return this;
  }

  /** Puts a mail into its grant's mailbox, or changes it; adds the grant if need be. */
  public FakeNylas add(Mail mail) {
    addGrant(mail.grantId());
    mailboxes
        .computeIfAbsent(mail.grantId(), grant -> new ConcurrentHashMap<>())
        .put(mail.id(), mail);
    return this;
  }

  public FakeNylas remove(Mail mail) {
    mailboxes.getOrDefault(mail.grantId(), new ConcurrentHashMap<>()).remove(mail.id());
    return this;
  }

  /** A folder of a grant, with attributes such as {@code \Sent}. */
  public FakeNylas addFolder(String grantId, String id, String name, String... attributes) {
    Map<String, Object> folder = new LinkedHashMap<>();
    folder.put("id", id);
    folder.put("grant_id", grantId);
    folder.put("object", "folder");
    folder.put("name", name);
    folder.put("attributes", List.of(attributes));
    addGrant(grantId);
    folders.computeIfAbsent(grantId, grant -> new CopyOnWriteArrayList<>()).add(folder);
    return this;
  }

  /** This goes wrong with the next call, whichever it is. Repeatable: one call each. */
  public FakeNylas failNext(Fault fault) {
    faults.add(fault);
    return this;
  }

  /** This goes wrong with the next call for this message. Repeatable: one call each. */
  public FakeNylas failNext(Mail mail, Fault fault) {
    messageFaults
        .computeIfAbsent(mail.grantId() + "/" + mail.id(), id -> new ConcurrentLinkedQueue<>())
        .add(fault);
    return this;
  }

  /** This goes wrong with every call, until {@link #recover()}. */
  public FakeNylas failAlways(Fault fault) {
    standingFault = fault;
    return this;
  }

  /** Ends {@link #failAlways} and {@link #refuseKey}. */
  public FakeNylas recover() {
    standingFault = null;
    keyRefused = false;
    return this;
  }

  /** The API key is refused from now on, until {@link #recover()}. */
  public FakeNylas refuseKey() {
    keyRefused = true;
    return this;
  }

  /** The calls that came, the first {@value #MAX_CALLS_KEPT} of them. */
  public List<ApiCall> calls() {
    return List.copyOf(calls);
  }

  /** How many calls came. */
  public long callCount() {
    return callCount.get();
  }

  /**
   * Creates a webhook: challenges the URL, and delivers to it then.
   *
   * @throws IOException if the endpoint fails the challenge, with what was wrong
   */
  public Destination subscribe(String url) throws IOException {
    Destination destination =
        new Destination(HttpUrl.get(url), webhookSecret, deliveryTimeout, retryDelays, delivering);
    destinations.add(destination);
    destination.challenge();
    return destination;
  }

  @Override
  public void close() {
    delivering.shutdownNow();
    destinations.forEach(Destination::close);
    server.stop(0);
    answering.shutdownNow();
  }

  private void answer(HttpExchange exchange) {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      respond(exchange);
    } catch (IOException e) {
      log.debug("The caller has gone", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void respond(HttpExchange exchange) throws IOException, InterruptedException {
    List<String> path = segments(exchange.getRequestURI().getRawPath());
    Fault fault = nextFault(path);
    if (fault instanceof Fault.HangUp) {
      keep(exchange, 0);
      return;
    }
    if (fault instanceof Fault.Slow slow) {
      TimeUnit.MILLISECONDS.sleep(slow.delay().toMillis());
    }
    if (fault instanceof Fault.Garbage) {
      send(exchange, 200, "<html>not what you asked for</html>".getBytes(UTF_8));
      return;
    }
    if (fault instanceof Fault.Status error) {
      if (!error.retryAfter().isEmpty()) {
        exchange.getResponseHeaders().set("Retry-After", error.retryAfter());
      }
      error(exchange, error.status(), error.type(), "on demand");
      return;
    }
    String key = exchange.getRequestHeaders().getFirst("Authorization");
    if (keyRefused || !("Bearer " + apiKey).equals(key)) {
      error(exchange, 401, "unauthorized", "Unauthorized");
      return;
    }
    boolean get = exchange.getRequestMethod().equals("GET");
    if (get && path.equals(List.of("v3", "grants"))) {
      data(exchange, mailboxes.keySet().stream().sorted().map(FakeNylas::grant).toList());
      return;
    }
    boolean ofGrant = path.size() > 2 && path.get(0).equals("v3") && path.get(1).equals("grants");
    if (ofGrant && !mailboxes.containsKey(path.get(2))) {
      error(exchange, 404, "grant.not_found", "No Grant found with the provided ID");
      return;
    }
    if (get && ofGrant && path.size() == 3) {
      data(exchange, grant(path.get(2)));
      return;
    }
    boolean inGrant = ofGrant && path.size() > 3;
    if (get && inGrant && path.get(3).equals("messages") && path.size() == 5) {
      message(exchange, path.get(2), path.get(4));
      return;
    }
    if (get && inGrant && path.get(3).equals("folders") && path.size() == 4) {
      page(exchange, folders.getOrDefault(path.get(2), List.of()));
      return;
    }
    if (get
        && inGrant
        && path.get(3).equals("attachments")
        && path.size() == 6
        && path.get(5).equals("download")) {
      attachment(exchange, path.get(2), path.get(4));
      return;
    }
    error(exchange, 404, "not_found_error", "no such endpoint here");
  }

  private void attachment(HttpExchange exchange, String grant, String id) throws IOException {
    String query = exchange.getRequestURI().getRawQuery();
    String message = HttpUrl.get(url() + "/?" + query).queryParameter("message_id");
    Mail mail = mailboxes.getOrDefault(grant, new ConcurrentHashMap<>()).get(message);
    Optional<byte[]> content = mail == null ? Optional.empty() : mail.content(id);
    if (content.isEmpty()) {
      error(exchange, 404, "not_found_error", "requested object not found");
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
    keep(exchange, 200);
    exchange.sendResponseHeaders(200, content.get().length == 0 ? -1 : content.get().length);
    exchange.getResponseBody().write(content.get());
  }

  private static Map<String, Object> grant(String id) {
    return Map.of("id", id, "object", "grant", "provider", "google", "grant_status", "valid");
  }

  private void message(HttpExchange exchange, String grant, String id) throws IOException {
    Mail mail = mailboxes.getOrDefault(grant, new ConcurrentHashMap<>()).get(id);
    if (mail == null) {
      error(exchange, 404, "not_found_error", "requested object not found");
      return;
    }
    String query = String.valueOf(exchange.getRequestURI().getRawQuery());
    data(
        exchange,
        query.contains("fields=include_headers") ? mail.toJsonWithHeaders() : mail.toJson());
  }

  private @Nullable Fault nextFault(List<String> path) {
    if (path.size() == 5) {
      Queue<Fault> own = messageFaults.get(path.get(2) + "/" + path.get(4));
      Fault fault = own == null ? null : own.poll();
      if (fault != null) {
        return fault;
      }
    }
    Fault fault = faults.poll();
    return fault == null ? standingFault : fault;
  }

  private void data(HttpExchange exchange, Object data) throws IOException {
    send(
        exchange,
        200,
        Json.bytes(Map.of("request_id", UUID.randomUUID().toString(), "data", data)));
  }

  /** As many as were asked for, from where the caller has got to. */
  private void page(HttpExchange exchange, List<?> all) throws IOException {
    String query = exchange.getRequestURI().getRawQuery();
    HttpUrl url = HttpUrl.get(url() + "/?" + (query == null ? "" : query));
    int limit = number(url.queryParameter("limit"), DEFAULT_PAGE);
    int from = number(url.queryParameter("page_token"), 0);
    if (limit < 1 || limit > MAX_PAGE || from < 0 || from > all.size()) {
      error(exchange, 400, "invalid_query_params", "limit or page_token");
      return;
    }
    int to = Math.min(all.size(), from + limit);
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("request_id", UUID.randomUUID().toString());
    answer.put("data", all.subList(from, to));
    if (to < all.size()) {
      answer.put("next_cursor", Integer.toString(to));
    }
    send(exchange, 200, Json.bytes(answer));
  }

  /** −1 for what isn't a number. */
  private static int number(@Nullable String text, int otherwise) {
    if (text == null) {
      return otherwise;
    }
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private void error(HttpExchange exchange, int status, String type, String message)
      throws IOException {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("request_id", UUID.randomUUID().toString());
    answer.put("error", Map.of("type", type, "message", message));
    send(exchange, status, Json.bytes(answer));
  }

  private void send(HttpExchange exchange, int status, byte[] json) throws IOException {
    String accepted = String.valueOf(exchange.getRequestHeaders().getFirst("Accept-Encoding"));
    byte[] body = json;
    if (json.length >= GZIP_FROM_BYTES && accepted.contains("gzip")) {
      body = SignedDelivery.compress(json);
      exchange.getResponseHeaders().set("Content-Encoding", "gzip");
    }
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    // First, so that whoever has the answer finds the call.
    keep(exchange, status);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  private void keep(HttpExchange exchange, int status) {
    callCount.incrementAndGet();
    if (callsKept.incrementAndGet() <= MAX_CALLS_KEPT) {
      String query = exchange.getRequestURI().getRawQuery();
      calls.add(
          new ApiCall(
              Instant.now(),
              exchange.getRequestMethod(),
              exchange.getRequestURI().getRawPath(),
              query == null ? "" : query,
              status));
    }
  }

  /** Decoded; what should have been percent-encoded and wasn't is found nowhere, as at Nylas. */
  private static List<String> segments(String rawPath) {
    List<String> segments = new ArrayList<>();
    for (String raw : rawPath.substring(1).split("/", -1)) {
      boolean encoded =
          raw.chars().allMatch(c -> Character.isLetterOrDigit(c) || "-._~%".indexOf(c) >= 0);
      segments.add(encoded ? URLDecoder.decode(raw, UTF_8) : "(not encoded) " + raw);
    }
    return segments;
  }

  private static ThreadFactory daemons(String name) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Options of a {@link FakeNylas}. */
  public static final class Builder {
    private Duration deliveryTimeout = DELIVERY_TIMEOUT;
    private List<Duration> retryDelays = RETRY_DELAYS;
    private int senders = 8;

    private Builder() {}

    /** How long a destination may take to answer, if not 10 s. */
    public Builder deliveryTimeout(Duration timeout) {
      deliveryTimeout = timeout;
      return this;
    }

    /** The pauses before the second and the third attempt, if not minutes. */
    public Builder retryDelays(Duration second, Duration third) {
      retryDelays = List.of(second, third);
      return this;
    }

    /** How many deliveries are under way at once. */
    public Builder senders(int threads) {
      senders = threads;
      return this;
    }

    public FakeNylas start() {
      return new FakeNylas(this);
    }
  }
}
