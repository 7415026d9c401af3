package io.github.nylaswebhook.pipeline;

import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.filter.Reason;
import io.github.nylaswebhook.filter.Verdict;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.message.MessageRef;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts for {@link PipelineStatistics}. */
final class CountingObserver implements PipelineObserver {
  /** A filter of a user's may put anything into its codes. */
  private static final int MAX_CODES = 1000;

  private static final String OTHERS = "others";

  private final LongAdder routed = new LongAdder();
  private final LongAdder duplicates = new LongAdder();
  private final LongAdder gone = new LongAdder();
  private final LongAdder dead = new LongAdder();
  private final Map<MessageKind, LongAdder> setAside = new EnumMap<>(MessageKind.class);
  private final ConcurrentMap<String, LongAdder> reasons = new ConcurrentHashMap<>();

  CountingObserver() {
    for (MessageKind kind : MessageKind.values()) {
      setAside.put(kind, new LongAdder());
    }
  }

  @Override
  public void routed(Ticket ticket, TicketRef ref, Duration took) {
    routed.increment();
  }

  @Override
  public void skipped(MessageRef ref, Verdict verdict) {
    LongAdder kind = setAside.get(verdict.kind());
    if (kind != null) {
      kind.increment();
    }
    verdict.reasons().stream().map(Reason::code).distinct().forEach(this::count);
  }

  private void count(String code) {
    boolean room = reasons.size() < MAX_CODES || reasons.containsKey(code);
    reasons.computeIfAbsent(room ? code : OTHERS, c -> new LongAdder()).increment();
  }

  @Override
  public void duplicateMessage(MessageRef ref) {
    duplicates.increment();
  }

  @Override
  public void gone(MessageRef ref) {
    gone.increment();
  }

  @Override
  public void dead(Delivery delivery, String why) {
    dead.increment();
  }

  PipelineStatistics statistics() {
    Map<MessageKind, Long> kinds = new EnumMap<>(MessageKind.class);
    setAside.forEach(
        (kind, count) -> {
          if (count.sum() > 0) {
            kinds.put(kind, count.sum());
          }
        });
    Map<String, Long> codes = new TreeMap<>();
    reasons.forEach((code, count) -> codes.put(code, count.sum()));
    return new PipelineStatistics(
        routed.sum(), kinds, codes, duplicates.sum(), gone.sum(), dead.sum());
  }
}
