package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.filter.MessageKind;
import java.util.Map;

/**
 * What a pipeline has done with messages since it was built; other nodes, and this one before its
 * last start, aren't counted.
 *
 * @param routed tickets that are at a destination: one that goes to two counts twice
 * @param setAside messages that the filter's verdict, by the policy for their kind, made no ticket
 *     of; kinds of which there was none are missing
 * @param reasons how often each of the verdicts' reason codes set a message aside; a message may
 *     have several
 * @param duplicates messages that were a ticket, or set aside, before
 * @param gone messages that Nylas didn't have any more
 * @param dead deliveries that became dead letters
 */
public record PipelineStatistics(
    long routed,
    Map<MessageKind, Long> setAside,
    Map<String, Long> reasons,
    long duplicates,
    long gone,
    long dead) {
  public PipelineStatistics {
    setAside = Map.copyOf(setAside);
    reasons = Map.copyOf(reasons);
  }
}
