package io.github.nylaswebhook.internal;

/** Names of things of grants, under which stores know them. */
public final class Keys {
  private Keys() {}

  /** Different for any two things, whatever characters their ids have. */
  public static String of(String kind, String grantId, String id) {
    // The length makes the boundary plain.
    return kind + ":" + grantId.length() + ":" + grantId + ":" + id;
  }

  /** A thread's, by which its mails know their conversation and their order. */
  public static String thread(String grantId, String threadId) {
    return of("thread", grantId, threadId);
  }
}
