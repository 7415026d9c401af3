package io.github.nylaswebhook.inbox;

/** What became of a delivery at the door. Both mean: it is stored, say so to Nylas. */
public enum Receipt {
  ACCEPTED,
  /** A delivery of this id was accepted before; this one changes nothing. */
  DUPLICATE
}
