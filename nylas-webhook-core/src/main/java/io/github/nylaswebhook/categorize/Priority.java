package io.github.nylaswebhook.categorize;

import java.util.Locale;

/** How urgent a ticket is. */
public enum Priority {
  LOW,
  MEDIUM,
  HIGH;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** {@code low}, {@code medium} or {@code high}. */
  public String label() {
    return label;
  }
}
