package io.github.nylaswebhook.pipeline;

/** When a message is fetched from Nylas before it is judged. */
public enum FetchPolicy {
  /**
   * Always: notifications come in any order, so the fetched state is the one that counts, and only
   * it carries the headers by which machines' mail is told.
   */
  ALWAYS,
  /**
   * As in the tutorial: if the notification is truncated, or has no body. Saves calls; without
   * headers, most auto-replies and bounces pass for people's mail.
   */
  WHEN_INCOMPLETE
}
