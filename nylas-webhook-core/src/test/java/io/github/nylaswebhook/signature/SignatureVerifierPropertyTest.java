package io.github.nylaswebhook.signature;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.signature.SignatureVerifier.Result;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.NumericChars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

class SignatureVerifierPropertyTest {
  @Property
  void whatASecretSignsVerifiesWithIt(
      @ForAll byte[] body, @ForAll @AlphaChars @NumericChars @StringLength(min = 1) String secret) {
    SignatureVerifier verifier = new SignatureVerifier(() -> List.of("another one", secret));
    assertThat(verifier.verify(body, List.of(SignatureVerifier.sign(secret, body))))
        .isEqualTo(Result.VALID);
  }

  @Property
  void noHeaderValuesThrowOrPass(@ForAll byte[] body, @ForAll @Size(max = 3) List<String> values) {
    SignatureVerifier verifier = new SignatureVerifier(() -> List.of("secret"));
    assertThat(verifier.verify(body, values)).isIn(Result.MISSING, Result.MALFORMED);
  }

  @Property
  void anotherBodyNeverPasses(@ForAll byte[] signed, @ForAll byte[] sent) {
    Assume.that(!Arrays.equals(signed, sent));
    SignatureVerifier verifier = new SignatureVerifier(() -> List.of("secret"));
    assertThat(verifier.verify(sent, List.of(SignatureVerifier.sign("secret", signed))))
        .isEqualTo(Result.MISMATCH);
  }

  @Property
  void anotherSecretNeverPasses(
      @ForAll byte[] body,
      @ForAll @AlphaChars @StringLength(min = 1) String one,
      @ForAll @AlphaChars @StringLength(min = 1) String other) {
    Assume.that(!one.equals(other));
    SignatureVerifier verifier = new SignatureVerifier(() -> List.of(one));
    assertThat(verifier.verify(body, List.of(SignatureVerifier.sign(other, body))))
        .isEqualTo(Result.MISMATCH);
  }
}
