package io.github.nylaswebhook.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, where something needs a name of fixed length. */
public final class Digests {
  private Digests() {}

  public static String sha256Hex(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has to have SHA-256", e);
    }
  }

  /** That of a text's UTF-8, or of its UTF-16 where it has halves of characters. */
  public static String sha256Hex(String text) {
    byte[] utf8 = text.getBytes(UTF_8);
    if (new String(utf8, UTF_8).equals(text)) {
      return sha256Hex(utf8);
    }
    // All halves are the same question mark in UTF-8.
    ByteBuffer utf16 = ByteBuffer.allocate(2 * text.length());
    utf16.asCharBuffer().put(text);
    return sha256Hex(utf16.array());
  }
}
