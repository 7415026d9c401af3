package io.github.nylaswebhook.destination;

/** What becomes of a further mail of a conversation whose ticket is closed. */
public enum ClosedTickets {
  /** The ticket is opened again; where the destination doesn't allow it, as {@link #NEW_TICKET}. */
  REOPEN,
  /** A new ticket, which is the conversation's from then on and names the closed one. */
  NEW_TICKET,
  /** Appended, and the ticket stays closed; where the destination doesn't allow it, a new one. */
  APPEND
}
