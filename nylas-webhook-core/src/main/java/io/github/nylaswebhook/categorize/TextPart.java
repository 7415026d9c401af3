package io.github.nylaswebhook.categorize;

import java.util.Locale;

/** Where in a mail a condition looks for text. */
public enum TextPart {
  SUBJECT,
  /** What the sender wrote, without quotes, signatures and footers. */
  BODY,
  /** Subject or body. */
  ANYWHERE;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** As files of rules have it: {@code subject}, {@code body} or {@code anywhere}. */
  public String label() {
    return label;
  }

  boolean includes(TextPart part) {
    return this == ANYWHERE || this == part;
  }
}
