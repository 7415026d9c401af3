package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.filter.Verdict;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.message.MessageRef;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import java.time.Duration;
import java.util.List;

/**
 * Is told what happens, for logs, metrics and summaries. Called on the threads that do the work, so
 * it is quick; from many of them. What it throws is logged and changes nothing.
 */
public interface PipelineObserver {
  /** One that tells all of these, and that nothing any of them throws gets through. */
  static PipelineObserver all(List<PipelineObserver> observers) {
    return new SafeObserver(observers);
  }

  /** Stored, and about to be acknowledged; {@code took} since the request was handed over. */
  default void accepted(Delivery delivery, Duration took) {}

  /** A delivery of this id was stored before. */
  default void duplicate(Delivery delivery, Duration took) {}

  /** Not stored, and answered with this status. */
  default void refused(int status, String reason, Duration took) {}

  /** The message was fetched; {@code took} for the call. */
  default void fetched(MessageRef ref, Duration took) {}

  /** The message was a ticket, or was set aside, before: by another notification. */
  default void duplicateMessage(MessageRef ref) {}

  /** The filter set the message aside, for these reasons. */
  default void skipped(MessageRef ref, Verdict verdict) {}

  /** Nylas doesn't have the message any more. */
  default void gone(MessageRef ref) {}

  /** The ticket is at this destination; {@code took} for the routing. */
  default void routed(Ticket ticket, TicketRef ref, Duration took) {}

  /** The delivery is finished; {@code took} since it was received. */
  default void done(Delivery delivery, Outcome.Done outcome, Duration took) {}

  /** The delivery will be tried again. */
  default void rescheduled(Delivery delivery, Outcome.RetryAt outcome) {}

  /** The delivery is a dead letter. */
  default void dead(Delivery delivery, String why) {}
}
