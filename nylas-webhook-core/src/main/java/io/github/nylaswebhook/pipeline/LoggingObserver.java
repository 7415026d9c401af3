package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.filter.Reason;
import io.github.nylaswebhook.filter.Verdict;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.message.MessageRef;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One line for whatever ends, ids only. What is refused at the door is logged there, throttled. */
final class LoggingObserver implements PipelineObserver {
  private static final Logger log = LoggerFactory.getLogger(TicketPipeline.class);

  @Override
  public void skipped(MessageRef ref, Verdict verdict) {
    log.info(
        "Set aside {} as {} ({})",
        ref,
        verdict.kind(),
        verdict.reasons().stream().map(Reason::code).distinct().toList());
  }

  @Override
  public void duplicateMessage(MessageRef ref) {
    log.debug("Known already: {}", ref);
  }

  @Override
  public void gone(MessageRef ref) {
    log.info("Nylas has {} no more", ref);
  }

  @Override
  public void routed(Ticket ticket, TicketRef ref, Duration took) {
    log.info(
        "Routed {} to {} as {} in {} ms", ticket, ref.destination(), ref.id(), took.toMillis());
  }

  @Override
  public void rescheduled(Delivery delivery, Outcome.RetryAt outcome) {
    if (outcome.countsAsAttempt()) {
      log.warn("{} failed, again at {}: {}", delivery, outcome.when(), firstLine(outcome.why()));
    } else {
      log.debug("{} waits until {}: {}", delivery, outcome.when(), outcome.why());
    }
  }

  @Override
  public void dead(Delivery delivery, String why) {
    log.error("{} is a dead letter: {}", delivery, firstLine(why));
  }

  /** What follows may be an exception's message, and that may quote the mail. */
  private static String firstLine(String why) {
    return why.lines().findFirst().orElse("");
  }
}
