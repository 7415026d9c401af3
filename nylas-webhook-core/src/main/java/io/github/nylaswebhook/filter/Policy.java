package io.github.nylaswebhook.filter;

/** What becomes of a message of some kind. */
public enum Policy {
  /** A ticket. */
  ROUTE,
  /**
   * A ticket that nothing answers: it says {@code silent}, so that routers and actions send the
   * sender no acknowledgement. An answer to a machine is noise at best, and a loop at worst.
   */
  ROUTE_SILENTLY,
  /**
   * A note on the tickets of the message's conversation, if it has any, at routers that append;
   * else as {@link #SKIP}.
   */
  ATTACH,
  /** No ticket. The reasons are told to observers, counted, and kept with the delivery. */
  SKIP;

  /**
   * The policy unless another was set: people's mail is routed, what machines send of their own
   * accord silently; answers and reports of machines belong to the thread that they are about;
   * invitations, receipts, complaints and our own mail are skipped.
   */
  public static Policy defaultFor(MessageKind kind) {
    return switch (kind) {
      case HUMAN -> ROUTE;
      case NOTIFICATION, BULK -> ROUTE_SILENTLY;
      case AUTO_REPLY, BOUNCE -> ATTACH;
      case CALENDAR, FEEDBACK_REPORT, DISPOSITION_NOTIFICATION, OWN -> SKIP;
    };
  }

  /** Whether a new ticket is made. */
  public boolean routes() {
    return this == ROUTE || this == ROUTE_SILENTLY;
  }
}
