package io.github.nylaswebhook.inbox;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One verified POST, as it came. Immutable; the bytes handed in are taken over, not copied, so the
 * giver leaves them alone.
 */
public final class Delivery {
  private final String id;
  private final String type;
  private final boolean gzip;
  private final Instant receivedAt;
  private final byte[] body;
  private final @Nullable Sequence sequence;

  /** A delivery that may be processed in any order. */
  public Delivery(String id, String type, boolean gzip, Instant receivedAt, byte[] body) {
    this(id, type, gzip, receivedAt, body, null);
  }

  /**
   * A delivery.
   *
   * @param id the notification's id; where there is none, the SHA-256 of the bytes in hexadecimal
   * @param type the trigger with its suffixes as sent; empty if the body doesn't say
   * @param gzip whether the body is compressed
   * @param receivedAt when it came in, by the receiving node's clock
   * @param body the bytes of the request, exactly those that were verified
   * @param sequence its place among those that belong together; null if it has none
   */
  public Delivery(
      String id,
      String type,
      boolean gzip,
      Instant receivedAt,
      byte[] body,
      @Nullable Sequence sequence) {
    if (id.isEmpty()) {
      throw new IllegalArgumentException("A delivery needs an id");
    }
    this.id = id;
    this.type = type;
    this.gzip = gzip;
    this.receivedAt = receivedAt;
    this.body = body;
    this.sequence = sequence;
  }

  public String id() {
    return id;
  }

  public String type() {
    return type;
  }

  public boolean gzip() {
    return gzip;
  }

  public Instant receivedAt() {
    return receivedAt;
  }

  /** Its place among those that belong together, which {@link Attempt#predecessors()} go by. */
  public Optional<Sequence> sequence() {
    return Optional.ofNullable(sequence);
  }

  /** The length of the body in bytes, as it came. */
  public int size() {
    return body.length;
  }

  /** A fresh stream over the body, as it came. */
  public InputStream open() {
    return new ByteArrayInputStream(body);
  }

  /** Ids only: what is safe to log. */
  @Override
  public String toString() {
    return "Delivery[" + id + " " + type + ", " + body.length + " bytes]";
  }
}
