package io.github.nylaswebhook.samples.supportdesk;

import io.github.nylaswebhook.filter.Reason;
import io.github.nylaswebhook.filter.Verdict;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.Outcome;
import io.github.nylaswebhook.message.MessageRef;
import io.github.nylaswebhook.pipeline.PipelineObserver;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Counts what happens, and prints each ticket. */
final class Tally implements PipelineObserver {
  private final PrintStream out;
  private final Map<String, List<Ticket>> routed = new HashMap<>();
  private final Map<String, Integer> categories = new TreeMap<>();
  private final Map<String, Integer> skipReasons = new TreeMap<>();
  private int accepted;
  private int duplicateDeliveries;
  private int duplicateMessages;
  private int skipped;
  private int refused;
  private int rescheduled;
  private int finished;
  private final List<String> dead = new ArrayList<>();

  Tally(PrintStream out) {
    this.out = out;
  }

  @Override
  public synchronized void accepted(Delivery delivery, Duration took) {
    accepted++;
  }

  @Override
  public synchronized void duplicate(Delivery delivery, Duration took) {
    duplicateDeliveries++;
  }

  @Override
  public synchronized void refused(int status, String reason, Duration took) {
    refused++;
  }

  @Override
  public synchronized void duplicateMessage(MessageRef ref) {
    duplicateMessages++;
  }

  @Override
  public synchronized void skipped(MessageRef ref, Verdict verdict) {
    skip(verdict.reasons().stream().findFirst().map(Reason::code).orElse("unknown"));
  }

  @Override
  public synchronized void gone(MessageRef ref) {
    skip("gone");
  }

  private void skip(String reason) {
    skipped++;
    skipReasons.merge(reason, 1, Integer::sum);
  }

  @Override
  public synchronized void routed(Ticket ticket, TicketRef ref, Duration took) {
    routed.computeIfAbsent(ticket.messageId(), id -> new ArrayList<>()).add(ticket);
    categories.merge(
        ticket.isFollowUp() ? "(appended)" : ticket.category() + " " + ticket.priority().label(),
        1,
        Integer::sum);
    out.println(
        String.format(
            Locale.ROOT,
            "%-8s %-6s %-16s %s%s (%s)",
            ref.id(),
            ticket.priority().label(),
            ticket.category(),
            ticket.note() ? "+ note: " : ticket.isFollowUp() ? "+ " : "",
            printable(ticket.subject()),
            printable(ticket.from().email())));
  }

  @Override
  public synchronized void rescheduled(Delivery delivery, Outcome.RetryAt outcome) {
    rescheduled++;
  }

  @Override
  public synchronized void done(Delivery delivery, Outcome.Done outcome, Duration took) {
    finished++;
  }

  @Override
  public synchronized void dead(Delivery delivery, String why) {
    dead.add(delivery.id() + ": " + why);
    finished++;
  }

  /** Whether everything that was accepted is done. */
  synchronized boolean isIdle() {
    return finished == accepted;
  }

  synchronized int accepted() {
    return accepted;
  }

  synchronized List<Ticket> routed(String messageId) {
    return List.copyOf(routed.getOrDefault(messageId, List.of()));
  }

  synchronized int routedCount() {
    return routed.values().stream().mapToInt(List::size).sum();
  }

  /** Those of them that were appended to a ticket. */
  synchronized int appended() {
    return (int) routed.values().stream().flatMap(List::stream).filter(Ticket::isFollowUp).count();
  }

  synchronized int doubled() {
    return (int) routed.values().stream().filter(tickets -> tickets.size() > 1).count();
  }

  synchronized int duplicates() {
    return duplicateDeliveries + duplicateMessages;
  }

  synchronized int skippedCount() {
    return skipped;
  }

  synchronized Map<String, Integer> skipReasons() {
    return new TreeMap<>(skipReasons);
  }

  synchronized List<String> dead() {
    return List.copyOf(dead);
  }

  synchronized void summarize() {
    out.println();
    out.println("Deliveries accepted      " + accepted);
    out.println("  refused at the door    " + refused);
    out.println("  tried again later      " + rescheduled);
    out.println("Duplicates");
    out.println("  the same notification  " + duplicateDeliveries);
    out.println("  the same message       " + duplicateMessages);
    out.println("Set aside");
    skipReasons.forEach((reason, count) -> out.printf("  %-22s %d%n", reason, count));
    out.println("Routed");
    categories.forEach((category, count) -> out.printf("  %-22s %d%n", category, count));
    out.println("Dead letters             " + dead.size());
    dead.forEach(letter -> out.println("  " + letter));
  }

  /** Customers write subjects, terminals obey control characters. */
  private static String printable(String text) {
    return text.codePoints()
        .filter(c -> !Character.isISOControl(c) && Character.getType(c) != Character.FORMAT)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
