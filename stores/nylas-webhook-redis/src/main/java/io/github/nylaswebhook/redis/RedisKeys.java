package io.github.nylaswebhook.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.internal.Digests;

/** Names of fixed length: ids have any length and any characters, and their case matters. */
final class RedisKeys {
  /** What the names of all keys begin with, unless said otherwise. */
  static final String PREFIX = "nylas-webhook:";

  private RedisKeys() {}

  static byte[] named(String prefix, String id) {
    return (prefix + hash(id)).getBytes(UTF_8);
  }

  /** What comes after the prefix. */
  static String hash(String id) {
    return Digests.sha256Hex(id);
  }
}
