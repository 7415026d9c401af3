package io.github.nylaswebhook.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Names of fixed length: ids have any length and any characters, and their case matters. */
final class RedisKeys {
  /** What the names of all keys begin with, unless said otherwise. */
  static final String PREFIX = "nylas-webhook:";

  private RedisKeys() {}

  static byte[] named(String prefix, String id) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(id.getBytes(UTF_8));
      return (prefix + HexFormat.of().formatHex(digest)).getBytes(UTF_8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has to have SHA-256", e);
    }
  }
}
