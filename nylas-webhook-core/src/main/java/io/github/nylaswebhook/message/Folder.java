package io.github.nylaswebhook.message;

import java.util.List;
import java.util.Locale;

/**
 * A folder or label of a grant.
 *
 * @param id as messages name it; opaque with Microsoft
 * @param name as people see it, in their language
 * @param attributes what it is for, as RFC 6154 writes it ({@code \Sent}), in any case; empty if
 *     the provider doesn't say
 */
public record Folder(String id, String name, List<String> attributes) {
  public Folder {
    attributes = List.copyOf(attributes);
  }

  /** Whether it is for this, for example {@code Sent}; with or without a backslash, in any case. */
  public boolean is(String attribute) {
    String wanted = plain(attribute);
    return attributes.stream().anyMatch(given -> plain(given).equals(wanted));
  }

  private static String plain(String attribute) {
    String lower = attribute.strip().toLowerCase(Locale.ROOT);
    return lower.startsWith("\\") ? lower.substring(1) : lower;
  }
}
