package io.github.nylaswebhook.message;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A folder or label of a grant.
 *
 * @param id as messages name it; opaque with Microsoft
 * @param name as people see it, in their language
 * @param attributes what it is for, as RFC 6154 writes it ({@code \Sent}), in any case; empty if
 *     the provider doesn't say
 */
public record Folder(String id, String name, List<String> attributes) {
  public static final String SENT = "\\Sent";
  public static final String DRAFTS = "\\Drafts";

  public Folder {
    attributes = List.copyOf(attributes);
  }

  /**
   * A folder whose id says what it is: one of Gmail's labels, or the inbox that every IMAP server
   * calls so (RFC 9051 §5.1).
   *
   * @see <a href="https://developers.google.com/workspace/gmail/api/guides/labels">Gmail's
   *     labels</a>
   */
  public static Optional<Folder> wellKnown(String id) {
    String name = id.strip().toUpperCase(Locale.ROOT);
    return switch (name) {
      case "SENT" -> Optional.of(new Folder(id, name, List.of(SENT)));
      case "DRAFT", "DRAFTS" -> Optional.of(new Folder(id, name, List.of(DRAFTS)));
      case "INBOX" -> Optional.of(new Folder(id, name, List.of("\\Inbox")));
      case "SPAM" -> Optional.of(new Folder(id, name, List.of("\\Junk")));
      case "TRASH" -> Optional.of(new Folder(id, name, List.of("\\Trash")));
      case "UNREAD", "STARRED", "IMPORTANT", "CHAT" -> Optional.of(new Folder(id, name, List.of()));
      default ->
          name.startsWith("CATEGORY_") || id.startsWith("Label_")
              ? Optional.of(new Folder(id, id, List.of()))
              : Optional.empty();
    };
  }

  /** Whether it is for this: {@code \Sent} and {@code \SENT} are one. */
  public boolean is(String attribute) {
    return attributes.stream().anyMatch(attribute::equalsIgnoreCase);
  }
}
