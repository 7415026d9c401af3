package io.github.nylaswebhook.ticket;

/**
 * A ticket at its destination.
 *
 * @param destination where, for example {@code zendesk}
 * @param id its id there, by which the router finds it again; empty if it can't
 * @param url for a person to open it; empty if there is none
 */
public record TicketRef(String destination, String id, String url) {
  /** No ticket. */
  public static final TicketRef NONE = new TicketRef("", "", "");

  public static TicketRef of(String destination, String id) {
    return new TicketRef(destination, id, "");
  }

  /** Whether this names no ticket that could be found again. */
  public boolean isNone() {
    return id.isEmpty();
  }
}
