package io.github.nylaswebhook.test;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A destination on the loopback interface: a real HTTP server that a subclass gives the manners of
 * one API, and that fails on demand in the ways in which servers and networks fail. Safe for use by
 * many threads.
 *
 * <pre>{@code
 * final class Desk extends DestinationStandIn {
 *   private final Map<String, String> tickets = new ConcurrentHashMap<>();
 *
 *   protected Reply answer(Call call) {
 *     String key = call.header("Idempotency-Key").orElseThrow();
 *     return Reply.json(201, Map.of("id", tickets.computeIfAbsent(key, k -> "T-" + k)));
 *   }
 * }
 * }</pre>
 */
public abstract class DestinationStandIn implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DestinationStandIn.class);

  /** Longer than the time-out of any client under test. */
  private static final Duration SILENCE = Duration.ofSeconds(30);

  private static final int MAX_CALLS_KEPT = 100_000;

  private final HttpServer server;
  private final ExecutorService answering;
  private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
  private final AtomicInteger callCount = new AtomicInteger();
  private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Odds odds = new Odds(new Random(0), 0);

  private record Odds(Random random, double share) {}

  /** A way in which a call fails. */
  public enum Failure {
    /** 429 with {@code Retry-After: 1}; nothing is done. */
    RATE_LIMITED,
    /** 429 with {@code Retry-After: 0}; nothing is done. */
    RATE_LIMITED_NO_WAIT,
    /** 503 with {@code Retry-After: 1}; nothing is done. */
    UNAVAILABLE,
    /** 503, and nothing is done. */
    UNAVAILABLE_WITHOUT_RETRY_AFTER,
    /** 500, and nothing is done. */
    BROKEN_BEFORE,
    /** 502, and nothing is done. */
    BAD_GATEWAY,
    /** The connection ends without an answer; nothing is done. */
    CUT_BEFORE,
    /** It is done, and the connection ends without an answer. */
    CUT_AFTER,
    /** It is done, and the answer is a 500. */
    BROKEN_AFTER,
    /** It is done, and the answer is a 504. */
    GATEWAY_TIMEOUT,
    /** It is done, and no answer comes until the client gives up. */
    SILENT,
    /** It is done, and the connection ends in the middle of the answer. */
    HALF_AN_ANSWER;

    /** Whether the call is done all the same. */
    public boolean isDone() {
      return compareTo(CUT_AFTER) >= 0;
    }
  }

  /**
   * A call that came.
   *
   * @param method in upper case
   * @param uri the path and the query, as sent
   * @param headers by name, in any case
   * @param body as text
   */
  public record Call(String method, URI uri, Map<String, List<String>> headers, String body) {
    public Call {
      Map<String, List<String>> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      copy.putAll(headers);
      headers = Collections.unmodifiableMap(copy);
    }

    /** The path, decoded. */
    public String path() {
      return uri.getPath();
    }

    /** The first value of a header. */
    public Optional<String> header(String name) {
      return headers.getOrDefault(name, List.of()).stream().findFirst();
    }

    /**
     * The body as strings, doubles, booleans, lists, maps and nulls.
     *
     * @throws IllegalArgumentException if it isn't one JSON object
     */
    public Map<String, @Nullable Object> json() {
      try {
        if (Json.parse(body.getBytes(UTF_8)) instanceof Map<?, ?> map) {
          Map<String, @Nullable Object> members = new LinkedHashMap<>();
          map.forEach((name, value) -> members.put(String.valueOf(name), value));
          return members;
        }
      } catch (IOException e) {
        throw new IllegalArgumentException("not JSON: " + body, e);
      }
      throw new IllegalArgumentException("not a JSON object: " + body);
    }
  }

  /**
   * An answer.
   *
   * @param headers in addition to those that every answer has
   */
  public record Reply(int status, Map<String, String> headers, String body) {
    public Reply {
      headers = Map.copyOf(headers);
    }

    /** One without a body. */
    public static Reply of(int status) {
      return new Reply(status, Map.of(), "");
    }

    public static Reply text(int status, String body) {
      return new Reply(status, Map.of("Content-Type", "text/plain; charset=utf-8"), body);
    }

    public static Reply json(int status, Map<String, ? extends @Nullable Object> members) {
      return new Reply(
          status,
          Map.of("Content-Type", "application/json"),
          new String(Json.bytes(members), UTF_8));
    }

    /** The same with one header more. */
    public Reply header(String name, String value) {
      Map<String, String> more = new LinkedHashMap<>(headers);
      more.put(name, value);
      return new Reply(status, more, body);
    }
  }

  /** Starts it, on a free port. */
  @SuppressWarnings("this-escape") // nobody knows the port before it is constructed
  protected DestinationStandIn() {
    // The JDK's server sends headers and body apart; with Nagle's algorithm that costs 40 ms a
    // call.
    if (System.getProperty("sun.net.httpserver.nodelay") == null) {
      System.setProperty("sun.net.httpserver.nodelay", "true");
    }
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 256);
    } catch (IOException e) {
      throw new UncheckedIOException("No port on the loopback interface", e);
    }
    AtomicInteger number = new AtomicInteger();
    answering =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "stand-in-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    server.setExecutor(answering);
    server.createContext("/", this::exchange);
    server.start();
  }

  /**
   * Does what the call asks for, and says what the API would say. Called by many threads at once.
   * What it throws is answered with a 400, which no router takes for an outage.
   */
  protected abstract Reply answer(Call call);

  /** How this API says it, where it isn't by a bare status; for all but cuts and silence. */
  protected Reply failed(Failure failure) {
    return switch (failure) {
      case RATE_LIMITED -> Reply.of(429).header("Retry-After", "1");
      case RATE_LIMITED_NO_WAIT -> Reply.of(429).header("Retry-After", "0");
      case UNAVAILABLE -> Reply.of(503).header("Retry-After", "1");
      case UNAVAILABLE_WITHOUT_RETRY_AFTER -> Reply.of(503);
      case BAD_GATEWAY -> Reply.of(502);
      case GATEWAY_TIMEOUT -> Reply.of(504);
      case BROKEN_BEFORE, BROKEN_AFTER -> Reply.of(500);
      case CUT_BEFORE, CUT_AFTER, SILENT, HALF_AN_ANSWER ->
          throw new IllegalArgumentException(failure + " has no answer");
    };
  }

  /** Its base URL, without a slash at the end. */
  public final String url() {
    return "http://" + server.getAddress().getHostString() + ":" + server.getAddress().getPort();
  }

  /** From now on, each call fails with this probability, in any of the ways; 0 mends it. */
  public final void fail(Random random, double share) {
    odds = new Odds(random, share);
  }

  /** The next call fails so. Repeatable: one call each. */
  public final void failNext(Failure failure) {
    failures.add(failure);
  }

  /** The calls that came, those that failed included: the first {@value #MAX_CALLS_KEPT}. */
  public final List<Call> calls() {
    return List.copyOf(calls);
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    answering.shutdownNow();
  }

  private void exchange(HttpExchange exchange) {
    // Closing an exchange whose answer isn't complete ends the connection.
    try (exchange) {
      Call call =
          new Call(
              exchange.getRequestMethod(),
              exchange.getRequestURI(),
              exchange.getRequestHeaders(),
              new String(exchange.getRequestBody().readAllBytes(), UTF_8));
      if (callCount.incrementAndGet() <= MAX_CALLS_KEPT) {
        calls.add(call);
      }
      Failure failure = nextFailure();
      if (failure == null) {
        send(exchange, done(call), false);
      } else {
        fail(exchange, call, failure);
      }
    } catch (IOException e) {
      log.debug("The caller has gone", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void fail(HttpExchange exchange, Call call, Failure failure)
      throws IOException, InterruptedException {
    Reply done = failure.isDone() ? done(call) : Reply.of(500);
    switch (failure) {
      case CUT_BEFORE, CUT_AFTER -> {}
      case SILENT -> {
        // The end of the wait is the server's end, or long after the client's patience.
        if (closed.await(SILENCE.toMillis(), TimeUnit.MILLISECONDS)) {
          log.debug("Closed while it was silent");
        }
      }
      case HALF_AN_ANSWER -> send(exchange, done, true);
      default -> send(exchange, failed(failure), false);
    }
  }

  private Reply done(Call call) {
    try {
      return answer(call);
    } catch (RuntimeException | AssertionError e) {
      log.warn("The stand-in can't answer {} {}", call.method(), call.path(), e);
      return Reply.text(400, String.valueOf(e));
    }
  }

  private @Nullable Failure nextFailure() {
    Failure next = failures.poll();
    Odds now = odds;
    if (next != null || now.share == 0 || now.random.nextDouble() >= now.share) {
      return next;
    }
    Failure[] all = Failure.values();
    return all[now.random.nextInt(all.length)];
  }

  private static void send(HttpExchange exchange, Reply reply, boolean half) throws IOException {
    byte[] body = reply.body().getBytes(UTF_8);
    reply.headers().forEach(exchange.getResponseHeaders()::set);
    if (half) {
      exchange.sendResponseHeaders(reply.status(), Math.max(2, body.length));
      exchange.getResponseBody().write(body, 0, body.length / 2);
      exchange.getResponseBody().flush();
      return;
    }
    exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }
}
