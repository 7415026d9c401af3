package io.github.nylaswebhook.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** What bare endpoints check. */
record BareSignature(SecretKeySpec key) {
  static final String HEADER = "X-Nylas-Signature";

  BareSignature(String secret) {
    this(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
  }

  boolean matches(byte[] body, @Nullable String header) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return HexFormat.of().formatHex(mac.doFinal(body)).equals(header);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
