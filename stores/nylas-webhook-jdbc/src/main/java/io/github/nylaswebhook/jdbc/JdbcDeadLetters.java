package io.github.nylaswebhook.jdbc;

import io.github.nylaswebhook.inbox.DeadLetter;
import io.github.nylaswebhook.inbox.DeadLetters;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The rows that were given up. */
final class JdbcDeadLetters implements DeadLetters {
  /** When the last letter of a page died, which needs no more digits in 100,000 years; its key. */
  private static final Pattern CURSOR = Pattern.compile("(-?\\d{1,17}),([\\x21-\\x7e]{1,100})");

  private final InboxTable table;
  private final InstantSource clock;
  private final UnaryOperator<Instant> endOfRetention;
  private final Runnable wake;

  JdbcDeadLetters(
      InboxTable table, InstantSource clock, UnaryOperator<Instant> endOfRetention, Runnable wake) {
    this.table = table;
    this.clock = clock;
    this.endOfRetention = endOfRetention;
    this.wake = wake;
  }

  @Override
  public Page list(String cursor, int limit) throws StoreUnavailableException {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be 1 or more, but is " + limit);
    }
    Matcher place = CURSOR.matcher(cursor);
    if (!place.matches() && !cursor.isEmpty()) {
      throw new IllegalArgumentException("\"" + cursor + "\" is no cursor of this inbox's");
    }
    long diedAt = cursor.isEmpty() ? Long.MIN_VALUE : Long.parseLong(place.group(1));
    String key = cursor.isEmpty() ? "" : place.group(2);
    // One more than asked for says whether there are more.
    int most = Math.min(limit, Integer.MAX_VALUE - 1);
    List<InboxTable.DeadRow> rows = table.reaching(() -> table.dead(diedAt, key, most + 1));
    if (rows.size() <= limit) {
      return new Page(letters(rows), "");
    }
    InboxTable.DeadRow last = rows.get(limit - 1);
    return new Page(
        letters(rows.subList(0, limit)), last.letter().diedAt().toEpochMilli() + "," + last.key());
  }

  private List<DeadLetter> letters(List<InboxTable.DeadRow> rows) {
    return rows.stream().map(InboxTable.DeadRow::letter).toList();
  }

  @Override
  public Optional<DeadLetter> get(String deliveryId) throws StoreUnavailableException {
    return table
        .reaching(() -> table.dead(InboxTable.key(deliveryId)))
        .map(InboxTable.DeadRow::letter);
  }

  @Override
  public boolean replay(String deliveryId) throws StoreUnavailableException {
    boolean replayed =
        table.reaching(() -> table.replay(InboxTable.key(deliveryId), clock.instant()));
    wake.run();
    return replayed;
  }

  @Override
  public boolean discard(String deliveryId) throws StoreUnavailableException {
    return table.reaching(
        () -> table.discard(InboxTable.key(deliveryId), endOfRetention.apply(clock.instant())));
  }
}
