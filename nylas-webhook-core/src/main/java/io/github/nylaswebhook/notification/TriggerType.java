package io.github.nylaswebhook.notification;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What happened, without the suffixes that say how it is told ({@link TriggerFlag}). An open value:
 * the constants are the triggers that Nylas documents, and any other string is a trigger too, so
 * that a new one never fails.
 *
 * @param value the base trigger, for example {@code message.created}
 */
public record TriggerType(String value) {
  public static final TriggerType MESSAGE_CREATED = new TriggerType("message.created");
  public static final TriggerType MESSAGE_UPDATED = new TriggerType("message.updated");
  public static final TriggerType MESSAGE_DELETED = new TriggerType("message.deleted");
  public static final TriggerType MESSAGE_SEND_SUCCESS = new TriggerType("message.send_success");
  public static final TriggerType MESSAGE_SEND_FAILED = new TriggerType("message.send_failed");
  public static final TriggerType MESSAGE_BOUNCE_DETECTED =
      new TriggerType("message.bounce_detected");
  public static final TriggerType MESSAGE_OPENED = new TriggerType("message.opened");
  public static final TriggerType MESSAGE_LINK_CLICKED = new TriggerType("message.link_clicked");
  public static final TriggerType THREAD_REPLIED = new TriggerType("thread.replied");
  public static final TriggerType GRANT_CREATED = new TriggerType("grant.created");
  public static final TriggerType GRANT_UPDATED = new TriggerType("grant.updated");
  public static final TriggerType GRANT_DELETED = new TriggerType("grant.deleted");
  public static final TriggerType GRANT_EXPIRED = new TriggerType("grant.expired");
  public static final TriggerType GRANT_IMAP_SYNC_COMPLETED =
      new TriggerType("grant.imap_sync_completed");
  public static final TriggerType FOLDER_CREATED = new TriggerType("folder.created");
  public static final TriggerType FOLDER_UPDATED = new TriggerType("folder.updated");
  public static final TriggerType FOLDER_DELETED = new TriggerType("folder.deleted");
  public static final TriggerType EVENT_CREATED = new TriggerType("event.created");
  public static final TriggerType EVENT_UPDATED = new TriggerType("event.updated");
  public static final TriggerType EVENT_DELETED = new TriggerType("event.deleted");
  public static final TriggerType CALENDAR_CREATED = new TriggerType("calendar.created");
  public static final TriggerType CALENDAR_UPDATED = new TriggerType("calendar.updated");
  public static final TriggerType CALENDAR_DELETED = new TriggerType("calendar.deleted");
  public static final TriggerType CONTACT_UPDATED = new TriggerType("contact.updated");
  public static final TriggerType CONTACT_DELETED = new TriggerType("contact.deleted");
  public static final TriggerType BOOKING_CREATED = new TriggerType("booking.created");
  public static final TriggerType BOOKING_PENDING = new TriggerType("booking.pending");
  public static final TriggerType BOOKING_RESCHEDULED = new TriggerType("booking.rescheduled");
  public static final TriggerType BOOKING_CANCELLED = new TriggerType("booking.cancelled");
  public static final TriggerType BOOKING_REMINDER = new TriggerType("booking.reminder");

  /** The base of a type as it is sent: the same without the trailing suffixes. */
  public static TriggerType of(String type) {
    return new TriggerType(type.substring(0, baseLength(type)));
  }

  /** The suffixes of a type as it is sent; none for an unknown one. */
  public static Set<TriggerFlag> flagsOf(String type) {
    EnumSet<TriggerFlag> flags = EnumSet.noneOf(TriggerFlag.class);
    int length = baseLength(type);
    while (length < type.length()) {
      int end = type.indexOf('.', length + 1);
      end = end < 0 ? type.length() : end;
      TriggerFlag.ofSuffix(type.substring(length + 1, end)).ifPresent(flags::add);
      length = end;
    }
    return Set.copyOf(flags);
  }

  private static int baseLength(String type) {
    int length = type.length();
    for (int dot; (dot = type.lastIndexOf('.', length - 1)) > 0; length = dot) {
      Optional<TriggerFlag> flag = TriggerFlag.ofSuffix(type.substring(dot + 1, length));
      if (flag.isEmpty()) {
        break;
      }
    }
    return length;
  }

  @Override
  public String toString() {
    return value;
  }
}
