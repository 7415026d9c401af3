package io.github.nylaswebhook.categorize;

import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import io.github.nylaswebhook.message.MessageText;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A message while it is categorized: what several conditions ask for is worked out once. */
final class Mail {
  private final Message message;
  private final MessageContext context;
  private final Keywords keywords;
  private @Nullable List<List<Keywords.Found>> found;
  private @Nullable String raw;

  Mail(Message message, MessageContext context, Keywords keywords) {
    this.message = message;
    this.context = context;
    this.keywords = keywords;
  }

  Message message() {
    return message;
  }

  MessageContext context() {
    return context;
  }

  MessageText text() {
    return context.text();
  }

  /** What was found of the keywords of a condition. */
  List<Keywords.Found> found(int condition) {
    List<List<Keywords.Found>> all = found;
    if (all == null) {
      all = keywords.find(text());
      found = all;
    }
    return all.get(condition);
  }

  /** Subject and body as the tutorial joins them. */
  String raw() {
    String known = raw;
    if (known == null) {
      known =
          message.subject().toLowerCase(Locale.ROOT)
              + " "
              + message.body().toLowerCase(Locale.ROOT);
      raw = known;
    }
    return known;
  }
}
