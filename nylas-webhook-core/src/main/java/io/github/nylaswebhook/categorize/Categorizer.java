package io.github.nylaswebhook.categorize;

import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.io.IOException;

/** Says what a message is about. Called from many threads. */
@FunctionalInterface
public interface Categorizer {
  Classification categorize(Message message, MessageContext context) throws IOException;
}
