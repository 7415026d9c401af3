package io.github.nylaswebhook.filter;

import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Mail that is ours: answering it would start a loop. */
final class OwnMail {
  private OwnMail() {}

  static List<Reason> reasons(Message message, MessageContext context) {
    List<Reason> reasons = new ArrayList<>();
    message.from().stream()
        .filter(context::isOwn)
        .forEach(address -> reasons.add(new Reason("own-address", address.email())));
    for (String folder : message.folders()) {
      // Gmail's label ids; other providers' are told by their attributes.
      switch (folder.toUpperCase(Locale.ROOT)) {
        case "SENT" -> reasons.add(new Reason("sent-folder", folder));
        case "DRAFT", "DRAFTS" -> reasons.add(new Reason("drafts-folder", folder));
        default -> {}
      }
    }
    return reasons;
  }
}
