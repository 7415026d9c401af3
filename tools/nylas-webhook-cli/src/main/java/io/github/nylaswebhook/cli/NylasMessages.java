package io.github.nylaswebhook.cli;

import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.notification.TriggerType;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the message in what Nylas sends: in the message object itself, in an answer of the API that
 * has it, or a list of them, as its {@code data}, and in the notification of a message that was
 * created or updated.
 */
final class NylasMessages {
  private static final Set<TriggerType> WITH_MESSAGE =
      Set.of(TriggerType.MESSAGE_CREATED, TriggerType.MESSAGE_UPDATED);

  private NylasMessages() {}

  /** What a JSON object holds of messages: itself, or the elements of an answer's list. */
  static List<?> candidates(Map<?, ?> object) {
    return object.get("data") instanceof List<?> list ? list : List.of(object);
  }

  /**
   * The message.
   *
   * @throws BrokenInputException if it is something else that Nylas sends, or no object
   */
  static Message message(@Nullable Object candidate) throws BrokenInputException {
    if (!(candidate instanceof Map<?, ?> object)) {
      throw new BrokenInputException(
          JsonLines.named(candidate) + " in a list of messages, not a message object");
    }
    if (object.get("data") instanceof Map<?, ?> data) {
      if (!(data.get("object") instanceof Map<?, ?> message)) {
        return message(data);
      }
      if (object.get("type") instanceof String type
          && !WITH_MESSAGE.contains(TriggerType.of(type))) {
        throw new BrokenInputException("a notification of " + type + ", which has no message");
      }
      return message(message);
    }
    if (object.get("error") instanceof Map<?, ?> error && !object.containsKey("id")) {
      throw new BrokenInputException(
          "an error that Nylas answered"
              + (error.get("message") instanceof String said ? " (" + said + ")" : "")
              + ", not a message object");
    }
    if (object.get("object") instanceof String what
        && !what.equals("message")
        && !what.equals("draft")) {
      throw new BrokenInputException("an object \"" + what + "\", not a message object");
    }
    @SuppressWarnings("unchecked") // JSON's names are strings
    Map<String, @Nullable Object> members = (Map<String, @Nullable Object>) object;
    return Message.of(members);
  }
}
