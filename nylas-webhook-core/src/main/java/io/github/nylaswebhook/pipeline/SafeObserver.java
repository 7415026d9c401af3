package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.filter.Verdict;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.message.MessageRef;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells all observers, whatever any of them throws. */
final class SafeObserver implements PipelineObserver {
  private static final Logger log = LoggerFactory.getLogger(PipelineObserver.class);

  private final List<PipelineObserver> observers;

  SafeObserver(List<PipelineObserver> observers) {
    this.observers = List.copyOf(observers);
  }

  private void tell(Consumer<PipelineObserver> what) {
    for (PipelineObserver observer : observers) {
      try {
        what.accept(observer);
      } catch (Throwable e) {
        log.warn("A PipelineObserver failed; the pipeline goes on", e);
      }
    }
  }

  @Override
  public void accepted(Delivery delivery, Duration took) {
    tell(o -> o.accepted(delivery, took));
  }

  @Override
  public void duplicate(Delivery delivery, Duration took) {
    tell(o -> o.duplicate(delivery, took));
  }

  @Override
  public void refused(int status, String reason, Duration took) {
    tell(o -> o.refused(status, reason, took));
  }

  @Override
  public void fetched(MessageRef ref, Duration took) {
    tell(o -> o.fetched(ref, took));
  }

  @Override
  public void duplicateMessage(MessageRef ref) {
    tell(o -> o.duplicateMessage(ref));
  }

  @Override
  public void skipped(MessageRef ref, Verdict verdict) {
    tell(o -> o.skipped(ref, verdict));
  }

  @Override
  public void gone(MessageRef ref) {
    tell(o -> o.gone(ref));
  }

  @Override
  public void routed(Ticket ticket, TicketRef ref, Duration took) {
    tell(o -> o.routed(ticket, ref, took));
  }

  @Override
  public void done(Delivery delivery, Outcome.Done outcome, Duration took) {
    tell(o -> o.done(delivery, outcome, took));
  }

  @Override
  public void rescheduled(Delivery delivery, Outcome.RetryAt outcome) {
    tell(o -> o.rescheduled(delivery, outcome));
  }

  @Override
  public void dead(Delivery delivery, String why) {
    tell(o -> o.dead(delivery, why));
  }
}
