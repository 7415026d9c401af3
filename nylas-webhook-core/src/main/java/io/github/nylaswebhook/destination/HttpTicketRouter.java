package io.github.nylaswebhook.destination;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.destination.DestinationClient.Answer;
import io.github.nylaswebhook.destination.DestinationClient.Effect;
import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketJson;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/**
 * Posts each ticket to a URL, as {@link TicketJson}, signed as Standard Webhooks has it: for
 * whatever has no router of its own. Safe for use by many threads.
 *
 * <pre>{@code
 * HttpTicketRouter.builder("https://desk.example/tickets")
 *     .secret(System.getenv("TICKETS_SECRET")) // whsec_…
 *     .build();
 * }</pre>
 *
 * <p>Each request has these headers:
 *
 * <ul>
 *   <li>{@code webhook-id} and {@code Idempotency-Key}: {@link Ticket#idempotencyKey()}, the same
 *       for every try at a mail. What failed in any way is sent again, so a mail may come several
 *       times, and the receiver keeps the keys of what it has done.
 *   <li>{@code webhook-timestamp}: when the request was made, in Unix seconds.
 *   <li>{@code webhook-signature}: {@code v1,} and the base64 of HMAC-SHA256 over the id, the
 *       timestamp and the body, with full stops between; several of them, with a space between, if
 *       there are several secrets. Receivers compute it from the bytes of the body as they came,
 *       compare in constant time, and refuse timestamps that are more than some minutes off.
 * </ul>
 *
 * <p>The receiver answers 2xx when it has the ticket for good. It may say {@code {"id": "T-1",
 * "url": "https://…"}}: the ticket's id there, which comes back as {@code follow_up_to} with a
 * further mail of the conversation. Who says nothing gets the idempotency key of the mail that
 * opened the ticket instead. An id in the answer to a follow-up that isn't that of {@code
 * follow_up_to} makes it the conversation's ticket from then on. All other answers are as {@link
 * DestinationClient} has them: 401, 408, 425, 429 and 5xx are tried again, the rest are dead
 * letters.
 *
 * <p>Over {@code http:} the mail can be read on its way; the signature only keeps it from being
 * changed. Use it within a host or a network of yours.
 *
 * @see <a href="https://www.standardwebhooks.com">Standard Webhooks</a>
 */
public final class HttpTicketRouter implements TicketRouter, AutoCloseable {
  /** The name of the destination. */
  public static final String DESTINATION = "http";

  private static final MediaType JSON = MediaType.get("application/json");

  /** As long as an id may be that somebody has to find a ticket by. */
  private static final int MAX_ID = 255;

  private static final int MAX_URL = 2_000;

  private static final int SECRET_BYTES = 32;

  /** What it says itself. */
  private static final Set<String> OWN_HEADERS =
      Set.of(
          "webhook-id",
          "webhook-timestamp",
          "webhook-signature",
          "idempotency-key",
          "content-type",
          "content-length",
          "transfer-encoding",
          "host");

  private final HttpUrl url;
  private final WebhookSigner signer;
  private final Headers headers;
  private final InstantSource clock;
  private final DestinationClient client;

  private HttpTicketRouter(
      HttpUrl url,
      WebhookSigner signer,
      Headers headers,
      InstantSource clock,
      DestinationClient client) {
    this.url = url;
    this.signer = signer;
    this.headers = headers;
    this.clock = clock;
    this.client = client;
  }

  /**
   * A router to a URL.
   *
   * @param url {@code https:}, or {@code http:}: see above
   */
  public static Builder builder(String url) {
    return new Builder(url);
  }

  /** A new secret of {@value #SECRET_BYTES} random bytes, to be kept here and at the receiver. */
  public static String newSecret() {
    byte[] bytes = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(bytes);
    return WebhookSigner.secret(bytes);
  }

  @Override
  public TicketRef route(Ticket ticket) {
    String key = ticket.idempotencyKey();
    byte[] body = TicketJson.write(ticket).getBytes(UTF_8);
    Instant now = clock.instant();
    Request request =
        new Request.Builder()
            .url(url)
            .headers(headers)
            .header("Idempotency-Key", key)
            .header("webhook-id", key)
            .header("webhook-timestamp", Long.toString(now.getEpochSecond()))
            .header("webhook-signature", signer.sign(key, now, body))
            .post(RequestBody.create(body, JSON))
            .build();
    return ref(client.send(request, Effect.REPEATABLE, key), ticket);
  }

  private static TicketRef ref(Answer answer, Ticket ticket) {
    Json said;
    try {
      said = Json.read(answer.body().getBytes(UTF_8));
    } catch (IOException e) {
      // It may answer what it likes.
      said = Json.of(null);
    }
    String id = said.stringOr("id", "").strip();
    if (id.isEmpty() || id.length() > MAX_ID) {
      return ticket.isFollowUp()
          ? ticket.parent()
          : TicketRef.of(DESTINATION, ticket.idempotencyKey());
    }
    String link = said.stringOr("url", "").strip();
    boolean isLink = link.length() <= MAX_URL && HttpUrl.parse(link) != null;
    return new TicketRef(DESTINATION, id, isLink ? link : "");
  }

  @Override
  public String destination() {
    return DESTINATION;
  }

  /** True: the receiver is told what it is a follow-up to, and does with it what it likes. */
  @Override
  public boolean appends() {
    return true;
  }

  /** True: the key travels with each try. */
  @Override
  public boolean idempotent() {
    return true;
  }

  /** Closes its connections, unless they are those of a client that it was given. */
  @Override
  public void close() {
    client.close();
  }

  /** Where it goes, without what a query may hold. */
  @Override
  public String toString() {
    return "HttpTicketRouter[" + url.scheme() + "://" + url.host() + ":" + url.port() + "]";
  }

  /** Options of an {@link HttpTicketRouter}. */
  public static final class Builder {
    private final String url;
    private final List<String> secrets = new ArrayList<>();
    private final Headers.Builder headers = new Headers.Builder();
    private final DestinationClient.Builder client = DestinationClient.builder(DESTINATION);
    private InstantSource clock = InstantSource.system();

    private Builder(String url) {
      this.url = url;
      headers.set("User-Agent", "nylas-webhook");
    }

    /**
     * Signs with this secret: {@code whsec_} and the base64 of 24 to 64 random bytes. Repeatable:
     * while the receiver changes from one to another, give both.
     */
    public Builder secret(String secret) {
      secrets.add(secret);
      return this;
    }

    /**
     * Sends this header, too, in place of one of that name: {@code Authorization}, for example.
     *
     * @throws IllegalArgumentException if it can't be sent, or is one that the router sets
     */
    public Builder header(String name, String value) {
      if (OWN_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
        throw new IllegalArgumentException("The header " + name + " is set by the router");
      }
      try {
        headers.set(name, value);
      } catch (IllegalArgumentException e) {
        // Without the cause, which may name the value.
        throw new IllegalArgumentException(
            "The header \""
                + name
                + "\" can't be sent: names are tokens, values printable ASCII on one line");
      }
      return this;
    }

    /** How many requests are made in what time, by this process; any number unless said. */
    public Builder limit(RateLimit requests) {
      client.limit(requests);
      return this;
    }

    /** {@link DestinationClient#CONNECT_TIMEOUT} unless said. */
    public Builder connectTimeout(Duration timeout) {
      client.connectTimeout(timeout);
      return this;
    }

    /** From the request to the end of the answer; {@link DestinationClient#CALL_TIMEOUT}. */
    public Builder callTimeout(Duration timeout) {
      client.callTimeout(timeout);
      return this;
    }

    /** Shares this client's pools and interceptors; it stays the giver's to close. */
    public Builder http(OkHttpClient http) {
      client.http(http);
      return this;
    }

    public Builder clock(InstantSource source) {
      clock = source;
      client.clock(source);
      return this;
    }

    /**
     * Builds the router.
     *
     * @throws IllegalArgumentException if the URL or a secret isn't one, or there is no secret
     */
    public HttpTicketRouter build() {
      @Nullable HttpUrl parsed = HttpUrl.parse(url);
      if (parsed == null) {
        throw new IllegalArgumentException(
            "The URL has to be a whole one that begins with https:// or http://");
      }
      if (!parsed.username().isEmpty() || !parsed.password().isEmpty()) {
        throw new IllegalArgumentException(
            "The URL has a user or a password in it, which aren't sent: give"
                + " .header(\"Authorization\", …)");
      }
      if (secrets.isEmpty()) {
        throw new IllegalArgumentException(
            "Give the router a .secret(…) to sign with: make one by HttpTicketRouter.newSecret()");
      }
      return new HttpTicketRouter(
          parsed, new WebhookSigner(secrets), headers.build(), clock, client.build());
    }
  }
}
