package io.github.nylaswebhook.zendesk;

import io.github.nylaswebhook.ticket.Ticket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/** What a ticket is about, as Zendesk's tags. */
final class Tags {
  /** A tag is a word or a few. */
  private static final int MAX_LENGTH = 80;

  /** More say nothing more. */
  private static final int MAX_TAGS = 50;

  private Tags() {}

  /** The category and the tags, the same list for the same ticket. */
  static List<String> of(Ticket ticket) {
    TreeSet<String> tags = new TreeSet<>();
    ticket.tags().forEach(tag -> tags.add(normalized(tag)));
    String category = normalized(ticket.category());
    tags.remove(category);
    List<String> all = new ArrayList<>();
    all.add(category);
    all.addAll(tags);
    all.removeIf(String::isEmpty);
    return List.copyOf(all.subList(0, Math.min(all.size(), MAX_TAGS)));
  }

  /**
   * Lower case; letters, digits and {@code - _ : /} stay, and whatever else there is between them
   * is one underscore: a space would end the tag, and Zendesk takes no other marks.
   */
  static String normalized(String tag) {
    StringBuilder normalized = new StringBuilder();
    tag.strip()
        .toLowerCase(Locale.ROOT)
        .codePoints()
        .forEach(
            c -> {
              if (Character.isLetterOrDigit(c) || "-_:/".indexOf(c) >= 0) {
                normalized.appendCodePoint(c);
              } else if (normalized.length() > 0
                  && normalized.charAt(normalized.length() - 1) != '_') {
                normalized.append('_');
              }
            });
    int end = normalized.offsetByCodePoints(0, Math.min(MAX_LENGTH, codePoints(normalized)));
    while (end > 0 && normalized.charAt(end - 1) == '_') {
      end--;
    }
    return normalized.substring(0, end);
  }

  private static int codePoints(StringBuilder text) {
    return text.codePointCount(0, text.length());
  }
}
