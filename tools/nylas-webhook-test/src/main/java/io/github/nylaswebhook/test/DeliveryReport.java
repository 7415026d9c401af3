package io.github.nylaswebhook.test;

import java.time.Duration;
import java.util.List;

/**
 * What became of a notification that was delivered.
 *
 * @param notificationId which
 * @param attempts one for each POST, in their order
 */
public record DeliveryReport(String notificationId, List<Attempt> attempts) {
  public DeliveryReport {
    attempts = List.copyOf(attempts);
  }

  /**
   * One POST.
   *
   * @param status the answer's status; 0 if none came in time
   * @param took until it came, or didn't
   * @param retryAfterSeconds what the answer asks for; 0 if nothing
   */
  public record Attempt(int status, Duration took, long retryAfterSeconds) {}

  /** Whether Nylas takes it for delivered: the last attempt was answered 200. */
  public boolean delivered() {
    return !attempts.isEmpty() && attempts.get(attempts.size() - 1).status() == 200;
  }
}
