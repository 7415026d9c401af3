package io.github.nylaswebhook.nylas;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.internal.Bodies;
import io.github.nylaswebhook.internal.Digests;
import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.internal.RetryAfter;
import io.github.nylaswebhook.internal.Threads;
import io.github.nylaswebhook.message.AttachmentSource;
import io.github.nylaswebhook.message.Folder;
import io.github.nylaswebhook.message.FolderSource;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageFetcher;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okio.Okio;
import org.jspecify.annotations.Nullable;

/**
 * Nylas' API for one application: one API key, in one region. Safe for use by many threads.
 *
 * <p>Calls keep to the limits of the application and of each grant. A call that would pass them
 * isn't made and isn't waited for: it throws {@code RetryLaterException} with the time that is
 * reserved for it, and goes through when it is made again then. {@code Retry-After} pauses the
 * grant.
 */
public final class NylasClient implements AutoCloseable {
  /** A mail's text and markup; attachments aren't part of it. */
  public static final long MAX_ANSWER_BYTES = 64L << 20;

  /** The largest attachments that mail carries, over a slow line. */
  public static final Duration DOWNLOAD_TIMEOUT = Duration.ofMinutes(5);

  public static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** Between two pieces of an answer: providers are asked while we wait, some take their time. */
  public static final Duration READ_TIMEOUT = Duration.ofSeconds(30);

  /** For a call as a whole, however slowly an answer trickles in. */
  public static final Duration CALL_TIMEOUT = Duration.ofSeconds(60);

  /** Exchange throttles for about 20 minutes; what asks for more than this is a mistake. */
  static final Duration MAX_RETRY_AFTER = Duration.ofHours(6);

  /** As many as Nylas gives at once. */
  private static final int MAX_PAGE = 200;

  /** More folders than a mailbox has; an answer that never ends ends here. */
  private static final int MAX_FOLDERS = 100_000;

  private static final long MAX_ERROR_BYTES = 1 << 16;
  private static final int IDLE_CONNECTIONS = 64;

  private final HttpUrl baseUrl;
  private final String authorization;
  private final InstantSource clock;
  private final CallLimits limits;
  private final OkHttpClient http;
  private final OkHttpClient downloads;
  private final boolean ownsHttp;
  private final FolderCache folders;

  private NylasClient(Builder builder) {
    baseUrl = builder.baseUrl;
    authorization = "Bearer " + builder.apiKey;
    clock = builder.clock;
    limits =
        new CallLimits(
            clock,
            builder.limiter == null
                ? new InMemoryGrantLimiter(clock)
                : new BlockingGrantLimiter(builder.limiter),
            builder.perGrant,
            builder.perApplication,
            // What all nodes of an application have in common; the key itself goes nowhere.
            "application:" + Digests.sha256Hex(builder.apiKey.getBytes(UTF_8)),
            builder.concurrentPerGrant);
    folders = new FolderCache(this, clock);
    ownsHttp = builder.http == null;
    OkHttpClient.Builder shared =
        builder.http == null
            ? new OkHttpClient.Builder()
                .connectionPool(new ConnectionPool(IDLE_CONNECTIONS, 1, TimeUnit.MINUTES))
            : builder.http.newBuilder();
    http =
        shared
            .connectTimeout(builder.connectTimeout)
            .readTimeout(builder.readTimeout)
            .callTimeout(builder.callTimeout)
            // The API doesn't redirect, and the key goes nowhere else.
            .followRedirects(false)
            .build();
    downloads = http.newBuilder().callTimeout(DOWNLOAD_TIMEOUT).build();
  }

  /**
   * A client with this API key, for the US region unless said otherwise.
   *
   * @throws IllegalArgumentException if the key is blank or can't be sent in a header
   */
  public static Builder builder(String apiKey) {
    return new Builder(apiKey);
  }

  /** Fetches messages with this client, whatever application they belong to. */
  public MessageFetcher asFetcher() {
    return ref -> getMessage(ref.grantId(), ref.messageId());
  }

  /**
   * Looks folders up with this client, whatever application they belong to. A grant's list is kept
   * for an hour, unless it is told to {@link FolderSource#forget} it; a folder that isn't in it is
   * looked for again after 5 minutes. A grant whose folders Nylas won't list has none.
   */
  public FolderSource asFolderSource() {
    return folders;
  }

  /**
   * {@code GET /v3/grants/{grant}/folders}, all pages of it.
   *
   * @throws NylasApiException if Nylas answers with an error
   * @throws IOException if no answer comes, or none that can be read
   */
  public List<Folder> listFolders(String grantId) throws IOException {
    String path = "v3/grants/" + pathSegment(grantId) + "/folders";
    List<Folder> folders = new ArrayList<>();
    String cursor = "";
    do {
      Map<String, String> query = new LinkedHashMap<>();
      query.put("limit", Integer.toString(MAX_PAGE));
      if (!cursor.isEmpty()) {
        query.put("page_token", cursor);
      }
      Json page = get(path, query, grantId);
      for (Json folder : page.objects("data")) {
        List<String> attributes = new ArrayList<>();
        folder
            .list("attributes")
            .forEach(attribute -> Json.scalar(attribute).ifPresent(attributes::add));
        folders.add(new Folder(folder.stringOr("id", ""), folder.stringOr("name", ""), attributes));
      }
      String next = page.stringOr("next_cursor", "");
      if (next.isEmpty() || next.equals(cursor) || folders.size() > MAX_FOLDERS) {
        return folders;
      }
      cursor = next;
    } while (true);
  }

  /**
   * {@code GET /v3/grants/{grant}/messages/{id}?fields=include_headers}.
   *
   * @throws NylasApiException if Nylas answers with an error
   * @throws IOException if no answer comes, or none that can be read
   */
  public Message getMessage(String grantId, String messageId) throws IOException {
    String path = "v3/grants/" + pathSegment(grantId) + "/messages/" + pathSegment(messageId);
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    get(path, Map.of("fields", "include_headers"), grantId)
        .object("data")
        .asMap()
        .forEach((name, value) -> object.put(String.valueOf(name), value));
    if (object.isEmpty()) {
      throw new IOException("Nylas' answer has no data");
    }
    object.putIfAbsent("grant_id", grantId);
    object.putIfAbsent("id", messageId);
    // Asked for: none given is none there.
    object.putIfAbsent("headers", List.of());
    return Message.of(object);
  }

  /** Downloads attachments with this client, whatever application they belong to. */
  public AttachmentSource asAttachmentSource() {
    return (message, attachment) ->
        openAttachment(message.grantId(), message.id(), attachment.id());
  }

  /**
   * {@code GET /v3/grants/{grant}/attachments/{id}/download?message_id=…}, as it comes in: nothing
   * of it is held. Whoever opens it closes it, within {@link #DOWNLOAD_TIMEOUT}.
   *
   * @throws NylasApiException if Nylas answers with an error
   * @throws IOException if no answer comes; from the stream, if it ends too early
   * @see <a
   *     href="https://developer.nylas.com/docs/reference/api/attachments/get-attachments-id-download/">Nylas:
   *     download an attachment</a>
   */
  public InputStream openAttachment(String grantId, String messageId, String attachmentId)
      throws IOException {
    String path =
        "v3/grants/"
            + pathSegment(grantId)
            + "/attachments/"
            + pathSegment(attachmentId)
            + "/download";
    HttpUrl url =
        baseUrl
            .newBuilder()
            .addEncodedPathSegments(path)
            .addQueryParameter("message_id", messageId)
            .build();
    CallLimits.Permit permit = limits.acquire(grantId, path);
    try {
      Response response = downloads.newCall(request(url)).execute();
      if (!response.isSuccessful()) {
        try (response) {
          throw error(response, grantId);
        }
      }
      return response.body().byteStream();
    } finally {
      permit.release();
    }
  }

  @Override
  public void close() {
    if (ownsHttp) {
      http.dispatcher().executorService().shutdown();
      http.connectionPool().evictAll();
    }
  }

  /** The encoded path names the call, so that its slot is found again. */
  private Json get(String encodedPath, Map<String, String> query, String grantId)
      throws IOException {
    CallLimits.Permit permit = limits.acquire(grantId, encodedPath);
    try {
      HttpUrl.Builder building = baseUrl.newBuilder().addEncodedPathSegments(encodedPath);
      query.forEach(building::addQueryParameter);
      HttpUrl url = building.build();
      return Threads.blocking(() -> call(url, grantId));
    } catch (Bodies.TooLargeException e) {
      throw new PermanentException("Nylas' answer can't be held: " + e.getMessage(), e);
    } finally {
      permit.release();
    }
  }

  private Json call(HttpUrl url, String grantId) throws IOException {
    Request request = request(url).newBuilder().header("Accept", "application/json").build();
    try (Response response = http.newCall(request).execute()) {
      if (!response.isSuccessful()) {
        throw error(response, grantId);
      }
      InputStream body = Bodies.open(response.body().byteStream(), false, MAX_ANSWER_BYTES);
      return Json.read(Okio.buffer(Okio.source(body)));
    }
  }

  private Request request(HttpUrl url) {
    return new Request.Builder()
        .url(url)
        .header("Authorization", authorization)
        .header("User-Agent", "nylas-webhook-java")
        .build();
  }

  private NylasApiException error(Response response, String grantId) {
    Json answer;
    try {
      answer = Json.read(response.peekBody(MAX_ERROR_BYTES).source());
    } catch (IOException e) {
      // A gateway's page, or nothing: the status says enough.
      answer = Json.of(null);
    }
    // {"error": {…}} mostly, {"error": "…"} or the members at the top now and then.
    Json error = answer.object("error").isEmpty() ? answer : answer.object("error");
    Instant retryAfter =
        RetryAfter.parse(response.header("Retry-After"), clock.instant(), MAX_RETRY_AFTER);
    NylasApiException exception =
        new NylasApiException(
            response.code(),
            error.stringOr("type", ""),
            error.stringOr("message", answer.stringOr("error", response.message())),
            answer.stringOr("request_id", ""),
            error.has("provider_error"),
            retryAfter);
    if (retryAfter != null && exception.isTransient()) {
      limits.pause(grantId, retryAfter);
    }
    return exception;
  }

  /**
   * One path segment with everything but RFC 3986's unreserved characters percent-encoded. OkHttp's
   * own encoding leaves {@code +} and {@code =}, with which IMAP ids aren't found.
   */
  static String pathSegment(String id) {
    if (id.isEmpty() || id.equals(".") || id.equals("..")) {
      throw new PermanentException("\"" + id + "\" can't be the id of anything at Nylas");
    }
    StringBuilder encoded = new StringBuilder(id.length() + 16);
    for (byte b : id.getBytes(UTF_8)) {
      char c = (char) (b & 0xff);
      boolean unreserved =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "-._~".indexOf(c) >= 0;
      if (unreserved) {
        encoded.append(c);
      } else {
        encoded.append('%');
        encoded.append(Character.toUpperCase(Character.forDigit(c >> 4, 16)));
        encoded.append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
      }
    }
    return encoded.toString();
  }

  /** Options of a {@link NylasClient}. */
  public static final class Builder {
    private final String apiKey;
    private HttpUrl baseUrl = HttpUrl.get(Region.US.baseUrl());
    private Duration connectTimeout = CONNECT_TIMEOUT;
    private Duration readTimeout = READ_TIMEOUT;
    private Duration callTimeout = CALL_TIMEOUT;
    private RateLimit perGrant = RateLimit.NYLAS_PER_GRANT;
    private @Nullable RateLimit perApplication;
    private @Nullable GrantLimiter limiter;
    private int concurrentPerGrant = Integer.MAX_VALUE;
    private InstantSource clock = InstantSource.system();
    private @Nullable OkHttpClient http;

    private Builder(String apiKey) {
      if (apiKey.isBlank() || !apiKey.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
        throw new IllegalArgumentException(
            "The API key is blank, or has characters that no API key has");
      }
      this.apiKey = apiKey;
    }

    public Builder region(Region region) {
      return baseUrl(region.baseUrl());
    }

    /**
     * Another server than a region's, for tests and proxies.
     *
     * @throws IllegalArgumentException if it isn't an http or https URL
     */
    public Builder baseUrl(String url) {
      baseUrl = HttpUrl.get(url);
      return this;
    }

    /**
     * The limit of each grant; Nylas' own unless said otherwise. Over long times nine tenths of it
     * are used: the last tenth may come at once, wherever a period begins.
     */
    public Builder limitPerGrant(RateLimit limit) {
      perGrant = limit;
      return this;
    }

    /** The limit of all grants together; Nylas has none for messages, Google has. */
    public Builder limitPerApplication(RateLimit limit) {
      perApplication = limit;
      return this;
    }

    /**
     * Counts the calls, in place of a limiter of this client's own: one that the nodes of an
     * application share makes one quota of theirs. Clients with the same API key share the
     * application's. It stays the giver's to close.
     */
    public Builder grantLimiter(GrantLimiter grantLimiter) {
      limiter = grantLimiter;
      return this;
    }

    /**
     * How many calls for one grant this client may have under way; Microsoft wants at most 4, of
     * all nodes together.
     */
    public Builder concurrentPerGrant(int calls) {
      if (calls < 1) {
        throw new IllegalArgumentException("concurrentPerGrant must be 1 or more, but is " + calls);
      }
      concurrentPerGrant = calls;
      return this;
    }

    public Builder connectTimeout(Duration timeout) {
      connectTimeout = timeout;
      return this;
    }

    public Builder readTimeout(Duration timeout) {
      readTimeout = timeout;
      return this;
    }

    public Builder callTimeout(Duration timeout) {
      callTimeout = timeout;
      return this;
    }

    /** Shares this client's pools and interceptors; it stays the giver's to close. */
    public Builder http(OkHttpClient client) {
      http = client;
      return this;
    }

    public Builder clock(InstantSource source) {
      clock = source;
      return this;
    }

    public NylasClient build() {
      return new NylasClient(this);
    }
  }
}
