package io.github.nylaswebhook;

import java.util.List;

/**
 * How a handler is doing.
 *
 * @param accepting whether the handler is open: false once it closes. An inbox that is full or out
 *     of reach for a while is no reason to take a node away, for Nylas delivers again
 * @param problems what keeps stored ones from becoming tickets, in words for people; empty if
 *     nothing does. Nothing is lost meanwhile
 */
public record Health(boolean accepting, List<String> problems) {
  public Health {
    problems = List.copyOf(problems);
  }

  /** Accepting, and without problems. */
  public boolean isUp() {
    return accepting && problems.isEmpty();
  }
}
