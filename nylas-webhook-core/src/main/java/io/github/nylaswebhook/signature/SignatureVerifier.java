package io.github.nylaswebhook.signature;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Checks the {@code X-Nylas-Signature} header: the hexadecimal HMAC-SHA256 of the exact bytes of
 * the request body, with the webhook secret's UTF-8 bytes as the key. A compressed body is signed
 * as it travels, so it is verified before it is inflated.
 *
 * <p>Safe for use by many threads. Digests are compared in constant time. No header value throws.
 *
 * @see <a href="https://developer.nylas.com/docs/v3/notifications/">Nylas: notifications</a>
 */
public final class SignatureVerifier {
  /** The header that carries the signature; header names have no case. */
  public static final String HEADER = "X-Nylas-Signature";

  /** What Nylas signs its own test event with ({@code POST /v3/webhooks/send-test-event}). */
  public static final String MOCK_SECRET = "mock-webhook-secret";

  private static final int HEX_LENGTH = 64;
  private static final int DIGEST_LENGTH = 32;

  /** What the check found. */
  public enum Result {
    /** One of the secrets signed these bytes. */
    VALID,
    /** There is no signature header. */
    MISSING,
    /** The header isn't 64 hexadecimal digits, or several headers contradict each other. */
    MALFORMED,
    /** A well-formed signature that none of the secrets made. */
    MISMATCH,
    /** Made by {@link #MOCK_SECRET}: Nylas' test event, or somebody who plays it. Not accepted. */
    MOCK
  }

  private final SecretSource source;
  private volatile Keys keys = new Keys(List.of());
  private final Keys mockKeys = new Keys(List.of(MOCK_SECRET));

  public SignatureVerifier(SecretSource source) {
    this.source = source;
  }

  /**
   * Checks the values of all signature headers of a request against its body. The same value twice,
   * as a proxy may send it, counts as one; two different ones are malformed.
   *
   * @throws IllegalStateException if the source gives no secret, or a blank one
   */
  public Result verify(byte[] body, List<String> headerValues) {
    return verify(body, body.length, headerValues);
  }

  /** As {@link #verify(byte[], List)}, of the first {@code length} bytes. */
  public Result verify(byte[] body, int length, List<String> headerValues) {
    if (headerValues.isEmpty()) {
      return Result.MISSING;
    }
    String value = headerValues.get(0).strip();
    for (int i = 1; i < headerValues.size(); i++) {
      if (!headerValues.get(i).strip().equalsIgnoreCase(value)) {
        return Result.MALFORMED;
      }
    }
    byte[] claimed = decode(value);
    if (claimed == null) {
      return value.isEmpty() ? Result.MISSING : Result.MALFORMED;
    }
    if (currentKeys().anySigned(body, length, claimed)) {
      return Result.VALID;
    }
    return mockKeys.anySigned(body, length, claimed) ? Result.MOCK : Result.MISMATCH;
  }

  /** The signature that Nylas would send for these bytes: 64 lower-case hexadecimal digits. */
  public static String sign(String secret, byte[] body) {
    return HexFormat.of().formatHex(new Keys(List.of(secret)).digest(0, body, body.length));
  }

  private Keys currentKeys() {
    List<String> secrets = source.secrets();
    // Looked at each time: the keys to begin with are as empty as a source that isn't ready yet.
    if (secrets.isEmpty()) {
      throw new IllegalStateException("The SecretSource gave no webhook secret");
    }
    Keys current = keys;
    if (!current.secrets.equals(secrets)) {
      current = new Keys(secrets);
      keys = current;
    }
    return current;
  }

  /** Strictly 64 hexadecimal digits of either case; anything else is null. */
  private static byte @Nullable [] decode(String value) {
    if (value.length() != HEX_LENGTH) {
      return null;
    }
    byte[] digest = new byte[DIGEST_LENGTH];
    for (int i = 0; i < DIGEST_LENGTH; i++) {
      char high = value.charAt(2 * i);
      char low = value.charAt(2 * i + 1);
      if (!HexFormat.isHexDigit(high) || !HexFormat.isHexDigit(low)) {
        return null;
      }
      digest[i] = (byte) (HexFormat.fromHexDigit(high) << 4 | HexFormat.fromHexDigit(low));
    }
    return digest;
  }

  /**
   * Keyed MACs to clone: cloning skips the provider look-up and the two blocks of the key schedule.
   */
  private static final class Keys {
    private final List<String> secrets;
    private final Mac[] prototypes;

    Keys(List<String> secrets) {
      this.secrets = List.copyOf(secrets);
      this.prototypes = new Mac[this.secrets.size()];
      for (int i = 0; i < prototypes.length; i++) {
        prototypes[i] = keyed(this.secrets.get(i));
      }
    }

    boolean anySigned(byte[] body, int length, byte[] claimed) {
      for (int i = 0; i < prototypes.length; i++) {
        if (MessageDigest.isEqual(digest(i, body, length), claimed)) {
          return true;
        }
      }
      return false;
    }

    byte[] digest(int secret, byte[] body, int length) {
      Mac mac = copy(secret);
      mac.update(body, 0, length);
      return mac.doFinal();
    }

    private Mac copy(int secret) {
      try {
        return (Mac) prototypes[secret].clone();
      } catch (CloneNotSupportedException e) {
        // A provider whose MACs can't be copied (some hardware modules): key a new one each time.
        return keyed(secrets.get(secret));
      }
    }

    private static Mac keyed(String secret) {
      if (secret.isBlank()) {
        throw new IllegalStateException("A webhook secret is blank");
      }
      try {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
        return mac;
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(
            "HmacSHA256, which every Java platform has to have, fails", e);
      }
    }
  }
}
