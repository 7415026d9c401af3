package io.github.nylaswebhook.message;

import io.github.nylaswebhook.internal.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A mail, from a notification or fetched. Any member but the id may be missing, depending on the
 * provider and on fields selected in Nylas' dashboard: strings and lists are empty then, the date
 * is the epoch.
 *
 * @param id unique within the grant only; an IMAP id is the Message-ID header, {@code <>/@+=}
 *     included
 * @param grantId the connected account
 * @param threadId the conversation
 * @param subject as shown, decoded
 * @param from mostly one
 * @param to addressees
 * @param cc addressees of a copy
 * @param bcc addressees of a blind copy, on outgoing mail
 * @param replyTo where answers go, if not to the sender
 * @param date when the provider received it, to the second
 * @param body HTML where there is an HTML part, else text; Markdown if {@code cleaned}
 * @param cleaned whether the body is Markdown that Nylas made of it
 * @param snippet the first 100 characters of the text
 * @param folders ids of the folders or labels
 * @param attachments what hangs on it
 * @param headers all header lines in their order, if {@code headersKnown}
 * @param headersKnown whether they were asked for: only then do missing headers say anything
 * @param metadata what applications stored with it
 * @param unread not read yet
 * @param starred marked
 */
public record Message(
    String id,
    String grantId,
    String threadId,
    String subject,
    List<EmailAddress> from,
    List<EmailAddress> to,
    List<EmailAddress> cc,
    List<EmailAddress> bcc,
    List<EmailAddress> replyTo,
    Instant date,
    String body,
    boolean cleaned,
    String snippet,
    List<String> folders,
    List<Attachment> attachments,
    List<Header> headers,
    boolean headersKnown,
    Map<String, String> metadata,
    boolean unread,
    boolean starred) {

  public Message {
    from = List.copyOf(from);
    to = List.copyOf(to);
    cc = List.copyOf(cc);
    bcc = List.copyOf(bcc);
    replyTo = List.copyOf(replyTo);
    folders = List.copyOf(folders);
    attachments = List.copyOf(attachments);
    headers = List.copyOf(headers);
    metadata = Map.copyOf(metadata);
  }

  /** A mail that carries nothing but its ids. */
  public static Builder builder(String grantId, String id) {
    return new Builder(grantId, id);
  }

  /**
   * Reads Nylas' message object: values as JSON gives them (strings, doubles, booleans, lists,
   * maps, nulls). Members that are missing or of an unexpected type count as not given.
   */
  public static Message of(Map<String, ? extends @Nullable Object> object) {
    Json json = Json.of(object);
    Builder message =
        builder(json.stringOr("grant_id", ""), json.stringOr("id", ""))
            .threadId(json.stringOr("thread_id", ""))
            .subject(json.stringOr("subject", ""))
            .from(addresses(json, "from"))
            .to(addresses(json, "to"))
            .cc(addresses(json, "cc"))
            .bcc(addresses(json, "bcc"))
            .replyTo(addresses(json, "reply_to"))
            .date(json.epochSeconds("date").orElse(Instant.EPOCH))
            .body(json.stringOr("body", ""))
            .cleaned(json.stringOr("cleaning_status", "").equals("success"))
            .snippet(json.stringOr("snippet", ""))
            .attachments(json.objects("attachments").stream().map(Message::attachment).toList())
            .unread(json.bool("unread"))
            .starred(json.bool("starred"));
    List<String> folders = new ArrayList<>();
    json.list("folders").forEach(folder -> Json.scalar(folder).ifPresent(folders::add));
    message.folders(folders);
    if (json.has("headers")) {
      message.headers(
          json.objects("headers").stream()
              .map(header -> new Header(header.stringOr("name", ""), header.stringOr("value", "")))
              .toList());
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    Json given = json.object("metadata");
    for (Object name : given.asMap().keySet()) {
      String key = String.valueOf(name);
      given.string(key).ifPresent(value -> metadata.put(key, value));
    }
    return message.metadata(metadata).build();
  }

  private static List<EmailAddress> addresses(Json json, String name) {
    return json.objects(name).stream()
        .map(
            address ->
                new EmailAddress(address.stringOr("name", ""), address.stringOr("email", "")))
        .toList();
  }

  private static Attachment attachment(Json json) {
    return new Attachment(
        json.stringOr("id", ""),
        json.stringOr("filename", ""),
        json.stringOr("content_type", ""),
        json.longOr("size", 0),
        json.bool("is_inline"));
  }

  /** The first sender, or an empty address. */
  public EmailAddress sender() {
    return from.isEmpty() ? new EmailAddress("", "") : from.get(0);
  }

  /** The value of the first header of this name, in any case. */
  public Optional<String> header(String name) {
    return headerValues(name).stream().findFirst();
  }

  /** The values of all headers of this name, in any case, in their order, as they were sent. */
  public List<String> headerValues(String name) {
    return headers.stream()
        .filter(header -> header.name().equalsIgnoreCase(name))
        .map(Header::value)
        .toList();
  }

  /** The same for reading: see {@link Header#text()}. */
  public List<String> headerTexts(String name) {
    return headers.stream()
        .filter(header -> header.name().equalsIgnoreCase(name))
        .map(Header::text)
        .toList();
  }

  /**
   * Whether the message answers another one, by {@code In-Reply-To} and {@code References}, which
   * RFC 5322 §3.6.4 has answers carry. False if its headers aren't known.
   */
  public boolean isFollowUp() {
    return headers.stream()
        .anyMatch(
            header ->
                !header.value().isBlank()
                    && (header.name().equalsIgnoreCase("In-Reply-To")
                        || header.name().equalsIgnoreCase("References")));
  }

  /** The same mail under these ids. */
  public Message withIds(String grantId, String id) {
    if (this.grantId.equals(grantId) && this.id.equals(id)) {
      return this;
    }
    Builder builder = builder(grantId, id).threadId(threadId).subject(subject).from(from).to(to);
    builder.cc(cc).bcc(bcc).replyTo(replyTo).date(date).body(body).cleaned(cleaned);
    builder.snippet(snippet).folders(folders).attachments(attachments);
    if (headersKnown) {
      builder.headers(headers);
    }
    return builder.metadata(metadata).unread(unread).starred(starred).build();
  }

  /** Ids only: what is safe to log. */
  @Override
  public String toString() {
    return "Message[" + id + " grant=" + grantId + " thread=" + threadId + "]";
  }

  /** Makes messages, mostly in tests. Not for use by several threads. */
  public static final class Builder {
    private final String grantId;
    private final String id;
    private String threadId = "";
    private String subject = "";
    private List<EmailAddress> from = List.of();
    private List<EmailAddress> to = List.of();
    private List<EmailAddress> cc = List.of();
    private List<EmailAddress> bcc = List.of();
    private List<EmailAddress> replyTo = List.of();
    private Instant date = Instant.EPOCH;
    private String body = "";
    private boolean cleaned;
    private String snippet = "";
    private List<String> folders = List.of();
    private List<Attachment> attachments = List.of();
    private List<Header> headers = List.of();
    private boolean headersKnown;
    private Map<String, String> metadata = Map.of();
    private boolean unread;
    private boolean starred;

    private Builder(String grantId, String id) {
      this.grantId = grantId;
      this.id = id;
    }

    public Builder threadId(String value) {
      threadId = value;
      return this;
    }

    public Builder subject(String value) {
      subject = value;
      return this;
    }

    /** One sender without a display name. */
    public Builder from(String email) {
      return from(List.of(new EmailAddress("", email)));
    }

    public Builder from(List<EmailAddress> value) {
      from = value;
      return this;
    }

    public Builder to(List<EmailAddress> value) {
      to = value;
      return this;
    }

    public Builder cc(List<EmailAddress> value) {
      cc = value;
      return this;
    }

    public Builder bcc(List<EmailAddress> value) {
      bcc = value;
      return this;
    }

    public Builder replyTo(List<EmailAddress> value) {
      replyTo = value;
      return this;
    }

    public Builder date(Instant value) {
      date = value;
      return this;
    }

    public Builder body(String value) {
      body = value;
      return this;
    }

    public Builder cleaned(boolean value) {
      cleaned = value;
      return this;
    }

    public Builder snippet(String value) {
      snippet = value;
      return this;
    }

    public Builder folders(List<String> value) {
      folders = value;
      return this;
    }

    public Builder attachments(List<Attachment> value) {
      attachments = value;
      return this;
    }

    /** The headers, which are known from then on. */
    public Builder headers(List<Header> value) {
      headers = value;
      headersKnown = true;
      return this;
    }

    public Builder metadata(Map<String, String> value) {
      metadata = value;
      return this;
    }

    public Builder unread(boolean value) {
      unread = value;
      return this;
    }

    public Builder starred(boolean value) {
      starred = value;
      return this;
    }

    public Message build() {
      return new Message(
          id,
          grantId,
          threadId,
          subject,
          from,
          to,
          cc,
          bcc,
          replyTo,
          date,
          body,
          cleaned,
          snippet,
          folders,
          attachments,
          headers,
          headersKnown,
          metadata,
          unread,
          starred);
    }
  }
}
