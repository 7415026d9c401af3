package io.github.nylaswebhook.ticket;

/**
 * A ticket at its destination.
 *
 * @param destination where, for example {@code zendesk}
 * @param id its id there
 * @param url for a person to open it; empty if there is none
 */
public record TicketRef(String destination, String id, String url) {
  public static TicketRef of(String destination, String id) {
    return new TicketRef(destination, id, "");
  }
}
