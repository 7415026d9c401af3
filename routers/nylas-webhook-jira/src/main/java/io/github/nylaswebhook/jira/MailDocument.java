package io.github.nylaswebhook.jira;

import io.github.nylaswebhook.categorize.Evidence;
import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.ticket.Ticket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A mail as a description or a comment: who and when, what was written, what hangs on it. */
final class MailDocument {
  /**
   * What a description or a comment may have. Jira doesn't say how it counts structure; a document
   * that it finds too long is tried again with half of it.
   *
   * @see <a href="https://jira.atlassian.com/browse/JRACLOUD-59124">JRACLOUD-59124</a>
   */
  static final int MAX_LENGTH = 32_767;

  /** For each name, address and the like: more isn't one. */
  private static final int MAX_PIECE = 200;

  private static final int MAX_RECIPIENTS = 10;
  private static final int MAX_EVIDENCE = 10;
  private static final int MAX_ATTACHMENTS = 30;

  private final List<Map<String, Object>> head = new ArrayList<>();
  private final List<String> attachments;
  private final String text;

  /** Characters besides the text. */
  private int length;

  private MailDocument(Ticket ticket, List<String> attachments) {
    this.text = Adf.clean(ticket.text()).strip();
    this.attachments = attachments;
    for (String attachment : attachments) {
      length += attachment.length() + 3;
    }
  }

  /**
   * An issue's description.
   *
   * @param continues the key of the issue that it goes on from; empty if there is none
   * @param carriedUpTo attachments of so many bytes are carried over
   * @param limit how many characters it may have
   */
  static Map<String, Object> description(
      Ticket ticket, String continues, long carriedUpTo, int limit) {
    MailDocument document = new MailDocument(ticket, attachments(ticket, carriedUpTo));
    document.sender(ticket);
    document.line("To", recipients(ticket.recipients()));
    document.line("Kind", name(ticket.kind()) + (ticket.silent() ? ", not to be answered" : ""));
    document.line("Category", ticket.category() + ", priority " + ticket.priority().label());
    document.line("Because of", evidence(ticket.evidence()));
    document.line("Goes on from", continues);
    return document.build(limit);
  }

  /**
   * A comment.
   *
   * @param reference by which it is found again
   */
  static Map<String, Object> comment(Ticket ticket, String reference, long carriedUpTo, int limit) {
    MailDocument document = new MailDocument(ticket, attachments(ticket, carriedUpTo));
    document.sender(ticket);
    if (ticket.note()) {
      document.line("Kind", name(ticket.kind()));
    }
    document.line("Reference", reference);
    return document.build(limit);
  }

  /** A comment that names attachments that are missing. */
  static Map<String, Object> missing(List<String> names, String reference) {
    return Adf.doc(
        List.of(
            Adf.paragraph("These attachments of a mail couldn't be carried over:"),
            Adf.bulletList(names.stream().limit(MAX_ATTACHMENTS).map(MailDocument::piece).toList()),
            Adf.paragraph("Reference: " + reference)));
  }

  private void sender(Ticket ticket) {
    line("From", address(ticket.from()));
    line("Received", ticket.receivedAt().toString());
  }

  private void line(String name, String value) {
    String clean = Adf.line(value, 4 * MAX_PIECE);
    if (clean.isEmpty()) {
      return;
    }
    if (!head.isEmpty()) {
      head.add(Adf.lineBreak());
    }
    head.add(Adf.strong(name + ": "));
    head.add(Adf.text(clean));
    length += name.length() + clean.length() + 4;
  }

  private Map<String, Object> build(int limit) {
    List<Map<String, Object>> blocks = new ArrayList<>();
    blocks.add(Adf.paragraph(head));
    blocks.add(Adf.rule());
    String notice =
        String.format(Locale.ROOT, "[Cut here: the mail has %,d characters.]", text.length());
    // A line break counts for one, the space between paragraphs for two: as many as in the text.
    int room = limit - length - notice.length() - 16;
    String shown = Adf.cut(text, room);
    List<Map<String, Object>> paragraphs = Adf.paragraphs(shown);
    blocks.addAll(paragraphs.isEmpty() ? List.of(Adf.paragraph("(no text)")) : paragraphs);
    if (shown.length() < text.length()) {
      blocks.add(Adf.paragraph(notice));
    }
    if (!attachments.isEmpty()) {
      blocks.add(Adf.rule());
      blocks.add(Adf.bulletList(attachments));
    }
    return Adf.doc(blocks);
  }

  private static List<String> attachments(Ticket ticket, long carriedUpTo) {
    List<Attachment> all = ticket.message().attachments();
    List<String> lines = new ArrayList<>();
    for (Attachment attachment : all.subList(0, Math.min(all.size(), MAX_ATTACHMENTS))) {
      lines.add(
          "Attachment: "
              + fileName(attachment)
              + " ("
              + Adf.line(attachment.contentType(), MAX_PIECE / 2)
              + String.format(Locale.ROOT, ", %,d bytes", attachment.size())
              + (carriedUpTo > 0 && attachment.size() > carriedUpTo
                  ? ", too large to be carried over"
                  : "")
              + ")");
    }
    if (all.size() > MAX_ATTACHMENTS) {
      lines.add("and " + (all.size() - MAX_ATTACHMENTS) + " attachments more");
    }
    return lines;
  }

  /** A name that a file can have anywhere; its end, which says what it is, is kept. */
  static String fileName(Attachment attachment) {
    String name = Adf.line(attachment.filename().replaceAll("[/\\\\]", "_"), Integer.MAX_VALUE);
    if (name.isEmpty()) {
      return "unnamed";
    }
    if (name.length() <= MAX_PIECE) {
      return name;
    }
    int end = name.length() - 40;
    return Adf.cut(name, MAX_PIECE - 41)
        + "…"
        + name.substring(Character.isLowSurrogate(name.charAt(end)) ? end + 1 : end);
  }

  private static String recipients(List<EmailAddress> recipients) {
    List<String> named =
        recipients.stream().limit(MAX_RECIPIENTS).map(MailDocument::address).toList();
    int more = recipients.size() - named.size();
    return shared(named, ", ", more);
  }

  private static String evidence(List<Evidence> evidence) {
    List<String> named =
        evidence.stream()
            .limit(MAX_EVIDENCE)
            .map(e -> piece(e.rule() + " (" + e.field() + ": " + e.matched() + ")"))
            .toList();
    return shared(named, "; ", evidence.size() - named.size());
  }

  /** So many of them as fit on a line of the head. */
  private static String shared(List<String> pieces, String between, int more) {
    StringBuilder line = new StringBuilder();
    int left = pieces.size() + more;
    for (String piece : pieces) {
      if (line.length() + piece.length() > 3 * MAX_PIECE) {
        break;
      }
      line.append(line.isEmpty() ? "" : between).append(piece);
      left--;
    }
    return line.append(left > 0 ? between + "and " + left + " more" : "").toString();
  }

  private static String address(EmailAddress address) {
    String name = piece(address.name());
    String email = piece(address.email());
    if (email.isEmpty()) {
      return name.isEmpty() ? "(no sender)" : name;
    }
    return name.isEmpty() ? email : name + " <" + email + ">";
  }

  private static String piece(String text) {
    return Adf.line(text, MAX_PIECE);
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
