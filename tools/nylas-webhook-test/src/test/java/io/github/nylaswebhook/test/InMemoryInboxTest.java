package io.github.nylaswebhook.test;

import io.github.nylaswebhook.inbox.InMemoryInbox;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.inbox.RetryPolicy;
import java.time.Duration;

class InMemoryInboxTest extends InboxContract {
  @Override
  protected Inbox newInbox(RetryPolicy policy) {
    return InMemoryInbox.builder().retryPolicy(policy).pollInterval(Duration.ofMillis(20)).build();
  }
}
