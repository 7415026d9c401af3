package io.github.nylaswebhook.inbox;

/** How a delivery ended well. */
public enum Disposition {
  /** A ticket was routed. */
  ROUTED,
  /** The filter set its message aside. */
  SKIPPED,
  /** Its message was a ticket, or was set aside, before. */
  DUPLICATE,
  /** Its message doesn't exist any more. */
  GONE,
  /** It isn't about a new message; listeners, if there are any, were told. */
  NOTIFIED
}
