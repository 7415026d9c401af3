package io.github.nylaswebhook.jira;

import io.github.nylaswebhook.destination.DestinationClient;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import okhttp3.ConnectionPool;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A site, the connections to it, and how we are known there. Safe for use by many threads. */
final class JiraSite implements AutoCloseable {
  /** As {@link DestinationClient} has them. */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(20);

  private static final int IDLE_CONNECTIONS = 16;
  private static final Logger log = LoggerFactory.getLogger(JiraTicketRouter.class);

  private final HttpUrl api;
  private final Supplier<String> authorization;
  private final InstantSource clock;
  private final OkHttpClient http;
  private final boolean ownsHttp;
  private final DestinationClient client;

  /**
   * A site.
   *
   * @param given a client to share; null for one of its own
   * @param client what makes calls with a client
   */
  JiraSite(
      HttpUrl base,
      Supplier<String> authorization,
      InstantSource clock,
      @Nullable OkHttpClient given,
      Function<OkHttpClient, DestinationClient> client) {
    this.api = base.newBuilder().addPathSegments("rest/api/3").build();
    this.authorization = authorization;
    this.clock = clock;
    this.ownsHttp = given == null;
    this.http =
        (given == null
                ? new OkHttpClient.Builder()
                    .connectionPool(
                        new ConnectionPool(
                            IDLE_CONNECTIONS, KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS))
                : given.newBuilder())
            .addInterceptor(this::plain)
            .build();
    this.client = client.apply(http);
  }

  HttpUrl api() {
    return api;
  }

  String authorization() {
    return authorization.get();
  }

  /**
   * The calls of one try.
   *
   * @param mail the same for every try at the same mail
   */
  JiraApi begin(String mail, Duration uploadTimeout) {
    return new JiraApi(this, client.calls("", mail), uploadTimeout, clock);
  }

  /**
   * Says in HTTP's own terms what Jira says in headers: that credentials were wrong, though it
   * answers as if there were none; and when the limit ends, where it doesn't say {@code
   * Retry-After}.
   *
   * @see <a href="https://developer.atlassian.com/cloud/jira/platform/rate-limiting/">Rate
   *     limiting</a>
   */
  private Response plain(Interceptor.Chain chain) throws IOException {
    Response response = chain.proceed(chain.request());
    String login = response.header("X-Seraph-LoginReason", "");
    if (login != null
        && response.code() != 201
        && (login.contains("AUTHENTICATED_FAILED") || login.contains("AUTHENTICATION_DENIED"))) {
      return response.newBuilder().code(401).build();
    }
    String reset = response.header("X-RateLimit-Reset");
    if ((response.code() == 429 || response.code() == 503)
        && response.header("Retry-After") == null
        && reset != null) {
      try {
        Instant then = OffsetDateTime.parse(reset).toInstant();
        long seconds = Math.max(1, Duration.between(clock.instant(), then).toSeconds() + 1);
        return response.newBuilder().header("Retry-After", Long.toString(seconds)).build();
      } catch (DateTimeParseException e) {
        log.debug("Jira's X-RateLimit-Reset is no time");
      }
    }
    return response;
  }

  @Override
  public void close() {
    client.close();
    if (ownsHttp) {
      http.dispatcher().executorService().shutdown();
      http.connectionPool().evictAll();
    }
  }
}
