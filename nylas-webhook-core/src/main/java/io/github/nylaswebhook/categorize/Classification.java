package io.github.nylaswebhook.categorize;

import java.util.List;
import java.util.Set;

/**
 * What a message is about.
 *
 * @param category for example {@code incidents}
 * @param priority how urgent
 * @param tags anything else that was noticed
 * @param route the name of the way that the rules chose; empty if they chose none
 * @param evidence what it was seen by; empty if nothing matched
 */
public record Classification(
    String category, Priority priority, Set<String> tags, String route, List<Evidence> evidence) {
  public Classification {
    tags = Set.copyOf(tags);
    evidence = List.copyOf(evidence);
  }

  /** A classification that chooses no route. */
  public Classification(
      String category, Priority priority, Set<String> tags, List<Evidence> evidence) {
    this(category, priority, tags, "", evidence);
  }
}
