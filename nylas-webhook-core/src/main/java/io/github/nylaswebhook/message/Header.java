package io.github.nylaswebhook.message;

import io.github.nylaswebhook.internal.EncodedWords;

/**
 * One header line of a mail, as it was sent: not decoded, in the sender's case, duplicates kept.
 *
 * @param name without the colon
 * @param value without what RFC 2047 encodes being decoded
 */
public record Header(String name, String value) {
  /** The value for reading: on one line, and with what RFC 2047 encodes decoded. */
  public String text() {
    return EncodedWords.decode(value);
  }
}
