package io.github.nylaswebhook.test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A mail in a fake mailbox. Immutable: each method gives another mail.
 *
 * @see <a href="https://developer.nylas.com/docs/reference/api/messages/">Nylas: messages</a>
 */
public final class Mail {
  private final Map<String, Object> members;
  private final List<Map<String, Object>> headers;

  /** Of the attachments that have any, by their ids. */
  private final Map<String, byte[]> contents;

  private Mail(
      Map<String, Object> members,
      List<Map<String, Object>> headers,
      Map<String, byte[]> contents) {
    this.members = members;
    this.headers = headers;
    this.contents = contents;
  }

  /** An unread mail in the inbox, dated now, with a subject and a body that say nothing. */
  public static Mail of(String grantId, String id) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("id", id);
    members.put("grant_id", grantId);
    members.put("object", "message");
    members.put("thread_id", "thread-" + id);
    members.put("subject", "Hello");
    members.put("from", List.of(address("", "customer@example.com")));
    members.put("to", List.of(address("", "support@example.com")));
    members.put("cc", List.of());
    members.put("bcc", List.of());
    members.put("reply_to", List.of());
    members.put("date", Instant.now().getEpochSecond());
    members.put("body", "<p>Hello, is anybody there?</p>");
    members.put("snippet", "Hello, is anybody there?");
    members.put("starred", false);
    members.put("unread", true);
    members.put("folders", List.of("INBOX", "UNREAD"));
    members.put("attachments", List.of());
    return new Mail(members, List.of(), Map.of());
  }

  public String id() {
    return String.valueOf(members.get("id"));
  }

  public String grantId() {
    return String.valueOf(members.get("grant_id"));
  }

  public Mail subject(String subject) {
    return with("subject", subject);
  }

  public Mail from(String name, String email) {
    return with("from", List.of(address(name, email)));
  }

  public Mail to(String email) {
    return with("to", List.of(address("", email)));
  }

  public Mail thread(String threadId) {
    return with("thread_id", threadId);
  }

  public Mail date(Instant date) {
    return with("date", date.getEpochSecond());
  }

  public Mail body(String body) {
    String text = body.replaceAll("<[^>]*>", " ").replaceAll("\\s+", " ").strip();
    return with("body", body).with("snippet", text.substring(0, Math.min(100, text.length())));
  }

  public Mail folders(String... ids) {
    return with("folders", List.of(ids));
  }

  /** One attachment more, which can be downloaded. */
  public Mail attachment(String filename, String contentType, byte[] content) {
    Map<String, byte[]> more = new LinkedHashMap<>(contents);
    more.put(attachmentId(filename), content.clone());
    Mail mail = attachment(filename, contentType, content.length);
    return new Mail(mail.members, mail.headers, more);
  }

  private static String attachmentId(String filename) {
    return "attachment-" + filename;
  }

  Optional<byte[]> content(String attachmentId) {
    return Optional.ofNullable(contents.get(attachmentId));
  }

  /** One attachment more, of which nothing but this is there. */
  public Mail attachment(String filename, String contentType, long size) {
    Map<String, Object> attachment = new LinkedHashMap<>();
    attachment.put("id", attachmentId(filename));
    attachment.put("grant_id", grantId());
    attachment.put("filename", filename);
    attachment.put("content_type", contentType);
    attachment.put("size", size);
    attachment.put("is_inline", false);
    List<Object> more = new ArrayList<>((List<?>) members.getOrDefault("attachments", List.of()));
    more.add(attachment);
    return with("attachments", more);
  }

  /** One header line more; headers are given out only to who asks for them. */
  public Mail header(String name, String value) {
    List<Map<String, Object>> more = new ArrayList<>(headers);
    more.add(Map.of("name", name, "value", value));
    return new Mail(members, more, contents);
  }

  /** Any member of the message object. */
  public Mail with(String member, Object value) {
    Map<String, Object> changed = new LinkedHashMap<>(members);
    changed.put(member, value);
    return new Mail(changed, headers, contents);
  }

  public Mail without(String member) {
    Map<String, Object> changed = new LinkedHashMap<>(members);
    changed.remove(member);
    return new Mail(changed, headers, contents);
  }

  /** The message object, as notifications carry it: without headers. */
  public Map<String, @Nullable Object> toJson() {
    return new LinkedHashMap<>(members);
  }

  /** The message object, as {@code fields=include_headers} gives it. */
  public Map<String, @Nullable Object> toJsonWithHeaders() {
    Map<String, @Nullable Object> json = toJson();
    json.put("headers", headers);
    return json;
  }

  private static Map<String, Object> address(String name, String email) {
    Map<String, Object> address = new LinkedHashMap<>();
    if (!name.isEmpty()) {
      address.put("name", name);
    }
    address.put("email", email);
    return address;
  }
}
