package io.github.nylaswebhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.inbox.DeadLetter;
import io.github.nylaswebhook.inbox.DeadLetters;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.DeliveryProcessor;
import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.inbox.InboxStatistics;
import io.github.nylaswebhook.inbox.InboxUnavailableException;
import io.github.nylaswebhook.inbox.Receipt;
import io.github.nylaswebhook.internal.Digests;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.notification.TriggerType;
import io.github.nylaswebhook.pipeline.PipelineObserver;
import io.github.nylaswebhook.signature.SignatureVerifier;
import io.github.nylaswebhook.ticket.TicketRef;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookHandlerTest {
  private static final String SECRET = "a secret";
  private static final byte[] BODY = Samples.bytes("v3.notification.message.created.json");

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-22T10:00:00Z"));
  private final RecordingInbox inbox = new RecordingInbox();
  private final List<AutoCloseable> opened = new ArrayList<>();

  /** Remembers what it is given, and can be told to fail. */
  private static final class RecordingInbox implements Inbox {
    private final List<Delivery> accepted = new ArrayList<>();
    private boolean unavailable;
    private RuntimeException failure;
    private boolean closed;

    @Override
    public Receipt accept(Delivery delivery) throws InboxUnavailableException {
      if (failure != null) {
        throw failure;
      }
      if (unavailable) {
        throw new InboxUnavailableException("full");
      }
      boolean known = accepted.stream().anyMatch(other -> other.id().equals(delivery.id()));
      accepted.add(delivery);
      return known ? Receipt.DUPLICATE : Receipt.ACCEPTED;
    }

    @Override
    public void start(DeliveryProcessor processor) {
      throw new AssertionError("A handler that only accepts starts nothing");
    }

    @Override
    public InboxStatistics statistics() {
      throw new UnsupportedOperationException();
    }

    @Override
    public DeadLetters deadLetters() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable closeable : opened) {
      closeable.close();
    }
  }

  private WebhookHandler.Builder accepting() {
    return WebhookHandler.builder().webhookSecret(SECRET).inbox(inbox).acceptOnly().clock(clock);
  }

  private WebhookHandler opened(WebhookHandler handler) {
    opened.add(handler);
    return handler;
  }

  private WebhookHandler handler() {
    return opened(accepting().build());
  }

  /** Every answer has the exact length of its body, and can't be taken for anything but text. */
  private static WebhookResponse answer(WebhookHandler handler, WebhookRequest request) {
    WebhookResponse response = handler.handle(request);
    assertThat(response.headers())
        .containsEntry("Content-Length", Integer.toString(response.bodyBytes().length));
    if (response.body().isEmpty()) {
      assertThat(response.headers()).doesNotContainKey("Content-Type");
    } else {
      assertThat(response.headers())
          .containsEntry("Content-Type", "text/plain; charset=utf-8")
          .containsEntry("X-Content-Type-Options", "nosniff");
    }
    if (response.status() == 503) {
      assertThat(response.headers()).containsKey("Retry-After");
      assertThat(Integer.parseInt(response.headers().get("Retry-After"))).isBetween(1, 600);
    }
    return response;
  }

  private static WebhookRequest request(String method, String query) {
    return new WebhookRequest(method, query, Map.<String, List<String>>of(), unreadable(), -1);
  }

  private static WebhookRequest post(byte[] body, String... signatures) {
    return post(new ByteArrayInputStream(body), body.length, signatures);
  }

  private static WebhookRequest post(InputStream body, long length, String... signatures) {
    return new WebhookRequest(
        "POST",
        null,
        signatures.length == 0 ? Map.of() : Map.of("X-Nylas-Signature", List.of(signatures)),
        body,
        length);
  }

  private static WebhookRequest signed(byte[] body) {
    return post(body, SignatureVerifier.sign(SECRET, body));
  }

  private static InputStream unreadable() {
    return new InputStream() {
      @Override
      public int read() {
        throw new AssertionError("The body was read");
      }

      @Override
      public int read(byte[] buffer, int offset, int length) {
        return read();
      }
    };
  }

  /** Fails the test if more than so many bytes are taken. */
  private static InputStream endless(int bound) {
    return new InputStream() {
      private int taken;

      @Override
      public int read() {
        assertThat(++taken).as("bytes read").isLessThanOrEqualTo(bound);
        return 'x';
      }

      @Override
      public int read(byte[] buffer, int offset, int length) {
        taken += length;
        assertThat(taken).as("bytes read").isLessThanOrEqualTo(bound);
        Arrays.fill(buffer, offset, offset + length, (byte) 'x');
        return length;
      }
    };
  }

  // ---- the challenge

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          challenge=bc609b38-c81f-47fb-a275-1d9bd61a968b | bc609b38-c81f-47fb-a275-1d9bd61a968b
          a=b&challenge=x&c=d                            | x
          challenge=a+b                                  | a b
          challenge=a%2Bb                                | a+b
          challenge=%C3%BCber%20%E2%82%AC                | über €
          challenge=%F0%9F%98%80                         | 😀
          challenge=first&challenge=second               | first
          %63hallenge=x                                  | x
          challenge=a=b==                                | a=b==
          %zz=1&challenge=x                              | x
          challenge=<script>                             | <script>
          challenge=%22quoted%22                         | "quoted"
          &&challenge=x&&                                | x
          challenge=a;b                                  | a;b
          """)
  void aChallengeIsAnsweredWithItsDecodedValueAndNothingElse(String query, String value) {
    WebhookResponse response = answer(handler(), request("GET", query));
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(value);
    assertThat(response.bodyBytes()).isEqualTo(value.getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "challenge",
        "challenge=",
        "challenge=&challenge=x",
        "Challenge=x",
        "challeng=x",
        "xchallenge=x",
        "challenge=%",
        "challenge=%2",
        "challenge=%zz",
        "challenge=a%00b",
        "challenge=a%0D%0ASet-Cookie:x",
        "challenge=%09",
        "challenge=%7F",
        "challenge=%C2%85"
      })
  void aGetWithoutAUsableChallengeIsABadRequest(String query) {
    WebhookResponse response = answer(handler(), request("GET", query));
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.body()).doesNotContain("Cookie");
  }

  @Test
  void aGetWithoutAQueryIsABadRequest() {
    assertThat(answer(handler(), request("GET", null)).status()).isEqualTo(400);
  }

  @Test
  void aChallengeMayHave1024CharactersAndNoMore() {
    String longest = "é".repeat(WebhookHandler.MAX_CHALLENGE_LENGTH);
    WebhookResponse response =
        answer(handler(), request("GET", "challenge=" + URLEncoder.encode(longest, UTF_8)));
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(longest);
    assertThat(answer(handler(), request("GET", "challenge=" + "x".repeat(1025))).status())
        .isEqualTo(400);
  }

  // ---- the method

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HEAD", "PUT", "OPTIONS", "DELETE", "PATCH", "TRACE", "CONNECT", "post", "get", ""
      })
  void anyOtherMethodIsNotAllowedAndNothingIsRead(String method) {
    WebhookResponse response = answer(handler(), request(method, "challenge=x"));
    assertThat(response.status()).isEqualTo(405);
    assertThat(response.headers()).containsEntry("Allow", "GET, POST");
  }

  @Test
  void theMethodIsCheckedBeforeTheSize() {
    WebhookRequest request =
        new WebhookRequest(
            "PUT", null, Map.<String, List<String>>of(), unreadable(), Long.MAX_VALUE);
    assertThat(answer(handler(), request).status()).isEqualTo(405);
  }

  // ---- the size

  @ParameterizedTest
  @ValueSource(longs = {(2L << 20) + 1, 1L << 32, Long.MAX_VALUE})
  void aBodyThatAnnouncesTooMuchIsRefusedUnread(long length) {
    assertThat(answer(handler(), post(unreadable(), length, "0".repeat(64))).status())
        .isEqualTo(413);
  }

  @Test
  void aBodyThatAnnouncesNothingIsReadOneBytePastTheBoundAtMost() {
    WebhookHandler handler = opened(accepting().maxBodyBytes(10_000).build());
    assertThat(answer(handler, post(endless(10_001), -1, "0".repeat(64))).status()).isEqualTo(413);
  }

  @Test
  void ofABodyNoMoreThanWasAnnouncedIsRead() {
    byte[] ten = "xxxxxxxxxx".getBytes(UTF_8);
    WebhookRequest request = post(endless(10), 10, SignatureVerifier.sign(SECRET, ten));
    assertThat(answer(handler(), request).status()).isEqualTo(200);
    assertThat(inbox.accepted.get(0).size()).isEqualTo(10);
  }

  @Test
  void theSizeIsCheckedBeforeTheSignature() {
    WebhookHandler handler = opened(accepting().maxBodyBytes(10).build());
    assertThat(answer(handler, post(new byte[11])).status()).isEqualTo(413);
    assertThat(answer(handler, post(new ByteArrayInputStream(new byte[11]), -1)).status())
        .isEqualTo(413);
    assertThat(answer(handler, post(new byte[10])).status()).isEqualTo(401);
  }

  @Test
  void aBodyOfExactlyTheBoundIsTaken() {
    WebhookHandler handler = opened(accepting().maxBodyBytes(BODY.length).build());
    assertThat(answer(handler, signed(BODY)).status()).isEqualTo(200);
    assertThat(
            answer(
                    handler,
                    post(new ByteArrayInputStream(BODY), -1, SignatureVerifier.sign(SECRET, BODY)))
                .status())
        .isEqualTo(200);
  }

  // ---- the reading

  @Test
  void aBodyThatEndsTooEarlyIsAskedForAgain() {
    WebhookRequest request =
        post(new ByteArrayInputStream(BODY), BODY.length + 1, SignatureVerifier.sign(SECRET, BODY));
    assertThat(answer(handler(), request).status()).isEqualTo(503);
    assertThat(inbox.accepted).isEmpty();
  }

  @Test
  void aBodyThatAFilterHasDrainedIsAskedForAgainAndTheLogSaysWhy() {
    try (LogCapture log = LogCapture.info()) {
      WebhookRequest request =
          post(InputStream.nullInputStream(), BODY.length, SignatureVerifier.sign(SECRET, BODY));
      assertThat(answer(handler(), request).status()).isEqualTo(503);
      assertThat(log.lines()).anyMatch(line -> line.contains("a filter before the endpoint"));
    }
  }

  @Test
  void aBodyThatCannotBeReadIsAskedForAgain() {
    InputStream broken =
        new SequenceInputStream(
            new ByteArrayInputStream(BODY, 0, 10),
            new InputStream() {
              @Override
              public int read() throws IOException {
                throw new IOException("connection reset");
              }

              @Override
              public int read(byte[] buffer, int offset, int length) throws IOException {
                return read();
              }
            });
    assertThat(
            answer(handler(), post(broken, BODY.length, SignatureVerifier.sign(SECRET, BODY)))
                .status())
        .isEqualTo(503);
    assertThat(inbox.accepted).isEmpty();
  }

  @Test
  void aBodyThatComesInDripsIsPutTogether() {
    InputStream drips =
        new InputStream() {
          private int at;

          @Override
          public int read() {
            return at < BODY.length ? BODY[at++] & 0xff : -1;
          }

          @Override
          public int read(byte[] buffer, int offset, int length) {
            int next = read();
            if (next < 0) {
              return -1;
            }
            buffer[offset] = (byte) next;
            return 1;
          }
        };
    assertThat(
            answer(handler(), post(drips, BODY.length, SignatureVerifier.sign(SECRET, BODY)))
                .status())
        .isEqualTo(200);
    assertThat(inbox.accepted.get(0).open()).hasBinaryContent(BODY);
  }

  // ---- the signature

  @Test
  void nylasOwnSignedVectorIsStoredByteByByte() {
    WebhookHandler handler =
        opened(
            WebhookHandler.builder()
                .webhookSecret(Samples.SIGNED_SECRET)
                .inbox(inbox)
                .acceptOnly()
                .clock(clock)
                .build());
    byte[] body = Samples.bytes(Samples.SIGNED);
    assertThat(answer(handler, post(body, Samples.SIGNED_SIGNATURE)).status()).isEqualTo(200);
    Delivery delivery = inbox.accepted.get(0);
    assertThat(delivery.id()).isEqualTo("Kkx2QQB7TWjWM3KXRQQn562394");
    assertThat(delivery.type()).isEqualTo("grant.deleted");
    assertThat(delivery.gzip()).isFalse();
    assertThat(delivery.receivedAt()).isEqualTo(clock.instant());
    assertThat(delivery.open()).hasBinaryContent(body);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x-nylas-signature",
        "X-NYLAS-SIGNATURE",
        "X-Nylas-Signature",
        "x-NYLAS-sIgNaTuRe"
      })
  void theHeadersNameHasNoCase(String name) {
    WebhookRequest request =
        new WebhookRequest(
            "POST",
            null,
            Map.of(name, List.of(SignatureVerifier.sign(SECRET, BODY))),
            new ByteArrayInputStream(BODY),
            BODY.length);
    assertThat(answer(handler(), request).status()).isEqualTo(200);
  }

  @Test
  void headersOfTheSameNameInSeveralCasesCountTogether() {
    WebhookRequest request =
        new WebhookRequest(
            "POST",
            null,
            Map.of(
                "x-nylas-signature",
                List.of(SignatureVerifier.sign(SECRET, BODY)),
                "X-Nylas-Signature",
                List.of("0".repeat(64))),
            new ByteArrayInputStream(BODY),
            BODY.length);
    assertThat(answer(handler(), request).status()).isEqualTo(401);
  }

  @Test
  void whatIsNotSignedIsRefusedWithoutADetailAndNotStored() {
    WebhookHandler handler = handler();
    String right = SignatureVerifier.sign(SECRET, BODY);
    for (WebhookRequest request :
        List.of(
            post(BODY),
            post(BODY, ""),
            post(BODY, "nonsense"),
            post(BODY, "sha256=" + right),
            post(BODY, "0".repeat(64)),
            post(BODY, right, "0".repeat(64)),
            post(new byte[0], right),
            post(BODY, SignatureVerifier.sign("another", BODY)),
            post(BODY, SignatureVerifier.sign(SignatureVerifier.MOCK_SECRET, BODY)))) {
      WebhookResponse response = answer(handler, request);
      assertThat(response.status()).isEqualTo(401);
      assertThat(response.body()).isEqualTo("Unauthorized");
    }
    assertThat(inbox.accepted).isEmpty();
  }

  @Test
  void theLogNamesWhatWasWrongWithASignature() {
    try (LogCapture log = LogCapture.info()) {
      WebhookHandler handler = handler();
      answer(handler, post(BODY));
      answer(handler, post(BODY, "nonsense"));
      answer(handler, post(BODY, "0".repeat(64)));
      answer(handler, post(BODY, SignatureVerifier.sign(SignatureVerifier.MOCK_SECRET, BODY)));
      assertThat(log.lines())
          .anyMatch(line -> line.contains("no signature"))
          .anyMatch(line -> line.contains("64 hexadecimal digits"))
          .anyMatch(line -> line.contains("a wrong signature"))
          .anyMatch(line -> line.contains("mock-webhook-secret"));
    }
  }

  @Test
  void theLogNamesABodyThatWasInflatedOnItsWay() {
    try (LogCapture log = LogCapture.info()) {
      WebhookRequest request =
          new WebhookRequest(
              "POST",
              null,
              Map.of(
                  "X-Nylas-Signature",
                  List.of(SignatureVerifier.sign(SECRET, Samples.gzip(BODY))),
                  "Content-Encoding",
                  List.of("GZIP")),
              new ByteArrayInputStream(BODY),
              BODY.length);
      assertThat(answer(handler(), request).status()).isEqualTo(401);
      assertThat(log.lines()).anyMatch(line -> line.contains("inflated on its way"));
    }
  }

  @Test
  void noSecretNoSignatureAndNothingOfABodyIsLogged() {
    try (LogCapture log = LogCapture.info()) {
      WebhookHandler handler = handler();
      byte[] body = Samples.notification("n", "a.b", "{\"subject\":\"Private subject\"}");
      String right = SignatureVerifier.sign(SECRET, body);
      String wrong = "0123456789abcdef".repeat(4);
      for (WebhookRequest request :
          List.of(
              signed(body),
              signed(body),
              signed("Private garbage".getBytes(UTF_8)),
              post(body),
              post(body, "Private nonsense"),
              post(body, wrong),
              post(body, right, wrong),
              post(body, SignatureVerifier.sign(SignatureVerifier.MOCK_SECRET, body)),
              post(new ByteArrayInputStream(body), body.length + 1, right),
              request("GET", "challenge=Private"),
              request("GET", "challenge=Private%00"))) {
        answer(handler, request);
      }
      inbox.unavailable = true;
      answer(handler, signed(body));
      assertThat(log.lines()).hasSizeGreaterThan(5);
      assertThat(log.lines())
          .noneMatch(line -> line.contains("Private"))
          .noneMatch(line -> line.contains(SECRET))
          .noneMatch(line -> line.contains(right))
          .noneMatch(line -> line.contains(wrong));
    }
  }

  @Test
  void aFloodOfRefusalsFillsNoLog() {
    try (LogCapture log = LogCapture.info()) {
      WebhookHandler handler = handler();
      for (int i = 0; i < 1000; i++) {
        answer(handler, post(BODY, "0".repeat(64)));
      }
      assertThat(log.lines()).hasSizeLessThan(10);
    }
  }

  @Test
  void bothSecretsOfARotationAreAccepted() {
    WebhookHandler handler = opened(accepting().webhookSecret("the new one").build());
    assertThat(answer(handler, signed(BODY)).status()).isEqualTo(200);
    assertThat(answer(handler, post(BODY, SignatureVerifier.sign("the new one", BODY))).status())
        .isEqualTo(200);
  }

  @Test
  void aRotatedSecretIsKnownWithoutARestart() {
    AtomicReference<List<String>> secrets = new AtomicReference<>(List.of("old"));
    WebhookHandler handler =
        opened(
            WebhookHandler.builder()
                .webhookSecrets(secrets::get)
                .inbox(inbox)
                .acceptOnly()
                .build());
    assertThat(answer(handler, signed(BODY)).status()).isEqualTo(401);
    secrets.set(List.of("old", SECRET));
    assertThat(answer(handler, signed(BODY)).status()).isEqualTo(200);
  }

  @Test
  void aSecretSourceThatFailsOrIsEmptyIsNoVerdict() {
    for (io.github.nylaswebhook.signature.SecretSource source :
        List.<io.github.nylaswebhook.signature.SecretSource>of(
            () -> {
              throw new IllegalStateException("the vault is sealed");
            },
            List::of,
            () -> List.of(" "),
            () -> {
              throw new StackOverflowError();
            })) {
      WebhookHandler handler =
          opened(WebhookHandler.builder().webhookSecrets(source).inbox(inbox).acceptOnly().build());
      assertThat(answer(handler, signed(BODY)).status()).isEqualTo(503);
    }
    assertThat(inbox.accepted).isEmpty();
  }

  @Test
  void whileARotationIsAnnouncedAnUnknownSignatureIsAskedForAgain() {
    WebhookHandler handler = handler();
    WebhookRequest unknown = post(BODY, SignatureVerifier.sign("the new one", BODY));
    assertThat(answer(handler, unknown).status()).isEqualTo(401);

    handler.rotation(clock.instant().plusSeconds(60));
    clock.advance(Duration.ofSeconds(59));
    assertThat(answer(handler, post(BODY, SignatureVerifier.sign("the new one", BODY))).status())
        .isEqualTo(503);
    assertThat(answer(handler, post(BODY)).status()).isEqualTo(401);
    assertThat(answer(handler, post(BODY, "nonsense")).status()).isEqualTo(401);
    assertThat(answer(handler, signed(BODY)).status()).isEqualTo(200);

    clock.advance(Duration.ofSeconds(1));
    assertThat(answer(handler, post(BODY, SignatureVerifier.sign("the new one", BODY))).status())
        .isEqualTo(401);
  }

  @Test
  void aRotationCanBeAnnouncedFromTheStart() {
    WebhookHandler handler = opened(accepting().rotation(clock.instant().plusSeconds(60)).build());
    assertThat(answer(handler, post(BODY, "0".repeat(64))).status()).isEqualTo(503);
  }

  // ---- the encoding and the envelope

  @Test
  void aCompressedBodyIsVerifiedAsItTravelsAndKeptSo() {
    byte[] compressed = Samples.gzip(BODY);
    assertThat(answer(handler(), signed(compressed)).status()).isEqualTo(200);
    Delivery delivery = inbox.accepted.get(0);
    assertThat(delivery.gzip()).isTrue();
    assertThat(delivery.id()).isEqualTo("<WEBHOOK_ID>");
    assertThat(delivery.type()).isEqualTo("message.created");
    assertThat(delivery.open()).hasBinaryContent(compressed);
  }

  @Test
  void aSignatureOverTheInflatedBytesOfACompressedBodyIsRefused() {
    assertThat(
            answer(handler(), post(Samples.gzip(BODY), SignatureVerifier.sign(SECRET, BODY)))
                .status())
        .isEqualTo(401);
  }

  @Test
  void nothingIsInflatedOrParsedBeforeItIsVerified() {
    byte[] bomb = Samples.gzip(new byte[64 << 20]);
    byte[] garbage = "{".getBytes(UTF_8);
    WebhookHandler handler = handler();
    assertThat(answer(handler, post(bomb, "0".repeat(64))).status()).isEqualTo(401);
    assertThat(answer(handler, post(garbage, "0".repeat(64))).status()).isEqualTo(401);
    assertThat(inbox.accepted).isEmpty();
  }

  /** Two GiB of blanks in a body that isn't refused for its size: a gzip file has many members. */
  private static byte[] hugeBomb() {
    byte[] member = Samples.gzip(" ".repeat(1 << 20).getBytes(UTF_8));
    byte[] bomb =
        new byte[member.length * Math.min(2048, WebhookHandler.MAX_BODY_BYTES / member.length)];
    for (int i = 0; i < bomb.length; i += member.length) {
      System.arraycopy(member, 0, bomb, i, member.length);
    }
    return bomb;
  }

  @Test
  void aForgedBombCostsNoInflating() {
    WebhookHandler handler = opened(accepting().maxInflatedBytes(Long.MAX_VALUE).build());
    byte[] bomb = hugeBomb();
    long start = System.nanoTime();
    for (WebhookRequest request :
        List.of(post(bomb), post(bomb, "nonsense"), post(bomb, "0".repeat(64)))) {
      assertThat(answer(handler, request).status()).isEqualTo(401);
    }
    // Three digests of two megabytes are milliseconds; six gigabytes to inflate are not.
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
  }

  @Test
  void whatHasNoIdIsKnownByItsBytes() {
    byte[] body = "{\"type\":\"a.b\"}".getBytes(UTF_8);
    assertThat(answer(handler(), signed(body)).status()).isEqualTo(200);
    assertThat(inbox.accepted.get(0).id()).isEqualTo(Digests.sha256Hex(body));
    assertThat(inbox.accepted.get(0).type()).isEqualTo("a.b");
  }

  @Test
  void anIdThatIsTooLongForAStoreIsKnownByItsDigest() {
    String longest = "i".repeat(998);
    answer(handler(), signed(Samples.notification(longest, "a.b", "{}")));
    answer(handler(), signed(Samples.notification(longest + "i", "a.b", "{}")));
    assertThat(inbox.accepted)
        .extracting(Delivery::id)
        .containsExactly(longest, Digests.sha256Hex((longest + "i").getBytes(UTF_8)));
  }

  @Test
  void anUnknownTypeAndADuplicateAreStored() {
    WebhookHandler handler = handler();
    byte[] body = Samples.notification("n", "holodeck.engaged", "{}");
    assertThat(answer(handler, signed(body)).status()).isEqualTo(200);
    assertThat(answer(handler, signed(body)).status()).isEqualTo(200);
    assertThat(answer(handler, signed(body)).body()).isEmpty();
  }

  // ---- the inbox

  @Test
  void aFullInboxIsAskedAgainLater() {
    inbox.unavailable = true;
    WebhookHandler handler = handler();
    assertThat(answer(handler, signed(BODY)).status()).isEqualTo(503);
    inbox.unavailable = false;
    assertThat(answer(handler, signed(BODY)).status()).isEqualTo(200);
  }

  @Test
  void anInboxThatFailsIsAskedAgainLater() {
    inbox.failure = new IllegalStateException("the disk is gone");
    assertThat(answer(handler(), signed(BODY)).status()).isEqualTo(503);
  }

  @Test
  void aRealInboxThatIsFullAnswers503() {
    InMemoryInbox one = InMemoryInbox.builder().capacity(1).build();
    opened.add(one);
    WebhookHandler handler =
        opened(WebhookHandler.builder().webhookSecret(SECRET).inbox(one).acceptOnly().build());
    assertThat(answer(handler, signed(Samples.notification("1", "a.b", "{}"))).status())
        .isEqualTo(200);
    assertThat(answer(handler, signed(Samples.notification("2", "a.b", "{}"))).status())
        .isEqualTo(503);
    assertThat(answer(handler, signed(Samples.notification("1", "a.b", "{}"))).status())
        .isEqualTo(200);
  }

  @Test
  void theSignatureIsCheckedBeforeTheInbox() {
    inbox.unavailable = true;
    assertThat(answer(handler(), post(BODY, "0".repeat(64))).status()).isEqualTo(401);
  }

  @Test
  void aClosedHandlerStoresNothingAndSaysSo() {
    WebhookHandler handler = handler();
    assertThat(handler.health()).isEqualTo(new Health(true, List.of()));
    assertThat(handler.health().isUp()).isTrue();
    handler.close();
    assertThat(answer(handler, signed(BODY)).status()).isEqualTo(503);
    assertThat(inbox.accepted).isEmpty();
    assertThat(handler.health().isUp()).isFalse();
    assertThat(handler.health().accepting()).isFalse();
  }

  @Test
  void whoOnlyAcceptsNeedsAnInboxThatSomebodyElseProcesses() {
    assertThatThrownBy(() -> WebhookHandler.builder().webhookSecret(SECRET).acceptOnly().build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(".inbox(");
  }

  @Test
  void aHandlerClosesOnlyWhatItBuilt() {
    handler().close();
    assertThat(inbox.closed).isFalse();

    WebhookHandler own =
        opened(
            WebhookHandler.builder()
                .webhookSecret(SECRET)
                .messageFetcher(ref -> Message.builder(ref.grantId(), ref.messageId()).build())
                .ticketRouter(ticket -> TicketRef.of("desk", "1"))
                .build());
    own.close();
    assertThatThrownBy(
            () -> own.inbox().accept(new Delivery("d", "", false, clock.instant(), BODY)))
        .isInstanceOf(InboxUnavailableException.class);
  }

  /** Counts its starts, and keeps what it is given until then. */
  private static final class StartedInbox implements Inbox {
    private final InMemoryInbox inbox = InMemoryInbox.builder().build();
    private final AtomicInteger starts = new AtomicInteger();

    @Override
    public Receipt accept(Delivery delivery) throws InboxUnavailableException {
      return inbox.accept(delivery);
    }

    @Override
    public void start(DeliveryProcessor processor) {
      starts.incrementAndGet();
      inbox.start(processor);
    }

    @Override
    public InboxStatistics statistics() {
      return inbox.statistics();
    }

    @Override
    public DeadLetters deadLetters() {
      return inbox.deadLetters();
    }

    @Override
    public void close() {
      inbox.close();
    }
  }

  private WebhookHandler.Builder startedLater(StartedInbox inbox, List<String> routed) {
    return WebhookHandler.builder()
        .webhookSecret(SECRET)
        .inbox(inbox)
        .autoStart(false)
        .messageFetcher(
            ref ->
                Message.builder(ref.grantId(), ref.messageId())
                    .headers(List.of())
                    .date(Instant.now())
                    .build())
        .ticketRouter(
            ticket -> {
              synchronized (routed) {
                routed.add(ticket.messageId());
              }
              return TicketRef.of("desk", "1");
            });
  }

  @Test
  void whatComesBeforeTheStartWaitsForIt() throws Exception {
    List<String> routed = new ArrayList<>();
    StartedInbox own = new StartedInbox();
    opened.add(own);
    WebhookHandler handler = opened(startedLater(own, routed).build());

    assertThat(answer(handler, signed(BODY)).status()).isEqualTo(200);
    assertThat(own.starts).hasValue(0);
    assertThat(own.statistics().waiting()).isEqualTo(1);
    assertThat(routed).isEmpty();

    handler.start();
    await().until(() -> own.statistics().waiting() == 0);
    assertThat(own.deadLetters().list("", 10).letters()).isEmpty();
    assertThat(routed).hasSize(1);
  }

  @Test
  void itStartsOnceHoweverManyAsk() throws Exception {
    StartedInbox own = new StartedInbox();
    opened.add(own);
    WebhookHandler handler = opened(startedLater(own, new ArrayList<>()).build());
    List<Thread> threads = new ArrayList<>();
    CountDownLatch ready = new CountDownLatch(8);
    for (int i = 0; i < 8; i++) {
      Thread thread =
          new Thread(
              () -> {
                ready.countDown();
                handler.start();
              });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(own.starts).hasValue(1);
  }

  @Test
  void whatIsClosedBeforeItStartsNeverDoes() {
    StartedInbox own = new StartedInbox();
    opened.add(own);
    WebhookHandler handler = opened(startedLater(own, new ArrayList<>()).build());
    handler.close();
    handler.start();
    assertThat(own.starts).hasValue(0);
    assertThat(answer(handler, signed(BODY)).status()).isEqualTo(503);
    // Its start has no effect on one that only accepts: its inbox would fail.
    handler().start();
  }

  @Test
  void observersAreToldAndWhatTheyThrowChangesNothing() {
    List<String> told = new ArrayList<>();
    WebhookHandler handler =
        opened(
            accepting()
                .observer(
                    new PipelineObserver() {
                      @Override
                      public void accepted(Delivery delivery, Duration took) {
                        throw new IllegalStateException("no metrics today");
                      }

                      @Override
                      public void refused(int status, String reason, Duration took) {
                        throw new AssertionError("nor now");
                      }
                    })
                .observer(
                    new PipelineObserver() {
                      @Override
                      public void accepted(Delivery delivery, Duration took) {
                        told.add("accepted " + delivery.id());
                      }

                      @Override
                      public void duplicate(Delivery delivery, Duration took) {
                        told.add("duplicate " + delivery.id());
                      }

                      @Override
                      public void refused(int status, String reason, Duration took) {
                        told.add("refused " + status);
                      }
                    })
                .build());
    assertThat(answer(handler, signed(BODY)).status()).isEqualTo(200);
    assertThat(answer(handler, signed(BODY)).status()).isEqualTo(200);
    assertThat(answer(handler, post(BODY)).status()).isEqualTo(401);
    assertThat(told)
        .containsExactly("accepted <WEBHOOK_ID>", "duplicate <WEBHOOK_ID>", "refused 401");
  }

  // ---- what is signed is never dropped

  private WebhookHandler processing() {
    return opened(
        WebhookHandler.builder()
            .webhookSecret(SECRET)
            .messageFetcher(
                ref -> Message.builder(ref.grantId(), ref.messageId()).from("c@x.example").build())
            .ticketRouter(ticket -> TicketRef.of("desk", "1"))
            .maxInflatedBytes(1 << 20)
            .build());
  }

  private static DeadLetter deadLetter(WebhookHandler handler) {
    return await()
        .until(
            () -> handler.inbox().deadLetters().list("", 10).letters(),
            letters -> !letters.isEmpty())
        .get(0);
  }

  @Test
  void aSignedBombIsAcknowledgedAndKeptAsItCame() {
    byte[] bomb = Samples.gzip(" ".repeat(2 << 20).getBytes(UTF_8));
    WebhookHandler handler = processing();
    assertThat(answer(handler, signed(bomb)).status()).isEqualTo(200);
    DeadLetter letter = deadLetter(handler);
    assertThat(letter.delivery().open()).hasBinaryContent(bomb);
    assertThat(letter.delivery().id()).isEqualTo(Digests.sha256Hex(bomb));
    assertThat(letter.why()).contains("cap");
  }

  @Test
  void aSignedBombBehindAReadableHeadIsAcknowledgedAndKeptAsItCame() {
    byte[] bomb = Samples.gzip(Samples.notification("n", "a.b", "\"" + "x".repeat(2 << 20) + "\""));
    WebhookHandler handler = processing();
    assertThat(answer(handler, signed(bomb)).status()).isEqualTo(200);
    DeadLetter letter = deadLetter(handler);
    assertThat(letter.delivery().id()).isEqualTo("n");
    assertThat(letter.delivery().open()).hasBinaryContent(bomb);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage",
        "[]",
        "{",
        "{\"id\":\"n\"}",
        "{\"id\":\"n\",\"type\":\"a.b\",\"data\":"
      })
  void signedGarbageIsAcknowledgedAndKeptAsItCame(String garbage) {
    byte[] body = garbage.getBytes(UTF_8);
    WebhookHandler handler = processing();
    assertThat(answer(handler, signed(body)).status()).isEqualTo(200);
    assertThat(deadLetter(handler).delivery().open()).hasBinaryContent(body);
  }

  @Test
  void aBrokenGzipIsAcknowledgedAndKeptAsItCame() {
    byte[] body = Arrays.copyOf(Samples.gzip(BODY), 40);
    WebhookHandler handler = processing();
    assertThat(answer(handler, signed(body)).status()).isEqualTo(200);
    assertThat(deadLetter(handler).delivery().open()).hasBinaryContent(body);
  }

  @Test
  void anEmptySignedBodyIsAcknowledgedAndKept() {
    WebhookHandler handler = processing();
    assertThat(answer(handler, signed(new byte[0])).status()).isEqualTo(200);
    assertThat(deadLetter(handler).delivery().size()).isZero();
  }

  // ---- the whole way

  @Test
  void aSignedMessageBecomesATicket() {
    AtomicInteger tickets = new AtomicInteger();
    AtomicBoolean listened = new AtomicBoolean();
    WebhookHandler handler =
        opened(
            WebhookHandler.builder()
                .webhookSecret(SECRET)
                .messageFetcher(
                    ref ->
                        Message.builder(ref.grantId(), ref.messageId())
                            .from("c@x.example")
                            .subject("Hello")
                            .build())
                .ticketRouter(
                    ticket -> {
                      tickets.incrementAndGet();
                      return TicketRef.of("desk", "1");
                    })
                .on(TriggerType.MESSAGE_CREATED, n -> listened.set(true))
                .build());
    assertThat(answer(handler, signed(Samples.gzip(BODY))).status()).isEqualTo(200);
    assertThat(answer(handler, signed(BODY)).status()).isEqualTo(200);
    await().until(listened::get);
    handler.close();
    assertThat(tickets).hasValue(1);
  }

  @Test
  void closingLetsWhatIsBeingProcessedFinish() throws Exception {
    CountDownLatch routing = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger routed = new AtomicInteger();
    WebhookHandler handler =
        opened(
            WebhookHandler.builder()
                .webhookSecret(SECRET)
                .messageFetcher(ref -> Message.builder("g", "m").from("c@x.example").build())
                .ticketRouter(
                    ticket -> {
                      routing.countDown();
                      go.await();
                      routed.incrementAndGet();
                      return TicketRef.of("desk", "1");
                    })
                .build());
    answer(handler, signed(BODY));
    assertThat(routing.await(10, TimeUnit.SECONDS)).isTrue();
    Thread closing = new Thread(handler::close);
    closing.start();
    await().until(() -> !handler.health().accepting());
    assertThat(answer(handler, signed(BODY)).status()).isEqualTo(503);
    assertThat(routed).hasValue(0);
    go.countDown();
    closing.join(10_000);
    assertThat(closing.isAlive()).isFalse();
    assertThat(routed).hasValue(1);
  }

  // ---- the builder

  @Test
  void aHandlerWithoutASecretIsNotBuilt() {
    WebhookHandler.Builder none = WebhookHandler.builder().acceptOnly().inbox(inbox);
    assertThatThrownBy(none::build)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("webhookSecret");
    assertThatThrownBy(() -> WebhookHandler.builder().webhookSecret(" "))
        .isInstanceOf(IllegalArgumentException.class);
    WebhookHandler.Builder both = accepting().webhookSecrets(() -> List.of("x"));
    assertThatThrownBy(both::build).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aHandlerThatProcessesButCannotFetchIsNotBuilt() {
    WebhookHandler.Builder builder = WebhookHandler.builder().webhookSecret(SECRET);
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("fetch");
  }

  @Test
  void theBoundOfBodiesHasToBePossible() {
    assertThatThrownBy(() -> WebhookHandler.builder().maxBodyBytes(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> WebhookHandler.builder().maxBodyBytes(Integer.MAX_VALUE))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
