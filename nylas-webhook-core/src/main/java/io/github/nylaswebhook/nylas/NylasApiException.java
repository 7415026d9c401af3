package io.github.nylaswebhook.nylas;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Nylas answered, and not with what was asked for. */
public final class NylasApiException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String type;
  private final String requestId;
  private final boolean byProvider;
  private final @Nullable Instant retryAfter;

  /**
   * An answer other than 2xx.
   *
   * @param status the HTTP status, which is what decides
   * @param type Nylas' error type, with or without the prefix {@code api.}; may be empty
   * @param message Nylas' words; may be empty
   * @param requestId by which Nylas' support finds the call; may be empty
   * @param byProvider whether the answer carries the mail provider's own error
   * @param retryAfter when to come back, if it says so
   */
  public NylasApiException(
      int status,
      String type,
      String message,
      String requestId,
      boolean byProvider,
      @Nullable Instant retryAfter) {
    super(
        "Nylas answered " + status + " " + type + ": " + message + " (request " + requestId + ")");
    this.status = status;
    this.type = type;
    this.requestId = requestId;
    this.byProvider = byProvider;
    this.retryAfter = retryAfter;
  }

  public int status() {
    return status;
  }

  public String type() {
    return type;
  }

  public String requestId() {
    return requestId;
  }

  /** Whether the mail provider refused, rather than Nylas. */
  public boolean byProvider() {
    return byProvider;
  }

  public Optional<Instant> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /**
   * Whether the credentials are refused: 401, or Nylas' 400 of type {@code
   * token.unauthorized_access}. Trying another message won't help then.
   */
  public boolean isUnauthorized() {
    return status == 401 || (status == 400 && type.endsWith("token.unauthorized_access"));
  }

  /** Whether the same call may succeed later by itself. */
  public boolean isTransient() {
    return status == 408 || status == 425 || status == 429 || status >= 500;
  }
}
