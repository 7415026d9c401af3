package io.github.nylaswebhook.slack;

import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.ticket.Ticket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A ticket as Slack shows it. What strangers wrote is in {@code plain_text} objects, in which Slack
 * looks for no formatting, mentions, links or emoji, and escaped all the same.
 *
 * @param text what notifications and screen readers say
 * @param blocks what is shown
 * @see <a href="https://docs.slack.dev/reference/block-kit/blocks">Slack: blocks</a>
 * @see <a href="https://docs.slack.dev/reference/block-kit/composition-objects/text-object">Slack:
 *     text object</a>
 */
record SlackMessage(String text, List<Map<String, Object>> blocks) {
  /** Of a header block. */
  static final int MAX_HEADER = 150;

  /** Of a text object. */
  static final int MAX_SECTION = 3_000;

  /** Of a message. */
  static final int MAX_BLOCKS = 50;

  /**
   * Of the mail's own text, escaped. Slack's documented limits (3,000 to a section, 50 blocks)
   * allow more, but it refuses blocks of about 13,200 characters in all, and some of 11,300.
   *
   * @see <a href="https://github.com/slackapi/bolt-js/issues/2509">slackapi/bolt-js#2509</a>
   * @see <a href="https://github.com/slackapi/bolt-js/issues/2867">slackapi/bolt-js#2867</a>
   */
  static final int MAX_TEXT = 8_000;

  private static final int MAX_SUBJECT = 250;
  private static final int MAX_ADDRESSES = 5;
  private static final int MAX_NAMES = 400;
  private static final int MAX_FALLBACK = 1_200;
  private static final int MAX_ATTACHMENTS = 15;
  private static final int MAX_FILENAME = 60;
  private static final int MAX_LISTED = 120;

  /** A ticket or something appended to one, with so much of its text. */
  static SlackMessage of(Ticket ticket, int maxText) {
    return of(ticket, maxText, "");
  }

  /**
   * The same, with a line of ours that names the ticket.
   *
   * @param reference empty for none
   */
  static SlackMessage of(Ticket ticket, int maxText, String reference) {
    List<Map<String, Object>> blocks = new ArrayList<>();
    String subject = ticket.subject().isBlank() ? "(no subject)" : ticket.subject();
    String label = label(ticket);
    if (label.isEmpty()) {
      String header = SlackText.line(subject, MAX_HEADER);
      blocks.add(
          Map.of("type", "header", "text", plain(header.isBlank() ? "(no subject)" : header)));
    } else {
      blocks.add(context(plain(label + ": " + SlackText.line(subject, MAX_SUBJECT))));
    }
    blocks.add(about(ticket, reference));
    SlackText.Pieces text = SlackText.pieces(ticket.text(), MAX_SECTION, maxText);
    for (String piece : text.pieces()) {
      blocks.add(section(piece));
    }
    if (text.pieces().isEmpty()) {
      blocks.add(section("(no text)"));
    }
    if (text.left() > 0) {
      blocks.add(context(plain("Cut here: the mail goes on for " + text.left() + " characters.")));
    }
    List<Attachment> attachments = listed(ticket);
    if (!attachments.isEmpty()) {
      blocks.add(context(plain(names(attachments))));
    }
    String fallback =
        (label.isEmpty() ? "" : label + ": ")
            + SlackText.line(subject, MAX_SUBJECT)
            + " (from "
            + SlackText.line(name(ticket.from()), MAX_NAMES)
            + ")";
    return new SlackMessage(
        fallback.length() > MAX_FALLBACK ? label + " mail" : fallback, List.copyOf(blocks));
  }

  /** The same, its first block called so: Slack gives that back with the message. */
  SlackMessage called(String blockId) {
    List<Map<String, Object>> named = new ArrayList<>(blocks);
    Map<String, Object> first = new LinkedHashMap<>(named.get(0));
    first.put("block_id", blockId);
    named.set(0, first);
    return new SlackMessage(text, List.copyOf(named));
  }

  /** A line of ours, with names that strangers gave. */
  static SlackMessage note(String line) {
    String escaped = SlackText.escape(line, MAX_SECTION);
    return new SlackMessage(escaped, List.of(context(plain(escaped))));
  }

  /** What hangs on the mail, without the pictures within its text. */
  static List<Attachment> listed(Ticket ticket) {
    return ticket.message().attachments().stream()
        .filter(attachment -> !attachment.inline())
        .toList();
  }

  /** What it is, if it isn't simply a new ticket. */
  private static String label(Ticket ticket) {
    if (ticket.note()) {
      return switch (ticket.kind()) {
        case AUTO_REPLY -> "Automatic reply";
        case BOUNCE -> "Delivery report (a mail could not be delivered, or is late)";
        case DISPOSITION_NOTIFICATION -> "Read receipt";
        case CALENDAR -> "Invitation, or an answer to one";
        case FEEDBACK_REPORT -> "Complaint report";
        case HUMAN, NOTIFICATION, BULK, OWN -> "Note";
      };
    }
    return ticket.isFollowUp() ? "Further mail" : "";
  }

  private static Map<String, Object> about(Ticket ticket, String reference) {
    List<Map<String, Object>> elements = new ArrayList<>();
    elements.add(plain("From: " + SlackText.line(name(ticket.from()), MAX_NAMES)));
    if (!ticket.recipients().isEmpty()) {
      String to =
          ticket.recipients().stream()
              .limit(MAX_ADDRESSES)
              .map(SlackMessage::name)
              .map(name -> SlackText.line(name, MAX_NAMES / MAX_ADDRESSES))
              .collect(Collectors.joining(", "));
      int more = ticket.recipients().size() - MAX_ADDRESSES;
      elements.add(plain("To: " + to + (more > 0 ? " and " + more + " more" : "")));
    }
    // The one thing that Slack formats: a time, in the reader's own zone.
    elements.add(
        Map.of(
            "type",
            "mrkdwn",
            "verbatim",
            true,
            "text",
            "<!date^"
                + ticket.receivedAt().getEpochSecond()
                + "^{date_short_pretty}, {time}|"
                + ticket.receivedAt()
                + ">"));
    List<String> facts = new ArrayList<>();
    facts.add("Category: " + SlackText.line(ticket.category(), MAX_SUBJECT));
    facts.add("Priority: " + ticket.priority().label());
    if (ticket.kind() != MessageKind.HUMAN) {
      facts.add("Kind: " + ticket.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '));
    }
    if (!ticket.tags().isEmpty()) {
      facts.add(
          "Tags: " + SlackText.line(String.join(", ", new TreeSet<>(ticket.tags())), MAX_SUBJECT));
    }
    elements.add(plain(String.join(" · ", facts)));
    if (!reference.isEmpty()) {
      elements.add(plain(reference));
    }
    return Map.of("type", "context", "elements", elements);
  }

  private static String name(EmailAddress address) {
    if (address.email().isBlank()) {
      return address.name().isBlank() ? "(no sender)" : address.name();
    }
    return address.name().isBlank()
        ? address.email()
        : address.name() + " <" + address.email() + ">";
  }

  private static String names(List<Attachment> attachments) {
    String names =
        attachments.stream()
            .limit(MAX_ATTACHMENTS)
            .map(SlackMessage::name)
            .map(name -> SlackText.line(name, MAX_LISTED))
            .collect(Collectors.joining(", "));
    int more = attachments.size() - MAX_ATTACHMENTS;
    return "Attachments: " + names + (more > 0 ? " and " + more + " more" : "");
  }

  /** An attachment's name, type and size, not escaped. */
  private static String name(Attachment attachment) {
    String type = attachment.contentType();
    int parameters = type.indexOf(';');
    return cut(filename(attachment))
        + " ("
        + (type.isBlank() ? "" : cut(parameters < 0 ? type : type.substring(0, parameters)) + ", ")
        + size(attachment.size())
        + ")";
  }

  static String filename(Attachment attachment) {
    return attachment.filename().isBlank() ? "unnamed" : attachment.filename();
  }

  private static String cut(String text) {
    return text.length() <= MAX_FILENAME ? text : text.substring(0, MAX_FILENAME) + "…";
  }

  private static String size(long bytes) {
    return bytes < 1_024
        ? bytes + " bytes"
        : bytes < 1L << 20 ? (bytes >> 10) + " KB" : (bytes >> 20) + " MB";
  }

  private static Map<String, Object> plain(String text) {
    return Map.of("type", "plain_text", "text", text, "emoji", false);
  }

  private static Map<String, Object> section(String text) {
    return Map.of("type", "section", "text", plain(text));
  }

  private static Map<String, Object> context(Map<String, Object> element) {
    return Map.of("type", "context", "elements", List.of(element));
  }
}
