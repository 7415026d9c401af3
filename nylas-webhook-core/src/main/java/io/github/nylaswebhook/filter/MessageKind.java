package io.github.nylaswebhook.filter;

/** What sort of mail a message is. */
public enum MessageKind {
  /** Written by a person, to us or to a list. */
  HUMAN,
  /** Sent by a machine in answer to a mail: out of office, vacation, acknowledgement. */
  AUTO_REPLY,
  /** A report that a mail couldn't be delivered, or was late, or was. */
  BOUNCE,
  /** Made by a machine of its own accord: monitoring, trackers, shops. Often what matters most. */
  NOTIFICATION,
  /** A newsletter or the like. */
  BULK,
  /** An invitation, an answer to one, or its cancellation. */
  CALENDAR,
  /** A complaint about a mail, as RFC 5965 has it. */
  FEEDBACK_REPORT,
  /** A receipt that a mail was read, as RFC 8098 has it. */
  DISPOSITION_NOTIFICATION,
  /** From us: our address, our sent mail, our drafts. Answering it would start a loop. */
  OWN
}
