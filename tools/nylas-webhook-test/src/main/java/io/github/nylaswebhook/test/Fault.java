package io.github.nylaswebhook.test;

import java.time.Duration;

/** What goes wrong with one call to a {@link FakeNylas}. */
public sealed interface Fault {
  /**
   * Answers with an error.
   *
   * @param status the HTTP status
   * @param type Nylas' error type
   * @param retryAfter the header's value; empty for none
   */
  record Status(int status, String type, String retryAfter) implements Fault {}

  /** Answers as it should, but so much later. */
  record Slow(Duration delay) implements Fault {}

  /** Closes the connection without an answer. */
  record HangUp() implements Fault {}

  /** Answers 200 with something that isn't JSON. */
  record Garbage() implements Fault {}

  /** 429, to come back after so many seconds. */
  static Fault tooManyRequests(int retryAfterSeconds) {
    return new Status(429, "rate_limit_error", Integer.toString(retryAfterSeconds));
  }

  static Fault status(int status, String type) {
    return new Status(status, type, "");
  }
}
