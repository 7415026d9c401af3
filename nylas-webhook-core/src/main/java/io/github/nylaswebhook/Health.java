package io.github.nylaswebhook;

import java.util.List;

/**
 * How a handler is doing.
 *
 * @param accepting whether deliveries are stored; what a load balancer should look at
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
