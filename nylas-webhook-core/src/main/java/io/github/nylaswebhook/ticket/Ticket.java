package io.github.nylaswebhook.ticket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.categorize.Classification;
import io.github.nylaswebhook.categorize.Evidence;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.internal.Digests;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageText;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A mail that somebody has to answer, ready for a destination: a new ticket there, or, if it is a
 * {@linkplain #isFollowUp() follow-up}, something to append to the ticket of its conversation.
 *
 * @param messageId the message, unique within its grant
 * @param grantId the connected account that got it
 * @param threadId the conversation it belongs to; empty if the provider has none
 * @param subject the subject on one line
 * @param from who wrote it
 * @param recipients to whom, copies included
 * @param kind whether a person wrote it or a machine
 * @param silent whether nothing may answer its sender: a machine, or a list, would get the answer
 * @param category what it is about
 * @param priority how urgent it is
 * @param tags anything else that was noticed
 * @param route the name of the way that the rules chose, for {@link TicketRouter#byRoute}; empty if
 *     they chose none
 * @param receivedAt when the provider got the mail; if it doesn't say, when the notification came
 * @param excerpt the beginning of what was written, on one line
 * @param text what its sender wrote now, as plain text with its line breaks: without quotes,
 *     signature and footers; Markdown if Nylas has cleaned the message
 * @param evidence why the category and the priority
 * @param idempotencyKey the same for every try at routing this message, and for no other message:
 *     64 lower-case hexadecimal digits
 * @param message the whole mail
 * @param parent the ticket to append to, at the destination that this is routed to; {@link
 *     TicketRef#NONE} for a new one
 * @param note whether it is a machine's answer or report: appended where only the team sees it, and
 *     never a new ticket
 * @param repeated whether an earlier try may have brought it to the destination already. Always
 *     right for a router that isn't {@link TicketRouter#idempotent() idempotent}, which looks for
 *     it then
 */
public record Ticket(
    String messageId,
    String grantId,
    String threadId,
    String subject,
    EmailAddress from,
    List<EmailAddress> recipients,
    MessageKind kind,
    boolean silent,
    String category,
    Priority priority,
    Set<String> tags,
    String route,
    Instant receivedAt,
    String excerpt,
    String text,
    List<Evidence> evidence,
    String idempotencyKey,
    Message message,
    TicketRef parent,
    boolean note,
    boolean repeated) {

  /** As much as a chat message or a list of tickets shows. */
  public static final int EXCERPT_LENGTH = 500;

  public Ticket {
    recipients = List.copyOf(recipients);
    tags = Set.copyOf(tags);
    evidence = List.copyOf(evidence);
  }

  /** The ticket for a message. */
  public static Ticket of(
      Message message,
      MessageText text,
      MessageKind kind,
      boolean silent,
      Classification classification,
      Instant receivedAt) {
    return new Ticket(
        message.id(),
        message.grantId(),
        message.threadId(),
        text.subject(),
        message.sender(),
        Stream.of(message.to(), message.cc(), message.bcc()).flatMap(List::stream).toList(),
        kind,
        silent,
        classification.category(),
        classification.priority(),
        classification.tags(),
        classification.route(),
        receivedAt,
        text.excerpt(EXCERPT_LENGTH),
        text.body(),
        classification.evidence(),
        idempotencyKey(message.grantId(), message.id()),
        message,
        TicketRef.NONE,
        false,
        false);
  }

  /** Whether it is to be appended to {@link #parent()}. */
  public boolean isFollowUp() {
    return !parent.isNone();
  }

  /** The same mail, to be appended to that ticket; a new ticket for {@link TicketRef#NONE}. */
  public Ticket followUp(TicketRef ticket) {
    return with(ticket, note, repeated);
  }

  /** The same mail, as something that only the team sees. */
  public Ticket asNote() {
    return with(parent, true, repeated);
  }

  /** The same mail, of which it isn't known whether the destination has it. */
  public Ticket asRepeated() {
    return with(parent, note, true);
  }

  private Ticket with(TicketRef newParent, boolean newNote, boolean newRepeated) {
    return new Ticket(
        messageId,
        grantId,
        threadId,
        subject,
        from,
        recipients,
        kind,
        silent,
        category,
        priority,
        tags,
        route,
        receivedAt,
        excerpt,
        text,
        evidence,
        idempotencyKey,
        message,
        newParent,
        newNote,
        newRepeated);
  }

  /** The key by which a destination knows a message again, whoever routes it, and whenever. */
  public static String idempotencyKey(String grantId, String messageId) {
    return Digests.sha256Hex((grantId + "\n" + messageId).getBytes(UTF_8));
  }

  /** Ids only: what is safe to log. */
  @Override
  public String toString() {
    return "Ticket["
        + category
        + "/"
        + priority.label()
        + " message="
        + messageId
        + " grant="
        + grantId
        + "]";
  }
}
