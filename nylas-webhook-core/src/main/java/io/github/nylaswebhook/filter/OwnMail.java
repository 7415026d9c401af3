package io.github.nylaswebhook.filter;

import io.github.nylaswebhook.message.Folder;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Mail that is ours: answering it would start a loop. */
final class OwnMail {
  private OwnMail() {}

  static List<Reason> reasons(Message message, MessageContext context) {
    List<Reason> reasons = new ArrayList<>();
    boolean form = isForm(message, context);
    message.from().stream()
        .filter(address -> context.isOwn(address) && !form)
        .forEach(address -> reasons.add(new Reason("own-address", address.email())));
    message
        .header(MessageFilter.OWN_HEADER)
        .ifPresent(value -> reasons.add(new Reason("own-marker", value)));
    Stream.concat(
            message.folders().stream().map(Folder::wellKnown).flatMap(Optional::stream),
            context.folders().stream())
        .forEach(
            folder -> {
              if (folder.is(Folder.SENT)) {
                reasons.add(new Reason("sent-folder", folder.id()));
              } else if (folder.is(Folder.DRAFTS)) {
                reasons.add(new Reason("drafts-folder", folder.id()));
              }
            });
    return reasons;
  }

  /**
   * A form on our own site sends what a customer wrote in our name, and says where to answer. Our
   * own answers may ask for answers elsewhere, too: at our domain, or within a conversation.
   */
  private static boolean isForm(Message message, MessageContext context) {
    return !message.replyTo().isEmpty()
        && message.replyTo().stream()
            .noneMatch(
                address ->
                    context.isOwn(address) || address.domain().equals(message.sender().domain()))
        && !context.isFollowUp();
  }
}
