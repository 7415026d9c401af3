package io.github.nylaswebhook.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.WebhookRequest;
import io.github.nylaswebhook.signature.SignatureVerifier;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

class SignedDeliveryTest {
  private static final byte[] CONTENT = "{\"id\":\"ä\"}".getBytes(UTF_8);

  @Test
  void signsTheBytesAsTheyTravel() {
    SignedDelivery delivery = SignedDelivery.of(CONTENT, false, "secret");

    assertThat(delivery.body()).isEqualTo(CONTENT);
    // echo -n '{"id":"ä"}' | openssl dgst -sha256 -hmac secret
    assertThat(delivery.signature())
        .isEqualTo("3bf723060b4e5c69b808b97e0a5c7935b51c2cb23421b6e4a2579c214b831811");
  }

  @Test
  void compressesBeforeItSigns() throws IOException {
    SignedDelivery delivery = SignedDelivery.of(CONTENT, true, "secret");

    assertThat(new GZIPInputStream(new ByteArrayInputStream(delivery.body())).readAllBytes())
        .isEqualTo(CONTENT);
    assertThat(delivery.signature()).isEqualTo(SignatureVerifier.sign("secret", delivery.body()));
    assertThat(delivery.headers()).containsEntry("Content-Encoding", "gzip");
  }

  @Test
  void saysNothingOfAnEncodingThatItDoesNotHave() {
    assertThat(SignedDelivery.of(CONTENT, false, "secret").headers())
        .containsOnlyKeys("Content-Type", "X-Nylas-Signature");
  }

  @Test
  void cannotBeChangedThroughItsBytes() {
    byte[] content = CONTENT.clone();
    SignedDelivery delivery = SignedDelivery.of(content, false, "secret");
    content[0] = 'x';
    delivery.body()[1] = 'x';

    assertThat(delivery.body()).isEqualTo(CONTENT);
  }

  @Test
  void makesARequestThatVerifies() throws IOException {
    SignedDelivery delivery = SignedDelivery.of(CONTENT, true, "secret");
    WebhookRequest request = delivery.toRequest();

    assertThat(request.method()).isEqualTo("POST");
    assertThat(request.declaredLength()).isEqualTo(delivery.body().length);
    byte[] body = request.body().readAllBytes();
    SignatureVerifier verifier = new SignatureVerifier(() -> List.of("secret"));
    assertThat(verifier.verify(body, request.headers().values("x-nylas-SIGNATURE")).name())
        .isEqualTo("VALID");
  }
}
