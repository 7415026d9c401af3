package io.github.nylaswebhook.destination;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.nylaswebhook.inbox.OutcomeUnknownException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.inbox.RetryPolicy;
import io.github.nylaswebhook.internal.Bodies;
import io.github.nylaswebhook.internal.Clocks;
import io.github.nylaswebhook.internal.RetryAfter;
import io.github.nylaswebhook.nylas.CallLimits;
import io.github.nylaswebhook.nylas.RateLimit;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.Headers;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a destination's HTTP API as a router should: within a limit, within time-outs, without
 * repeating anything by itself, and saying of each failure what kind it is, so that the pipeline
 * waits, tries again, or gives up. Safe for use by many threads.
 *
 * <ul>
 *   <li>2xx: the {@link Answer}.
 *   <li>401, 408, 425, 429, 5xx, no connection: {@link RetryLaterException}, not counted, for when
 *       {@code Retry-After} says, or after a pause as long as the outage lasts, up to five minutes;
 *       also if it is an outage for one call only, while others go through. A 401 is a matter of
 *       credentials: they are mended in one place, and nothing becomes a dead letter meanwhile.
 *   <li>What may have been done all the same, and {@linkplain Effect#ONCE mustn't be done twice}:
 *       {@link OutcomeUnknownException}.
 *   <li>Anything else: {@link DestinationRefusedException}.
 * </ul>
 */
public final class DestinationClient implements AutoCloseable {
  /** A server that takes longer to take a connection has other troubles. */
  public static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** For a call as a whole: helpdesks take seconds at their worst, and a worker waits for it. */
  public static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);

  /** A server that asks for more patience is asked again after so long. */
  public static final Duration MAX_RETRY_AFTER = Duration.ofHours(6);

  /** Answers tell about a ticket, or a page of them. */
  private static final int MAX_ANSWER_BYTES = 4 << 20;

  /** As much of a refusal as a person reads. */
  private static final int MAX_MESSAGE = 1_000;

  /** Shorter than servers and balancers keep connections: what they close is an unknown outcome. */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(20);

  private static final int IDLE_CONNECTIONS = 16;

  /** Longer than the longest pause, so that the pauses of a call that goes on failing grow. */
  private static final Duration FORGET_CALLS = RetryPolicy.MAX.multipliedBy(3);

  /** Where more fail, it is an outage of all, whose pauses grow anyway. */
  private static final int MAX_CALLS = 10_000;

  /** Each waiting ticket finds out by itself; whoever has to mend it is told now and then. */
  private static final Duration SAY_AGAIN = Duration.ofMinutes(1);

  private static final Pattern ZERO = Pattern.compile("0+");

  private static final Logger log = LoggerFactory.getLogger(DestinationClient.class);

  private final String destination;
  private final InstantSource clock;
  private final @Nullable CallLimits limits;
  private final OkHttpClient http;
  private final boolean ownsHttp;
  private final Duration callTimeout;

  private final Outage outage = new Outage();

  /** When it was last logged that the credentials are refused. */
  private final AtomicReference<Instant> refusalSaid = new AtomicReference<>(Instant.MIN);

  /**
   * The requests that failed lately, by call, method and path. Of a mail that a server fails at
   * whenever it comes, each success of another one would make the next pause a short one.
   */
  private final Cache<String, Outage> failing;

  /** What it means to send a request twice. */
  public enum Effect {
    /** Nothing: it only asks, or the destination knows it again. */
    REPEATABLE,
    /** It would be done twice. */
    ONCE
  }

  /**
   * What a destination answered.
   *
   * @param status 2xx
   * @param body as text; empty if there is none
   */
  public record Answer(int status, Headers headers, String body) {}

  /** Whether the request may have reached the server. */
  private record Sent(AtomicBoolean may) {}

  private DestinationClient(Builder builder) {
    destination = builder.destination;
    clock = builder.clock;
    limits =
        builder.limit == null
            ? null
            : new CallLimits(clock, builder.limit, null, builder.concurrent);
    failing =
        Caffeine.newBuilder()
            .maximumSize(MAX_CALLS)
            .expireAfterAccess(FORGET_CALLS)
            .ticker(Clocks.ticker(clock))
            .executor(Runnable::run)
            .build();
    ownsHttp = builder.http == null;
    callTimeout = builder.callTimeout;
    OkHttpClient.Builder shared =
        builder.http == null
            ? new OkHttpClient.Builder()
                .connectionPool(
                    new ConnectionPool(
                        IDLE_CONNECTIONS, KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS))
            : builder.http.newBuilder();
    http =
        shared
            .connectTimeout(builder.connectTimeout)
            .readTimeout(builder.callTimeout)
            .writeTimeout(builder.callTimeout)
            .callTimeout(builder.callTimeout)
            // What was sent twice may be done twice; and credentials go nowhere else.
            .retryOnConnectionFailure(false)
            .followRedirects(false)
            .addNetworkInterceptor(DestinationClient::once)
            .build();
  }

  /**
   * A client for a destination.
   *
   * @param destination its name, for messages
   */
  public static Builder builder(String destination) {
    return new Builder(destination);
  }

  /** As {@link #send(Request, Effect, String, String)}, under a limit for all calls. */
  public Answer send(Request request, Effect effect, String call) {
    return send(request, effect, "", call);
  }

  /**
   * Sends a request, once.
   *
   * @param account what the limit is for: a channel, for example; empty for all calls together
   * @param call the same for every try at this call, and no other one, so that its turn is found
   *     again and its pauses grow; empty for one that has neither
   * @throws RetryLaterException see above, also if it isn't its turn
   * @throws OutcomeUnknownException see above
   * @throws DestinationRefusedException see above
   */
  public Answer send(Request request, Effect effect, String account, String call) {
    return calls(account, call).send(request, effect);
  }

  /**
   * The calls of one try at something that takes several.
   *
   * @param account what the limit is for: a channel, for example; empty for all calls together
   * @param call the same for every such try, and no other one, so that its turn is found again and
   *     its pauses grow; empty for one that has neither
   */
  public Calls calls(String account, String call) {
    return new Calls(account, call);
  }

  /**
   * The calls of one try. The first one waits for its turn; the others go at once, and whatever
   * comes later waits for them: if each had a turn of its own, a try that is thrown out halfway
   * would begin again at the end of the queue, and in a long one none would come to its end. Used
   * by one thread.
   */
  public final class Calls {
    private final String account;
    private final String call;
    private boolean begun;
    private boolean paid;

    private Calls(String account, String call) {
      this.account = account;
      this.call = call;
    }

    /**
     * Waits for the turn, and sends nothing: for what is to be looked up first where this limit
     * isn't for the looking. The first call goes at once then.
     *
     * @throws RetryLaterException if it isn't its turn
     */
    public void begin() {
      if (!begun && limits != null) {
        limits.acquire(account, call).release();
      }
      begun = true;
      paid = true;
    }

    /** As {@link DestinationClient#send(Request, Effect, String, String)}. */
    public Answer send(Request request, Effect effect) {
      return send(request, effect, callTimeout);
    }

    /**
     * The same, for what takes its time: a file, for example.
     *
     * @param timeout from the request to the end of the answer
     */
    public Answer send(Request request, Effect effect, Duration timeout) {
      if (begun) {
        if (limits != null && !paid) {
          limits.charge(account);
        }
        paid = false;
        return sendNow(request, effect, account, call, timeout);
      }
      CallLimits.Permit permit = limits == null ? () -> {} : limits.acquire(account, call);
      begun = true;
      try {
        return sendNow(request, effect, account, call, timeout);
      } finally {
        permit.release();
      }
    }
  }

  private Answer sendNow(
      Request request, Effect effect, String account, String call, Duration timeout) {
    String id =
        call.isEmpty() ? "" : call + " " + request.method() + " " + request.url().encodedPath();
    Sent sent = new Sent(new AtomicBoolean());
    Call sending = http.newCall(request.newBuilder().tag(Sent.class, sent).build());
    sending.timeout().timeout(timeout.toNanos(), TimeUnit.NANOSECONDS);
    int status;
    Headers headers;
    String body;
    try (Response response = sending.execute()) {
      status = response.code();
      headers = response.headers();
      body = new String(Bodies.read(response.body().byteStream(), MAX_ANSWER_BYTES), UTF_8);
    } catch (IOException e) {
      throw lost(e, effect, id, sent.may().get());
    }
    if (status >= 200 && status < 300) {
      succeeded(id);
      return new Answer(status, headers, body);
    }
    Instant now = clock.instant();
    Instant asked = RetryAfter.parse(headers.get("Retry-After"), now, MAX_RETRY_AFTER);
    if (asked != null && limits != null && (status == 429 || status == 503)) {
      limits.pause(account, asked);
    }
    if (status == 401) {
      Instant again = outage.failed(now);
      Instant said = refusalSaid.getAndUpdate(last -> isDue(last, now) ? now : last);
      if (isDue(said, now)) {
        log.error(
            "{} refuses the credentials (401); its tickets wait until that is mended", destination);
      }
      throw new RetryLaterException(destination + " refuses the credentials (401)", again, false);
    }
    String refusal = destination + " answers " + status;
    if (status == 425 || status == 429 || (status == 503 && asked != null)) {
      throw new RetryLaterException(refusal, again(asked, id, now), false);
    }
    if (status == 408 || status >= 500) {
      if (effect == Effect.ONCE) {
        throw new OutcomeUnknownException(refusal + ", and may have done it", null);
      }
      throw new RetryLaterException(refusal, again(asked, id, now), false);
    }
    outage.end();
    throw new DestinationRefusedException(
        refusal
            + (status < 400 ? ", which redirects: give the URL that it redirects to" : "")
            + "\n"
            + body.substring(0, Math.min(body.length(), MAX_MESSAGE)),
        status,
        body);
  }

  private static boolean isDue(Instant last, Instant now) {
    return last.equals(Instant.MIN) || !now.isBefore(last.plus(SAY_AGAIN));
  }

  private RuntimeException lost(IOException e, Effect effect, String call, boolean maybeSent) {
    Instant again = failed(call, clock.instant());
    if (maybeSent && effect == Effect.ONCE) {
      return new OutcomeUnknownException(destination + " was asked, and no answer came", e);
    }
    return new RetryLaterException(
        destination + " can't be reached: " + e.getClass().getSimpleName(), again, false, e);
  }

  private Instant again(@Nullable Instant asked, String call, Instant now) {
    Instant soonest = now.plus(RetryPolicy.DEFAULT.backoff(1));
    if (asked == null) {
      return failed(call, now);
    }
    // What was asked for, but never at once: 0 and clocks that differ make a busy loop.
    return asked.isAfter(soonest) ? asked : soonest;
  }

  /** When to try again what failed: the later, the longer all has failed, or this request has. */
  private Instant failed(String request, Instant now) {
    Instant ofAll = outage.failed(now);
    if (request.isEmpty()) {
      return ofAll;
    }
    Instant ofThis = failing.get(request, r -> new Outage()).failed(now);
    return ofThis.isAfter(ofAll) ? ofThis : ofAll;
  }

  private void succeeded(String request) {
    outage.end();
    failing.invalidate(request);
  }

  /**
   * Notes that there is a connection, so that the server may hear of it. And OkHttp repeats by
   * itself what is answered 503 with {@code Retry-After: 0}.
   */
  private static Response once(Interceptor.Chain chain) throws IOException {
    Sent sent = chain.request().tag(Sent.class);
    if (sent != null) {
      sent.may().set(true);
    }
    Response response = chain.proceed(chain.request());
    return response.code() == 503 && ZERO.matcher(response.header("Retry-After", "")).matches()
        ? response.newBuilder().header("Retry-After", "1").build()
        : response;
  }

  /** Closes its connections, unless they are those of a client that it was given. */
  @Override
  public void close() {
    if (ownsHttp) {
      http.dispatcher().executorService().shutdown();
      http.connectionPool().evictAll();
    }
  }

  /** Options of a {@link DestinationClient}. */
  public static final class Builder {
    private final String destination;
    private Duration connectTimeout = CONNECT_TIMEOUT;
    private Duration callTimeout = CALL_TIMEOUT;
    private @Nullable RateLimit limit;
    private int concurrent = Integer.MAX_VALUE;
    private InstantSource clock = InstantSource.system();
    private @Nullable OkHttpClient http;

    private Builder(String destination) {
      this.destination = destination;
    }

    public Builder connectTimeout(Duration timeout) {
      connectTimeout = timeout;
      return this;
    }

    /** From the request to the end of the answer. */
    public Builder callTimeout(Duration timeout) {
      callTimeout = timeout;
      return this;
    }

    /** How many calls are made in what time, by this process; none unless said. */
    public Builder limit(RateLimit calls) {
      limit = calls;
      return this;
    }

    /** How many calls may be under way at once, if there is a {@link #limit}. */
    public Builder concurrent(int calls) {
      concurrent = calls;
      return this;
    }

    public Builder clock(InstantSource source) {
      clock = source;
      return this;
    }

    /** Shares this client's pools and interceptors; it stays the giver's to close. */
    public Builder http(OkHttpClient client) {
      http = client;
      return this;
    }

    /**
     * Builds the client.
     *
     * @throws IllegalArgumentException if a time-out or the number of calls at once isn't positive
     */
    public DestinationClient build() {
      positive("connect time-out", connectTimeout);
      positive("call time-out", callTimeout);
      if (concurrent < 1) {
        throw new IllegalArgumentException(
            "At least one call has to be possible at once, not " + concurrent);
      }
      return new DestinationClient(this);
    }

    /** None at all means for ever, to OkHttp. */
    private static void positive(String name, Duration timeout) {
      if (timeout.toMillis() < 1) {
        throw new IllegalArgumentException(
            "The " + name + " has to be a millisecond or more, not " + timeout);
      }
    }
  }
}
