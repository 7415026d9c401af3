package io.github.nylaswebhook.filter;

import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.io.IOException;

/** Says what a message is. Called from many threads. */
@FunctionalInterface
public interface MessageFilter {
  /**
   * Marks mail that we sent by a machine, whatever its sender's address: an answer to a customer.
   */
  String OWN_HEADER = "X-Nylas-Webhook";

  Verdict judge(Message message, MessageContext context) throws IOException;

  /**
   * Own mail, bounces, auto-replies and invitations by what RFC 3464, 3834, 5546 and 8098 and the
   * makers of mail servers say, in 18 languages. What only rides on people's mail ({@code
   * X-Auto-Response-Suppress}, {@code Precedence: bulk}, {@code List-*}, an empty sender) sets
   * nobody's mail aside, nor does a title that people write too ("Out of Office"): those need a
   * second sign. Without headers, subject, sender, attachments and the first lines of the text have
   * to do.
   */
  static MessageFilter standard() {
    return StandardFilter.INSTANCE;
  }

  /**
   * The check of Nylas' tutorial, to the letter: it takes ordinary Exchange mail and list mail for
   * auto-replies. Sent mail, drafts and own addresses are told apart as in {@link #standard()}, for
   * the tutorial asks for that in words only.
   */
  static MessageFilter tutorial() {
    return TutorialFilter.INSTANCE;
  }
}
