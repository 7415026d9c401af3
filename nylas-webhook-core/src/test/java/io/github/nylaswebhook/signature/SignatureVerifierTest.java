package io.github.nylaswebhook.signature;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.nylaswebhook.Samples;
import io.github.nylaswebhook.signature.SignatureVerifier.Result;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignatureVerifierTest {
  private static final byte[] BODY = Samples.bytes(Samples.SIGNED);
  private static final String SIGNATURE = Samples.SIGNED_SIGNATURE;
  private static final String SECRET = Samples.SIGNED_SECRET;

  private final SignatureVerifier verifier = new SignatureVerifier(() -> List.of(SECRET));

  private Result verify(String... values) {
    return verifier.verify(BODY, List.of(values));
  }

  @Test
  void nylasOwnVectorVerifies() {
    assertThat(verify(SIGNATURE)).isEqualTo(Result.VALID);
    assertThat(SignatureVerifier.sign(SECRET, BODY)).isEqualTo(SIGNATURE);
  }

  @Test
  void nylasOwnInvalidVectorDoesNotVerify() {
    assertThat(verify("a4534f7e68dcd54f0621f7539ddd5a0d14a9a46ace9b68a4cfd9c99b4b6b89ca"))
        .isEqualTo(Result.MISMATCH);
  }

  @Test
  void noBodyWithOneBitChangedVerifies() {
    for (int bit = 0; bit < BODY.length * 8; bit++) {
      byte[] changed = BODY.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(verifier.verify(changed, List.of(SIGNATURE))).isEqualTo(Result.MISMATCH);
    }
  }

  @Test
  void noBodyThatIsLongerOrShorterVerifies() {
    assertThat(verifier.verify(Arrays.copyOf(BODY, BODY.length + 1), List.of(SIGNATURE)))
        .isEqualTo(Result.MISMATCH);
    assertThat(verifier.verify(BODY, BODY.length - 1, List.of(SIGNATURE)))
        .isEqualTo(Result.MISMATCH);
    assertThat(
            verifier.verify(Arrays.copyOf(BODY, BODY.length + 1), BODY.length, List.of(SIGNATURE)))
        .isEqualTo(Result.VALID);
  }

  @Test
  void noSignatureWithOneBitChangedVerifies() {
    byte[] digest = HexFormat.of().parseHex(SIGNATURE);
    for (int bit = 0; bit < digest.length * 8; bit++) {
      byte[] changed = digest.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(verify(HexFormat.of().formatHex(changed))).isEqualTo(Result.MISMATCH);
    }
  }

  @Test
  void noSecretWithOneBitChangedVerifies() {
    for (int bit = 0; bit < SECRET.length() * 7; bit++) {
      char[] chars = SECRET.toCharArray();
      chars[bit / 7] ^= (char) (1 << bit % 7);
      String changed = new String(chars);
      assertThat(new SignatureVerifier(() -> List.of(changed)).verify(BODY, List.of(SIGNATURE)))
          .isEqualTo(Result.MISMATCH);
    }
  }

  @Test
  void anyOfSeveralSecretsVerifies() {
    assertThat(
            new SignatureVerifier(() -> List.of("new", "other", SECRET))
                .verify(BODY, List.of(SIGNATURE)))
        .isEqualTo(Result.VALID);
    assertThat(new SignatureVerifier(() -> List.of(SECRET, "new")).verify(BODY, List.of(SIGNATURE)))
        .isEqualTo(Result.VALID);
    assertThat(
            new SignatureVerifier(() -> List.of("new", "other")).verify(BODY, List.of(SIGNATURE)))
        .isEqualTo(Result.MISMATCH);
  }

  @Test
  void theSourceIsAskedAtEveryDelivery() {
    AtomicReference<List<String>> secrets = new AtomicReference<>(List.of("old"));
    SignatureVerifier rotating = new SignatureVerifier(secrets::get);
    assertThat(rotating.verify(BODY, List.of(SIGNATURE))).isEqualTo(Result.MISMATCH);
    secrets.set(List.of("old", SECRET));
    assertThat(rotating.verify(BODY, List.of(SIGNATURE))).isEqualTo(Result.VALID);
    secrets.set(List.of("newer"));
    assertThat(rotating.verify(BODY, List.of(SIGNATURE))).isEqualTo(Result.MISMATCH);
  }

  @Test
  void aSourceWithoutASecretIsAFailureAndNoVerdict() {
    SignatureVerifier without = new SignatureVerifier(List::of);
    assertThatThrownBy(() -> without.verify(BODY, List.of(SIGNATURE)))
        .isInstanceOf(IllegalStateException.class);
    SignatureVerifier blank = new SignatureVerifier(() -> List.of("good", "  "));
    assertThatThrownBy(() -> blank.verify(BODY, List.of(SIGNATURE)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aSourceThatRunsOutOfSecretsIsAFailureToo() {
    AtomicReference<List<String>> secrets = new AtomicReference<>(List.of(SECRET));
    SignatureVerifier emptied = new SignatureVerifier(secrets::get);
    assertThat(emptied.verify(BODY, List.of(SIGNATURE))).isEqualTo(Result.VALID);
    secrets.set(List.of());
    assertThatThrownBy(() -> emptied.verify(BODY, List.of(SIGNATURE)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void noHeaderIsMissing() {
    assertThat(verify()).isEqualTo(Result.MISSING);
    assertThat(verify("")).isEqualTo(Result.MISSING);
    assertThat(verify("   ")).isEqualTo(Result.MISSING);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "a4534f7e68dcd54f0621f7539ddd5a0d14a9a46ace9b68a4cfd9c99b4b6b89c",
        "a4534f7e68dcd54f0621f7539ddd5a0d14a9a46ace9b68a4cfd9c99b4b6b89cc0",
        "a4534f7e68dcd54f0621f7539ddd5a0d14a9a46ace9b68a4cfd9c99b4b6b89cc00",
        "sha256=a4534f7e68dcd54f0621f7539ddd5a0d14a9a46ace9b68a4cfd9c99b4b6b89cc",
        "0xa4534f7e68dcd54f0621f7539ddd5a0d14a9a46ace9b68a4cfd9c99b4b6b89",
        "g4534f7e68dcd54f0621f7539ddd5a0d14a9a46ace9b68a4cfd9c99b4b6b89cc",
        "a4534f7e68dcd54f0621f7539ddd5a0 14a9a46ace9b68a4cfd9c99b4b6b89cc",
        "\u0661\u0662534f7e68dcd54f0621f7539ddd5a0d14a9a46ace9b68a4cfd9c99b4b6b89cc",
        "\uff114534f7e68dcd54f0621f7539ddd5a0d14a9a46ace9b68a4cfd9c99b4b6b89cc",
        "a4534f7e68dcd54f0621f7539ddd5a0d14a9a46ace9b68a4cfd9c99b4b6b89cc,"
            + "a4534f7e68dcd54f0621f7539ddd5a0d14a9a46ace9b68a4cfd9c99b4b6b89cc",
        "pFNPfmjc1U8GIfdTnd1aDRSppGrOm2ikz9nJm0tricw="
      })
  void whatIsNot64HexDigitsIsMalformed(String value) {
    assertThat(verify(value)).isEqualTo(Result.MALFORMED);
  }

  @Test
  void aHeaderOfAMegabyteIsMalformed() {
    assertThat(verify("a".repeat(1 << 20))).isEqualTo(Result.MALFORMED);
  }

  @Test
  void caseAndSpaceAroundDoNotMatter() {
    assertThat(verify(SIGNATURE.toUpperCase(Locale.ROOT))).isEqualTo(Result.VALID);
    assertThat(verify("  " + SIGNATURE + "\t")).isEqualTo(Result.VALID);
  }

  @Test
  void theSameValueTwiceIsOne() {
    assertThat(verify(SIGNATURE, SIGNATURE)).isEqualTo(Result.VALID);
    assertThat(verify(SIGNATURE, " " + SIGNATURE.toUpperCase(Locale.ROOT))).isEqualTo(Result.VALID);
  }

  @Test
  void contradictingValuesAreMalformedEvenIfOneIsRight() {
    assertThat(verify(SIGNATURE, "0".repeat(64))).isEqualTo(Result.MALFORMED);
    assertThat(verify("0".repeat(64), SIGNATURE)).isEqualTo(Result.MALFORMED);
    assertThat(verify(SIGNATURE, "")).isEqualTo(Result.MALFORMED);
    assertThat(verify("", SIGNATURE)).isEqualTo(Result.MALFORMED);
  }

  @Test
  void nylasTestEventIsToldApartAndNotAccepted() {
    String mock = SignatureVerifier.sign(SignatureVerifier.MOCK_SECRET, BODY);
    assertThat(verify(mock)).isEqualTo(Result.MOCK);
  }

  @Test
  void aSecretIsItsUtf8Bytes() {
    // HMAC-SHA256 of "x" with the key c3 a4 e2 82 ac, by Python's hmac.
    assertThat(SignatureVerifier.sign("ä€", "x".getBytes(UTF_8)))
        .isEqualTo("86b2276eab7f47a5a19e01387f30362310c1cb2533b58cfbc566ec26e948ab43");
  }
}
