package io.github.nylaswebhook.cli;

import io.github.nylaswebhook.categorize.Categorizer;
import io.github.nylaswebhook.categorize.Classification;
import io.github.nylaswebhook.filter.MessageFilter;
import io.github.nylaswebhook.filter.Policy;
import io.github.nylaswebhook.filter.Verdict;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;

/** What a message is taken for, and why; its category also where it would get no ticket. */
record Explanation(
    Message message, MessageContext context, Verdict verdict, Classification classification) {

  static Explanation of(
      Message message, MessageFilter filter, Categorizer rules, Set<String> ownAddresses)
      throws IOException {
    MessageContext context = new MessageContext(message, ownAddresses);
    return new Explanation(
        message, context, filter.judge(message, context), rules.categorize(message, context));
  }

  /** In lower case. */
  String kind() {
    return verdict.kind().name().toLowerCase(Locale.ROOT);
  }

  /** In lower case. */
  String policy() {
    return Policy.defaultFor(verdict.kind()).name().toLowerCase(Locale.ROOT);
  }
}
