package io.github.nylaswebhook.message;

import java.util.Locale;

/**
 * Who sent or gets a mail.
 *
 * @param name the display name; empty if there is none
 * @param email the address as given; empty if there is none, as odd senders manage
 */
public record EmailAddress(String name, String email) {
  /** What follows the last {@code @}, in lower case; empty if there is none. */
  public String domain() {
    String address = normalized();
    int at = address.lastIndexOf('@');
    return at < 0 ? "" : address.substring(at + 1);
  }

  /** The address for comparing: lower case, no space around it. */
  public String normalized() {
    return email.trim().toLowerCase(Locale.ROOT);
  }
}
