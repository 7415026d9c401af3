package io.github.nylaswebhook.categorize;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * When somebody is there.
 *
 * @param zone where, daylight saving time included
 * @param days on which days it begins
 * @param from the first moment
 * @param to the moment when nobody is there any more; before {@code from}, it is on the next day
 */
public record OfficeHours(ZoneId zone, Set<DayOfWeek> days, LocalTime from, LocalTime to) {
  /** Monday to Friday. */
  public static final Set<DayOfWeek> WEEKDAYS =
      Collections.unmodifiableSet(EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY));

  public OfficeHours {
    if (days.isEmpty()) {
      throw new IllegalArgumentException("Office hours need a day");
    }
    if (from.equals(to)) {
      throw new IllegalArgumentException("Office hours that begin and end at " + from);
    }
    days = Collections.unmodifiableSet(EnumSet.copyOf(days));
  }

  /** Whether somebody is there then. */
  public boolean isOpen(Instant moment) {
    ZonedDateTime local = moment.atZone(zone);
    LocalTime time = local.toLocalTime();
    if (from.isBefore(to)) {
      return days.contains(local.getDayOfWeek()) && !time.isBefore(from) && time.isBefore(to);
    }
    return (!time.isBefore(from) && days.contains(local.getDayOfWeek()))
        || (time.isBefore(to) && days.contains(local.getDayOfWeek().minus(1)));
  }

  /** For a person, for example {@code Mon, Tue 09:00-17:30 Europe/Berlin}. */
  @Override
  public String toString() {
    return days.stream()
            .map(day -> day.getDisplayName(TextStyle.SHORT, Locale.ENGLISH))
            .collect(Collectors.joining(", "))
        + " "
        + from
        + "-"
        + to
        + " "
        + zone;
  }
}
