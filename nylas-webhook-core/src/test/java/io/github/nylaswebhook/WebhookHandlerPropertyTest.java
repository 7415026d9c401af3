package io.github.nylaswebhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.signature.SignatureVerifier;
import java.io.ByteArrayInputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.WithNull;
import net.jqwik.api.lifecycle.AfterContainer;

class WebhookHandlerPropertyTest {
  private static final String SECRET = "a secret";
  private static final InMemoryInbox INBOX = InMemoryInbox.builder().build();
  private static final WebhookHandler HANDLER =
      WebhookHandler.builder().webhookSecret(SECRET).inbox(INBOX).acceptOnly().build();

  @AfterContainer
  static void close() {
    HANDLER.close();
    INBOX.close();
  }

  @Provide
  Arbitrary<String> methods() {
    return Arbitraries.oneOf(Arbitraries.of("GET", "POST", "HEAD"), Arbitraries.strings());
  }

  @Provide
  Arbitrary<String> queries() {
    return Arbitraries.oneOf(
        Arbitraries.strings(),
        Arbitraries.strings().map(value -> "challenge=" + value),
        Arbitraries.strings().withChars("%&=+0fchalenge").map(value -> "challenge=%" + value));
  }

  @Provide
  Arbitrary<String> signatures() {
    return Arbitraries.oneOf(
        Arbitraries.strings(),
        Arbitraries.strings().withChars("0123456789abcdefABCDEF").ofLength(64),
        Arbitraries.strings().withChars("0123456789abcdefg").ofMinLength(62).ofMaxLength(66));
  }

  private static WebhookResponse checked(WebhookRequest request) {
    WebhookResponse response = HANDLER.handle(request);
    assertThat(response.status()).isIn(200, 400, 401, 405, 413, 503);
    assertThat(response.headers())
        .containsEntry("Content-Length", Integer.toString(response.bodyBytes().length));
    return response;
  }

  @Property(edgeCases = net.jqwik.api.EdgeCasesMode.MIXIN)
  void noRequestThrowsOrIsAnswered500OrPassesUnsigned(
      @ForAll("methods") String method,
      @ForAll("queries") @WithNull String query,
      @ForAll @Size(max = 2) List<@net.jqwik.api.From("signatures") String> signatures,
      @ForAll Map<String, List<String>> headers,
      @ForAll byte[] body,
      @ForAll long declared) {
    headers.put("x-nylas-signature", signatures);
    WebhookResponse response =
        checked(
            new WebhookRequest(method, query, headers, new ByteArrayInputStream(body), declared));
    if (method.equals("POST")) {
      assertThat(response.status()).isIn(401, 413, 503);
    }
  }

  @Property
  void aForgedSignatureIsRefused(
      @ForAll byte[] body,
      @ForAll @Size(max = 2) List<@net.jqwik.api.From("signatures") String> signatures) {
    assertThat(
            checked(
                    new WebhookRequest(
                        "POST",
                        null,
                        Map.of("X-Nylas-Signature", signatures),
                        new ByteArrayInputStream(body),
                        body.length))
                .status())
        .isEqualTo(401);
  }

  @Property
  void aSignatureForOtherBytesIsRefused(@ForAll byte[] signed, @ForAll byte[] sent) {
    if (!Arrays.equals(signed, sent)) {
      assertThat(post(sent, SignatureVerifier.sign(SECRET, signed)).status()).isEqualTo(401);
    }
  }

  @Property
  void whateverIsSignedIsStored(@ForAll byte[] body) {
    assertThat(post(body, SignatureVerifier.sign(SECRET, body)).status()).isEqualTo(200);
  }

  @Property
  void whateverIsCompressedAndSignedIsStored(@ForAll byte[] body, @ForAll short cut) {
    byte[] compressed = Samples.gzip(body);
    byte[] broken = Arrays.copyOf(compressed, Math.floorMod(cut, compressed.length + 1));
    assertThat(post(compressed, SignatureVerifier.sign(SECRET, compressed)).status())
        .isEqualTo(200);
    assertThat(post(broken, SignatureVerifier.sign(SECRET, broken)).status()).isEqualTo(200);
  }

  private static WebhookResponse post(byte[] body, String signature) {
    return checked(
        new WebhookRequest(
            "POST",
            null,
            Map.of("X-Nylas-Signature", List.of(signature)),
            new ByteArrayInputStream(body),
            body.length));
  }
}
