package io.github.nylaswebhook.destination;

import io.github.nylaswebhook.inbox.PermanentException;

/**
 * A destination says no, and would say so again: a 4xx other than 401, 408, 425 and 429, or a
 * redirection. The second line of the message is the destination's own.
 */
public final class DestinationRefusedException extends PermanentException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String body;

  public DestinationRefusedException(String why, int status, String body) {
    super(why);
    this.status = status;
    this.body = body;
  }

  /** The answer's status. */
  public int status() {
    return status;
  }

  /** The answer's body, as far as it was read. */
  public String body() {
    return body;
  }
}
