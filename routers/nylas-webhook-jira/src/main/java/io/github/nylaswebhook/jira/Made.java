package io.github.nylaswebhook.jira;

import io.github.nylaswebhook.ticket.TicketRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A mail that Jira has, and how far its attachments are. One thread at a time works on a mail, but
 * not always the same one.
 */
final class Made {
  private final TicketRef ref;
  private final Instant since;
  private final Set<Integer> settled = new HashSet<>();
  private final Set<Integer> uncertain = new HashSet<>();
  private final Map<Integer, Integer> failures = new HashMap<>();
  private final List<String> missing = new ArrayList<>();

  Made(TicketRef ref, Instant since) {
    this.ref = ref;
    this.since = since;
  }

  TicketRef ref() {
    return ref;
  }

  Instant since() {
    return since;
  }

  /** Whether nothing is left to be done for the attachment at this place. */
  synchronized boolean isSettled(int attachment) {
    return settled.contains(attachment);
  }

  synchronized void settle(int attachment) {
    settled.add(attachment);
  }

  synchronized void giveUp(int attachment, String name) {
    if (settled.add(attachment)) {
      missing.add(name);
    }
  }

  /** Notes a failure of which it isn't known whether it was one, and counts. */
  synchronized int fail(int attachment) {
    uncertain.add(attachment);
    return failures.merge(attachment, 1, Integer::sum);
  }

  /** Whether the attachment may be there, with another size than the mail says. */
  synchronized boolean isUncertain(int attachment) {
    return uncertain.contains(attachment);
  }

  /** The names of those that were given up since the last call. */
  synchronized List<String> takeMissing() {
    List<String> names = List.copyOf(missing);
    missing.clear();
    return names;
  }
}
