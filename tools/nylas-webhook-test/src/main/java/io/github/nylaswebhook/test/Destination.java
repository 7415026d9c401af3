package io.github.nylaswebhook.test;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;

import io.github.nylaswebhook.signature.SignatureVerifier;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import okhttp3.ConnectionPool;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A webhook's URL as a {@link FakeNylas} delivers to it: signed, at most three attempts, and a
 * further one only after 408, 429, 502, 503, 504, 507 or no answer within 10 seconds. Any other
 * answer than 200 loses the notification for good. Safe for use by many threads.
 *
 * @see <a href="https://developer.nylas.com/docs/v3/notifications/">Nylas: notifications</a>
 */
public final class Destination {
  /** What Nylas tries again after; 0 is no answer. */
  public static final Set<Integer> RETRIED = Set.of(0, 408, 429, 502, 503, 504, 507);

  public static final int MAX_ATTEMPTS = 3;

  private static final Logger log = LoggerFactory.getLogger(Destination.class);
  private static final MediaType JSON = MediaType.get("application/json");

  private final HttpUrl url;
  private final String secret;
  private final List<Duration> retryDelays;
  private final OkHttpClient http;
  private final ScheduledExecutorService senders;
  private final AtomicLong deliveries = new AtomicLong();
  private final ConcurrentMap<Long, CompletableFuture<DeliveryReport>> pending =
      new ConcurrentHashMap<>();

  Destination(
      HttpUrl url,
      String secret,
      Duration timeout,
      List<Duration> retryDelays,
      ScheduledExecutorService senders) {
    this.url = url;
    this.secret = secret;
    this.retryDelays = retryDelays;
    this.senders = senders;
    this.http =
        new OkHttpClient.Builder()
            .callTimeout(timeout)
            .readTimeout(timeout)
            .retryOnConnectionFailure(false)
            .followRedirects(false)
            .addNetworkInterceptor(Destination::once)
            .connectionPool(new ConnectionPool(16, 1, MINUTES))
            .build();
  }

  /** What Nylas would show once, when the webhook is created. */
  public String secret() {
    return secret;
  }

  /**
   * The handshake: a GET with a challenge, which has to come back as it is, within 10 seconds, not
   * chunked. Tried once.
   *
   * @throws IOException if it doesn't, with what was wrong
   */
  void challenge() throws IOException {
    String challenge = UUID.randomUUID().toString();
    HttpUrl withChallenge = url.newBuilder().addQueryParameter("challenge", challenge).build();
    try (Response response =
        http.newCall(new Request.Builder().url(withChallenge).build()).execute()) {
      String answer = response.body().string();
      if (response.code() != 200) {
        throw new IOException(
            "unable.verify.webhook_url : status is not ok, got " + response.code());
      }
      if (!answer.equals(challenge)) {
        throw new IOException("unable.verify.webhook_url : the answer isn't the challenge");
      }
      if (response.header("Content-Length") == null) {
        throw new IOException("unable.verify.webhook_url : the answer is chunked");
      }
    }
  }

  /**
   * Delivers as Nylas does; complete after the last attempt, cancelled if the fake is closed
   * before.
   */
  public CompletableFuture<DeliveryReport> deliver(NotificationFixture notification) {
    CompletableFuture<DeliveryReport> report = new CompletableFuture<>();
    long number = deliveries.incrementAndGet();
    pending.put(number, report);
    CompletableFuture<?> unused = report.whenComplete((done, failure) -> pending.remove(number));
    senders.execute(() -> attempt(notification, new ArrayList<>(), report));
    return report;
  }

  /**
   * Delivers many, in disorder and some of them twice, as an at-least-once service may.
   *
   * @param duplicates how many are delivered twice, with the same id
   * @param order decides on the order and on which come twice; the same seed, the same order
   */
  public List<CompletableFuture<DeliveryReport>> deliverShuffled(
      List<NotificationFixture> notifications, int duplicates, Random order) {
    List<NotificationFixture> all = new ArrayList<>(notifications);
    Collections.shuffle(all, order);
    all.addAll(List.copyOf(all.subList(0, Math.min(duplicates, all.size()))));
    Collections.shuffle(all, order);
    return all.stream().map(this::deliver).toList();
  }

  /** POSTs these bytes once, and says what came back: 0 for no answer. */
  public DeliveryReport.Attempt post(SignedDelivery delivery) {
    Request.Builder request =
        new Request.Builder().url(url).post(RequestBody.create(delivery.body(), JSON));
    delivery.headers().forEach(request::header);
    long start = System.nanoTime();
    int status = 0;
    long retryAfter = 0;
    try (Response response = http.newCall(request.build()).execute()) {
      status = response.code();
      String seconds = response.header("Retry-After");
      retryAfter = seconds == null ? 0 : Long.parseLong(seconds);
    } catch (IOException | NumberFormatException e) {
      log.debug("No answer that can be read from {}", url, e);
    }
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    return new DeliveryReport.Attempt(status, took, retryAfter);
  }

  /** Nylas' own test event, which is signed with another secret than yours. */
  public DeliveryReport.Attempt sendTestEvent(NotificationFixture notification) {
    return post(notification.sign(SignatureVerifier.MOCK_SECRET));
  }

  private void attempt(
      NotificationFixture notification,
      List<DeliveryReport.Attempt> attempts,
      CompletableFuture<DeliveryReport> report) {
    try {
      attempts.add(post(notification.attempt(attempts.size() + 1).sign(secret)));
      DeliveryReport.Attempt last = attempts.get(attempts.size() - 1);
      if (attempts.size() == MAX_ATTEMPTS || !RETRIED.contains(last.status())) {
        report.complete(new DeliveryReport(notification.id(), attempts));
        return;
      }
      // Retry-After is honoured with 429 only.
      Duration delay =
          last.status() == 429 && last.retryAfterSeconds() > 0
              ? Duration.ofSeconds(last.retryAfterSeconds())
              : retryDelays.get(Math.min(attempts.size(), retryDelays.size()) - 1);
      Future<?> unused =
          senders.schedule(
              () -> attempt(notification, attempts, report), delay.toMillis(), MILLISECONDS);
    } catch (RuntimeException e) {
      report.completeExceptionally(e);
    }
  }

  /** OkHttp repeats by itself what is answered 503 with {@code Retry-After: 0}; Nylas doesn't. */
  private static Response once(Interceptor.Chain chain) throws IOException {
    Response response = chain.proceed(chain.request());
    return response.code() == 503 && "0".equals(response.header("Retry-After"))
        ? response.newBuilder().removeHeader("Retry-After").build()
        : response;
  }

  /** What wasn't delivered by now won't be; whoever waits for it is told so. */
  void close() {
    pending.values().forEach(report -> report.cancel(false));
    http.dispatcher().executorService().shutdown();
    http.connectionPool().evictAll();
  }
}
