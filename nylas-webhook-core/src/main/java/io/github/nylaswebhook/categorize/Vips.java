package io.github.nylaswebhook.categorize;

import io.github.nylaswebhook.message.EmailAddress;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Whose mail is important.
 *
 * @param domains {@code *.x} is x and all of its subdomains
 * @param literal whether a sender's domain is what the tutorial takes for it, and compared as it is
 *     written
 */
record Vips(
    Set<String> senders, Set<String> domains, boolean literal, Priority raise, Set<String> tags) {
  private static final String SUBDOMAINS = "*.";

  Vips {
    senders = Set.copyOf(senders);
    domains = Set.copyOf(domains);
    tags = Set.copyOf(tags);
  }

  Vips(Set<String> senders, Set<String> domains, boolean literal) {
    this(senders, domains, literal, Priority.HIGH, Set.of());
  }

  static Set<String> lower(Collection<String> names) {
    Set<String> lower = new LinkedHashSet<>();
    for (String name : names) {
      if (name.isBlank()) {
        throw new IllegalArgumentException("a blank name among those of important senders");
      }
      lower.add(name.trim().toLowerCase(Locale.ROOT));
    }
    return lower;
  }

  Vips withDomains(Collection<String> others) {
    return new Vips(
        senders, literal ? new LinkedHashSet<>(others) : lower(others), literal, raise, tags);
  }

  Vips withEffect(Priority priority, Collection<String> more) {
    return new Vips(senders, domains, literal, priority, Set.copyOf(more));
  }

  private boolean isEmpty() {
    return senders.isEmpty() && domains.isEmpty();
  }

  /** Both; the effect is this one's. */
  Vips and(Vips others) {
    if (isEmpty() || others.isEmpty()) {
      return isEmpty()
          ? new Vips(others.senders, others.domains, others.literal, raise, tags)
          : this;
    }
    Set<String> allSenders = new LinkedHashSet<>(senders);
    allSenders.addAll(others.senders);
    Set<String> allDomains = new LinkedHashSet<>(domains);
    allDomains.addAll(others.domains);
    return new Vips(allSenders, allDomains, literal && others.literal, raise, tags);
  }

  Optional<Evidence> evidence(EmailAddress sender) {
    if (senders.contains(sender.normalized())) {
      return Optional.of(new Evidence("vip-sender", "from", sender.normalized(), sender.email()));
    }
    if (domains.isEmpty()) {
      return Optional.empty();
    }
    if (literal) {
      // As the tutorial's split("@")[1] has it.
      String[] parts = sender.email().split("@", -1);
      return found(parts.length > 1 ? parts[1] : "", sender);
    }
    String domain = sender.domain();
    Optional<Evidence> found = found(domain, sender);
    int end = 0;
    do {
      int start = end;
      end = domain.indexOf('.', start) + 1;
      found = found.or(() -> found(SUBDOMAINS + domain.substring(start), sender));
    } while (end > 0);
    return found;
  }

  private Optional<Evidence> found(String domain, EmailAddress sender) {
    return domains.contains(domain)
        ? Optional.of(new Evidence("vip-domain", "from", domain, sender.email()))
        : Optional.empty();
  }
}
