package io.github.nylaswebhook.message;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What filters and categorizers may want to know beside the message. Used by one thread.
 *
 * <p>The message's text is worked out when it is first asked for, and once.
 */
public final class MessageContext {
  private final Message message;
  private final Set<String> ownAddresses;
  private final List<Folder> folders;
  private @Nullable MessageText text;

  /** A context that doesn't know what the message's folders are for. */
  public MessageContext(Message message, Set<String> ownAddresses) {
    this(message, ownAddresses, List.of());
  }

  /** A context with those of the grant's folders that the message is in. */
  public MessageContext(Message message, Set<String> ownAddresses, List<Folder> folders) {
    this.message = message;
    this.ownAddresses = normalized(ownAddresses);
    this.folders = List.copyOf(folders);
  }

  /** A context that knows nothing but the message. */
  public static MessageContext of(Message message) {
    return new MessageContext(message, Set.of());
  }

  /** Whether mail from this address is our own. */
  public boolean isOwn(EmailAddress address) {
    return ownAddresses.contains(address.normalized());
  }

  /** What is known of the folders that the message is in, beyond their ids. */
  public List<Folder> folders() {
    return folders;
  }

  /** See {@link Message#isFollowUp()}. */
  public boolean isFollowUp() {
    return message.isFollowUp();
  }

  /** What a person wrote: without quotes, signatures and footers. */
  public MessageText text() {
    MessageText known = text;
    if (known == null) {
      known = MessageText.of(message);
      text = known;
    }
    return known;
  }

  private static Set<String> normalized(Set<String> addresses) {
    Set<String> lower = new LinkedHashSet<>();
    addresses.forEach(address -> lower.add(address.trim().toLowerCase(Locale.ROOT)));
    return lower;
  }
}
