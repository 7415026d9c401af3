package io.github.nylaswebhook.filter;

import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.io.IOException;

/** Says what a message is. Called from many threads. */
@FunctionalInterface
public interface MessageFilter {
  Verdict judge(Message message, MessageContext context) throws IOException;

  /**
   * Own mail, bounces, auto-replies and invitations by what RFC 3464, 3834, 5546 and 8098 and the
   * makers of mail servers say; what only rides on people's mail ({@code X-Auto-Response-Suppress},
   * {@code Precedence: bulk}, {@code List-*}) sets nobody's mail aside.
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
