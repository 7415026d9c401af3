package io.github.nylaswebhook.ticket;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Brings a ticket to its destination. Called from the inbox's workers, so from many threads, after
 * the mail's notification was acknowledged.
 *
 * <p>A ticket is routed once, unless the process dies between the routing and the note of it: then
 * once more, with the same {@link Ticket#idempotencyKey()}. A router whose destination knows
 * idempotency keys passes it on; one whose destination doesn't looks for it first.
 *
 * <p>What it throws: {@code RetryLaterException} if it knows when to come back (rate limits,
 * outages); {@code PermanentException} if trying again can't help; {@code OutcomeUnknownException}
 * if the request went out and no answer came; anything else is tried again with growing pauses, and
 * ends as a dead letter that can be replayed.
 */
@FunctionalInterface
public interface TicketRouter {
  TicketRef route(Ticket ticket) throws Exception;

  /** A stable name, under which is remembered that a ticket is there. */
  default String destination() {
    return "router";
  }

  /**
   * Whether this router wants the ticket at all; asked by the combinators and the pipeline. A
   * ticket that nobody wants is kept as a dead letter: end a {@link #firstOf} with one that takes
   * the rest.
   */
  default boolean accepts(Ticket ticket) {
    return true;
  }

  /**
   * The routers that the ticket goes to: this one, or those that a combinator chooses. The pipeline
   * remembers for each whether it has the ticket, so that a retry goes only to the ones that
   * failed.
   */
  default List<TicketRouter> targets(Ticket ticket) {
    return accepts(ticket) ? List.of(this) : List.of();
  }

  /**
   * Whether {@link #route} appends a {@linkplain Ticket#isFollowUp() follow-up} to the ticket that
   * it names. Then the pipeline remembers conversations for it: a further mail of a thread comes as
   * a follow-up, and so do bounces and auto-replies, as {@linkplain Ticket#note() notes}. Otherwise
   * each mail comes as a ticket of its own, and notes don't come.
   *
   * <p>Where the ticket is closed, or gone, such a router may make a new one all the same; the
   * {@link TicketRef} that it returns is the conversation's ticket from then on.
   */
  default boolean appends() {
    return false;
  }

  /**
   * Whether a try that is repeated needs no care: because the destination knows the idempotency key
   * again, or because twice does no harm. False costs one write to the {@link ConversationStore}
   * before each try; for it, {@link Ticket#repeated()} says for sure when to look first.
   */
  default boolean idempotent() {
    return true;
  }

  /**
   * Every router that may be among the {@link #targets} of some ticket: this one, or those that a
   * combinator chooses from. By these, a follow-up finds its ticket's router, wherever rules would
   * have sent it by itself.
   */
  default List<TicketRouter> members() {
    return List.of(this);
  }

  /** This router under another name. */
  default TicketRouter named(String destination) {
    return new Routers.Named(this, destination);
  }

  /** This router, for the tickets that it accepts and that also pass the test. */
  default TicketRouter when(Predicate<Ticket> test) {
    return new Routers.Conditional(this, test);
  }

  /** Chooses by {@link Ticket#category()}. */
  static TicketRouter byCategory(Map<String, TicketRouter> routers, TicketRouter otherwise) {
    Map<String, TicketRouter> known = Map.copyOf(routers);
    return new Routers.Choice(
        candidates(known, otherwise),
        ticket -> known.getOrDefault(ticket.category(), otherwise).targets(ticket));
  }

  /** Chooses by {@link Ticket#route()}, which rules set. */
  static TicketRouter byRoute(Map<String, TicketRouter> routers, TicketRouter otherwise) {
    Map<String, TicketRouter> known = Map.copyOf(routers);
    return new Routers.Choice(
        candidates(known, otherwise),
        ticket -> known.getOrDefault(ticket.route(), otherwise).targets(ticket));
  }

  private static List<TicketRouter> candidates(
      Map<String, TicketRouter> routers, TicketRouter otherwise) {
    List<TicketRouter> candidates = new ArrayList<>(routers.values());
    candidates.add(otherwise);
    return candidates;
  }

  /** The first that accepts the ticket. */
  static TicketRouter firstOf(TicketRouter... routers) {
    List<TicketRouter> candidates = List.of(routers);
    return new Routers.Choice(
        candidates,
        ticket ->
            candidates.stream()
                .map(router -> router.targets(ticket))
                .filter(targets -> !targets.isEmpty())
                .findFirst()
                .orElse(List.of()));
  }

  /**
   * All that accept the ticket.
   *
   * @throws IllegalArgumentException if two have the same name: see {@link #named}
   */
  static TicketRouter allOf(TicketRouter... routers) {
    List<TicketRouter> members = List.of(routers);
    Routers.requireDistinctNames(members);
    return new Routers.Choice(
        members,
        ticket -> members.stream().flatMap(router -> router.targets(ticket).stream()).toList());
  }

  /** Writes each ticket's ids, category and priority to the log, at INFO. */
  static TicketRouter logging() {
    return new Routers.Logging();
  }
}
