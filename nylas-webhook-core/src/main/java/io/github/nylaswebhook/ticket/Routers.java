package io.github.nylaswebhook.ticket;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What {@link TicketRouter}'s combinators give. */
final class Routers {
  private Routers() {}

  static void requireDistinctNames(List<TicketRouter> routers) {
    Set<String> names = new HashSet<>();
    for (TicketRouter router : routers) {
      if (hasName(router) && !names.add(router.destination())) {
        throw new IllegalArgumentException(
            "Two routers are called \""
                + router.destination()
                + "\"; tell them apart with router.named(\"…\")");
      }
    }
  }

  /** A choice has no name of its own: its targets' count, when they are chosen. */
  private static boolean hasName(TicketRouter router) {
    return router instanceof Conditional conditional
        ? hasName(conditional.router)
        : !(router instanceof Choice);
  }

  record Named(TicketRouter router, String destination) implements TicketRouter {
    @Override
    public TicketRef route(Ticket ticket) throws Exception {
      return router.route(ticket);
    }

    @Override
    public boolean accepts(Ticket ticket) {
      return router.accepts(ticket);
    }

    @Override
    public boolean appends() {
      return router.appends();
    }

    @Override
    public boolean idempotent() {
      return router.idempotent();
    }

    @Override
    public List<TicketRouter> members() {
      return renamed(router.members());
    }

    /** A combinator's targets stay apart, under names of their own below this one. */
    @Override
    public List<TicketRouter> targets(Ticket ticket) {
      return renamed(router.targets(ticket));
    }

    private List<TicketRouter> renamed(List<TicketRouter> inner) {
      if (inner.equals(List.of(router))) {
        return List.of(this);
      }
      return inner.stream()
          .<TicketRouter>map(target -> new Named(target, destination + "/" + target.destination()))
          .toList();
    }
  }

  record Conditional(TicketRouter router, Predicate<Ticket> test) implements TicketRouter {
    @Override
    public TicketRef route(Ticket ticket) throws Exception {
      return router.route(ticket);
    }

    @Override
    public String destination() {
      return router.destination();
    }

    @Override
    public boolean accepts(Ticket ticket) {
      return test.test(ticket) && router.accepts(ticket);
    }

    @Override
    public boolean appends() {
      return router.appends();
    }

    @Override
    public boolean idempotent() {
      return router.idempotent();
    }

    @Override
    public List<TicketRouter> members() {
      return router.members();
    }

    @Override
    public List<TicketRouter> targets(Ticket ticket) {
      return test.test(ticket) ? router.targets(ticket) : List.of();
    }
  }

  record Choice(List<TicketRouter> candidates, Function<Ticket, List<TicketRouter>> choose)
      implements TicketRouter {
    Choice {
      candidates = List.copyOf(candidates);
    }

    @Override
    public TicketRef route(Ticket ticket) throws Exception {
      TicketRef first = null;
      for (TicketRouter target : targets(ticket)) {
        TicketRef ref = target.route(ticket);
        first = first == null ? ref : first;
      }
      if (first == null) {
        throw new IllegalArgumentException("No router accepts " + ticket);
      }
      return first;
    }

    @Override
    public boolean accepts(Ticket ticket) {
      return !targets(ticket).isEmpty();
    }

    @Override
    public List<TicketRouter> targets(Ticket ticket) {
      return choose.apply(ticket);
    }

    @Override
    public List<TicketRouter> members() {
      return candidates.stream()
          .flatMap(candidate -> candidate.members().stream())
          .distinct()
          .toList();
    }
  }

  static final class Logging implements TicketRouter {
    private static final Logger log = LoggerFactory.getLogger(TicketRouter.class);

    @Override
    public TicketRef route(Ticket ticket) {
      log.info("{}, received {}", ticket, ticket.receivedAt());
      return TicketRef.of(destination(), ticket.idempotencyKey());
    }

    @Override
    public String destination() {
      return "log";
    }
  }
}
