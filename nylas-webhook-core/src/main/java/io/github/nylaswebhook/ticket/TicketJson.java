package io.github.nylaswebhook.ticket;

import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.message.EmailAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A ticket as JSON, for destinations that take any: URLs, queues, files. The format is described by
 * the JSON Schema {@code ticket.schema.json} beside this class. Members are added without a new
 * {@link #VERSION}, so readers pass over what they don't know; what is there keeps its meaning.
 */
public final class TicketJson {
  /** Of the format: the value of the member {@code version}. */
  public static final int VERSION = 1;

  private TicketJson() {}

  /**
   * One JSON object. Every member is there, empty if there is nothing to say, but for {@code
   * follow_up_to}, which only {@linkplain Ticket#isFollowUp() follow-ups} have. Strings are as the
   * ticket has them, control characters included; halves of surrogate pairs, which no Unicode text
   * has, become question marks.
   */
  public static String write(Ticket ticket) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("version", VERSION);
    members.put("idempotency_key", ticket.idempotencyKey());
    members.put("grant_id", ticket.grantId());
    members.put("message_id", ticket.messageId());
    members.put("thread_id", ticket.threadId());
    members.put("received_at", ticket.receivedAt().toString());
    members.put("kind", ticket.kind().name().toLowerCase(Locale.ROOT));
    members.put("silent", ticket.silent());
    members.put("note", ticket.note());
    if (ticket.isFollowUp()) {
      TicketRef parent = ticket.parent();
      Map<String, Object> ref = new LinkedHashMap<>();
      ref.put("destination", parent.destination());
      ref.put("id", parent.id());
      ref.put("url", parent.url());
      members.put("follow_up_to", ref);
    }
    members.put("subject", ticket.subject());
    members.put("from", address(ticket.from()));
    members.put("recipients", ticket.recipients().stream().map(TicketJson::address).toList());
    members.put("category", ticket.category());
    members.put("priority", ticket.priority().label());
    members.put("tags", ticket.tags().stream().sorted().toList());
    members.put("route", ticket.route());
    members.put("excerpt", ticket.excerpt());
    members.put("text", ticket.text());
    members.put("body", ticket.message().body());
    members.put("body_format", ticket.message().cleaned() ? "markdown" : "original");
    members.put("attachments", attachments(ticket));
    members.put("evidence", evidence(ticket));
    return Json.write(members);
  }

  private static Map<String, Object> address(EmailAddress address) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("name", address.name());
    members.put("email", address.email());
    return members;
  }

  private static List<Map<String, Object>> attachments(Ticket ticket) {
    return ticket.message().attachments().stream()
        .map(
            attachment -> {
              Map<String, Object> members = new LinkedHashMap<>();
              members.put("id", attachment.id());
              members.put("filename", attachment.filename());
              members.put("content_type", attachment.contentType());
              members.put("size", attachment.size());
              members.put("inline", attachment.inline());
              return members;
            })
        .toList();
  }

  private static List<Map<String, Object>> evidence(Ticket ticket) {
    return ticket.evidence().stream()
        .map(
            evidence -> {
              Map<String, Object> members = new LinkedHashMap<>();
              members.put("rule", evidence.rule());
              members.put("field", evidence.field());
              members.put("keyword", evidence.keyword());
              members.put("matched", evidence.matched());
              return members;
            })
        .toList();
  }
}
