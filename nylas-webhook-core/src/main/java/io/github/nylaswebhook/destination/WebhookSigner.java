package io.github.nylaswebhook.destination;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs as Standard Webhooks 1.0.0 has it, with each of several secrets. Immutable, and so safe for
 * use by many threads.
 *
 * @see <a
 *     href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">Standard
 *     Webhooks: the specification</a>
 */
final class WebhookSigner {
  private static final String ALGORITHM = "HmacSHA256";
  private static final String PREFIX = "whsec_";

  /** The specification's bounds. */
  private static final int MIN_BYTES = 24;

  private static final int MAX_BYTES = 64;

  private final List<SecretKey> keys;

  WebhookSigner(List<String> secrets) {
    keys = secrets.stream().map(WebhookSigner::key).toList();
  }

  private static SecretKey key(String secret) {
    // Not even a wrong one is told: it may be the right one of something else.
    if (!secret.startsWith(PREFIX)) {
      throw new IllegalArgumentException(
          "A secret has to begin with "
              + PREFIX
              + ", as Standard Webhooks has it, and be followed"
              + " by base64: make one by HttpTicketRouter.newSecret()");
    }
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(secret.substring(PREFIX.length()));
    } catch (IllegalArgumentException e) {
      // Without the cause, which names characters of the secret.
      throw new IllegalArgumentException("What follows " + PREFIX + " in a secret isn't base64");
    }
    if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "A secret has to have "
              + MIN_BYTES
              + " to "
              + MAX_BYTES
              + " bytes, but one has "
              + bytes.length);
    }
    return new SecretKeySpec(bytes, ALGORITHM);
  }

  static String secret(byte[] bytes) {
    return PREFIX + Base64.getEncoder().encodeToString(bytes);
  }

  /** The value of {@code webhook-signature}. */
  String sign(String id, Instant now, byte[] body) {
    byte[] head = (id + "." + now.getEpochSecond() + ".").getBytes(UTF_8);
    return keys.stream().map(key -> "v1," + sign(key, head, body)).collect(Collectors.joining(" "));
  }

  private static String sign(SecretKey key, byte[] head, byte[] body) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update(head);
      return Base64.getEncoder().encodeToString(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has to have " + ALGORITHM, e);
    }
  }
}
