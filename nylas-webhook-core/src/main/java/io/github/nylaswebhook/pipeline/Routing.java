package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.inbox.Attempt;
import io.github.nylaswebhook.inbox.OutcomeUnknownException;
import io.github.nylaswebhook.inbox.PermanentException;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.internal.Threads;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a mail to its destinations, in one try: to those that the router chooses, or, if its
 * conversation has tickets, to those. Used by one thread.
 */
final class Routing {
  private static final Logger log = LoggerFactory.getLogger(TicketPipeline.class);

  private final TicketPipeline pipeline;
  private final Attempt attempt;
  private final RunProgress progress;
  private final @Nullable HeldClaim claim;
  private final Turns turns;

  /** Works with the message's claim; without one if it is ours for having begun. */
  Routing(
      TicketPipeline pipeline,
      Attempt attempt,
      RunProgress progress,
      Turns turns,
      @Nullable HeldClaim claim) {
    this.pipeline = pipeline;
    this.attempt = attempt;
    this.progress = progress;
    this.turns = turns;
    this.claim = claim;
  }

  /** One destination of the mail, and the ticket there that it is for. */
  private record Target(String name, TicketRouter router, TicketRef parent) {}

  /** Opens tickets, or appends to those of the conversation. */
  void ticket(Ticket ticket) throws Exception {
    Map<String, TicketRouter> chosen = named(pipeline.router.targets(ticket));
    if (!pipeline.converses && chosen.values().stream().noneMatch(TicketPipeline::converses)) {
      run(
          ticket,
          chosen.entrySet().stream()
              .map(entry -> new Target(entry.getKey(), entry.getValue(), TicketRef.NONE))
              .toList(),
          null);
      return;
    }
    try (HeldConversation conversation = hold(ticket)) {
      run(ticket, targets(chosen, conversation), conversation);
    }
  }

  /**
   * Appends a note to the conversation's tickets.
   *
   * @return false if it has none
   */
  boolean note(Ticket ticket) throws Exception {
    if (!pipeline.converses) {
      return false;
    }
    if (!progress.achievedSomething()) {
      // The ticket that it belongs to may be on its way.
      turns.waitForAll();
    }
    Ticket note = ticket.asNote();
    try (HeldConversation conversation = hold(note)) {
      List<Target> targets =
          targets(Map.of(), conversation).stream()
              .filter(target -> !target.parent().isNone())
              .toList();
      if (targets.isEmpty()) {
        return false;
      }
      run(note, targets, conversation);
      return true;
    }
  }

  private HeldConversation hold(Ticket ticket) throws StoreUnavailableException {
    return HeldConversation.of(
        pipeline,
        MailLinks.of(ticket.message(), ticket.note(), pipeline.ownAddresses),
        ticket.grantId(),
        ticket.messageId());
  }

  /** By the names under which is remembered that they have the ticket. */
  private static Map<String, TicketRouter> named(List<TicketRouter> routers) {
    Map<String, TicketRouter> named = new LinkedHashMap<>();
    Map<String, Integer> names = new HashMap<>();
    for (TicketRouter router : routers) {
      int namesake = names.merge(router.destination(), 1, Integer::sum);
      named.put(router.destination() + (namesake == 1 ? "" : "#" + namesake), router);
    }
    return named;
  }

  /**
   * Where the conversation's tickets are; and those of the chosen that remember none, or all of
   * them if it has no ticket yet: one conversation has one ticket, wherever a rule would send a
   * later mail of it.
   */
  private List<Target> targets(Map<String, TicketRouter> chosen, HeldConversation conversation) {
    List<Target> targets = new ArrayList<>();
    Map<String, TicketRouter> members = named(pipeline.router.members());
    conversation
        .tickets()
        .keySet()
        .forEach(
            name -> {
              TicketRouter router = chosen.getOrDefault(name, members.get(name));
              if (router != null && router.appends()) {
                targets.add(new Target(name, router, parent(name, router, conversation)));
              }
            });
    boolean begun = !targets.isEmpty();
    chosen.forEach(
        (name, router) -> {
          if (!router.appends() || !begun) {
            targets.add(new Target(name, router, TicketRef.NONE));
          }
        });
    return targets;
  }

  /** What was tried with an unknown outcome is tried again as it was. */
  private TicketRef parent(String name, TicketRouter router, HeldConversation conversation) {
    TicketRef known = conversation.parent(name);
    return progress
        .unknown(name)
        .map(
            id ->
                id.isEmpty()
                    ? TicketRef.NONE
                    : id.equals(known.id()) ? known : TicketRef.of(router.destination(), id))
        .orElse(known);
  }

  /**
   * Routes to every target that doesn't have the ticket yet; a failing one keeps none from it. Once
   * one of them has it, or may have it, the message is done for every other delivery, and this one
   * alone goes on with the rest: whoever claimed it anew would begin from the start.
   *
   * <p>Where each ticket is, is stored before the next one is routed. After the last one the
   * completed claim says it all, and a store is spared one commit.
   */
  private void run(Ticket ticket, List<Target> targets, @Nullable HeldConversation conversation)
      throws Exception {
    if (targets.isEmpty()) {
      throw new PermanentException("no router accepts the ticket (" + ticket.category() + ")");
    }
    Exception failure = null;
    Runnable unsaved = () -> {};
    for (Target target : targets) {
      if (progress.hasTicket(target.name())) {
        continue;
      }
      unsaved.run();
      unsaved = () -> {};
      TicketRef ref;
      long start = System.nanoTime();
      try {
        turns.waitFor(target.name());
        ref = route(ticket, target, targets, conversation);
      } catch (InterruptedException e) {
        if (progress.achievedSomething()) {
          complete();
        }
        throw e;
      } catch (OutcomeUnknownException e) {
        progress.noteUnknown(target.name(), target.parent());
        failure = failure == null ? e : NotificationRun.worse(failure, e);
        continue;
      } catch (Exception e) {
        failure = failure == null ? e : NotificationRun.worse(failure, e);
        continue;
      }
      unsaved = () -> progress.noteTicket(target.name(), ref);
      pipeline.observer.routed(
          ticket.followUp(target.parent()), ref, Duration.ofNanos(System.nanoTime() - start));
    }
    if (failure == null && claim != null) {
      try {
        complete();
        return;
      } catch (StoreUnavailableException e) {
        failure = e;
      }
    }
    unsaved.run();
    if (failure == null) {
      return;
    }
    if (progress.achievedSomething()) {
      complete();
    }
    throw failure;
  }

  private TicketRef route(
      Ticket ticket, Target target, List<Target> targets, @Nullable HeldConversation conversation)
      throws Exception {
    if (claim != null) {
      claim.ensureHeld();
    }
    TicketRouter router = target.router();
    boolean repeated = attempt.number() > 1 || progress.unknown(target.name()).isPresent();
    if (conversation != null) {
      conversation.ensureHeld();
      if (!router.idempotent()) {
        repeated = conversation.isUnderWay(target.name());
        if (!repeated) {
          conversation.begin(target.name());
        }
      }
    }
    Ticket here = ticket.followUp(target.parent());
    Ticket sent = repeated ? here.asRepeated() : here;
    TicketRef given = Threads.<TicketRef, Exception>blocking(() -> router.route(sent));
    TicketRef ref = sound(given, target);
    if (conversation != null && router.appends()) {
      // Before the progress: a mail whose ticket isn't known to its conversation is routed again,
      // with the same key, and one whose ticket is isn't.
      conversation.routed(
          target.name(),
          target.parent(),
          ref,
          targets.stream().filter(other -> other.router().appends()).map(Target::name).toList());
    }
    return ref;
  }

  /** A ticket is where it is, even if a router, against its contract, doesn't say as what. */
  @SuppressWarnings({"ConstantConditions", "NullAway"})
  private static TicketRef sound(@Nullable TicketRef ref, Target target) {
    if (ref != null && ref.id() != null && ref.url() != null) {
      return ref;
    }
    log.warn("Router {} routed a ticket, and gave no TicketRef or one of nulls", target.router());
    return target.parent().isNone()
        ? new TicketRef(target.router().destination(), "", "")
        : target.parent();
  }

  private void complete() throws StoreUnavailableException {
    if (claim != null) {
      claim.complete(pipeline.retention);
    }
  }
}
