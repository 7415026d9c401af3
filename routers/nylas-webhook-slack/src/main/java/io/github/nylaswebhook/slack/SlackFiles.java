package io.github.nylaswebhook.slack;

import io.github.nylaswebhook.destination.DestinationClient.Calls;
import io.github.nylaswebhook.destination.DestinationRefusedException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.internal.Bodies;
import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.AttachmentSource;
import io.github.nylaswebhook.ticket.Ticket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a mail's attachments to the thread of its message. All of a mail appear at once, by one
 * call; what was uploaded without it, Slack throws away.
 *
 * @see <a href="https://docs.slack.dev/reference/methods/files.getUploadURLExternal">Slack:
 *     files.getUploadURLExternal</a>
 * @see <a href="https://docs.slack.dev/reference/methods/files.completeUploadExternal">Slack:
 *     files.completeUploadExternal</a>
 */
final class SlackFiles {
  private static final Logger log = LoggerFactory.getLogger(SlackFiles.class);

  private static final MediaType BYTES = MediaType.get("application/octet-stream");

  private static final int MAX_NAME = 200;

  /** Enough to tell one mail from another, and short enough to be read over. */
  private static final int REFERENCE = 16;

  private final SlackApi api;
  private final SlackMessages messages;
  private final AttachmentSource source;
  private final long maxBytesEach;

  SlackFiles(SlackApi api, SlackMessages messages, AttachmentSource source, long maxBytesEach) {
    this.api = api;
    this.messages = messages;
    this.source = source;
    this.maxBytesEach = maxBytesEach;
  }

  /** Which attachments are there, and what became of the others. */
  private record Carried(List<Map<String, Object>> files, List<String> failed) {}

  /** Whether they are in the thread already, or what is said in their place. */
  boolean areThere(Ticket ticket, String channel, String thread) {
    String reference = reference(ticket);
    return messages
        .inThread(
            channel,
            thread,
            ticket.receivedAt(),
            "files " + ticket.idempotencyKey(),
            message -> message.stringOr("text", "").contains(reference))
        .isPresent();
  }

  /**
   * Brings them there; what can't be brought is named there.
   *
   * @param waited whether limits and outages have been waited for long enough
   * @throws RetryLaterException if one is to be brought later, and it hasn't
   */
  void carry(Calls calls, Ticket ticket, String channel, String thread, boolean waited) {
    Carried carried = new Carried(new ArrayList<>(), new ArrayList<>());
    for (Attachment attachment : SlackMessage.listed(ticket)) {
      try {
        upload(ticket, attachment, carried);
      } catch (DestinationRefusedException e) {
        failed(ticket, attachment, carried, "refused: " + SlackApi.error(e), e);
      } catch (Bodies.TooLargeException e) {
        failed(ticket, attachment, carried, "too large", e);
      } catch (IOException e) {
        failed(ticket, attachment, carried, "not to be had", e);
      } catch (RetryLaterException e) {
        if (!waited) {
          throw e;
        }
        failed(ticket, attachment, carried, "not to be had in time", e);
      }
    }
    if (carried.files().isEmpty()) {
      say(calls, ticket, channel, thread, carried.failed());
      return;
    }
    Map<String, Object> arguments = new LinkedHashMap<>();
    arguments.put("files", carried.files());
    arguments.put("channel_id", channel);
    arguments.put("thread_ts", thread);
    arguments.put("initial_comment", comment(ticket, carried.failed()));
    try {
      api.act(calls, "files.completeUploadExternal", arguments);
    } catch (DestinationRefusedException e) {
      log.warn("slack refuses the attachments of {}: {}", ticket, SlackApi.error(e));
      List<String> all = new ArrayList<>(carried.failed());
      carried
          .files()
          .forEach(file -> all.add(file.get("title") + " (refused: " + SlackApi.error(e) + ")"));
      say(calls, ticket, channel, thread, all);
    }
  }

  private void upload(Ticket ticket, Attachment attachment, Carried carried) throws IOException {
    if (attachment.size() > maxBytesEach) {
      carried.failed().add(name(attachment) + " (too large)");
      return;
    }
    // Slack wants the length beforehand, and what the provider says of it is a guess.
    Path spool = Files.createTempFile("slack-attachment", null);
    try {
      // Into the file that is there: one in its place would be readable by everybody.
      try (InputStream in = Bodies.open(open(ticket, attachment), false, maxBytesEach);
          OutputStream out = Files.newOutputStream(spool)) {
        in.transferTo(out);
      }
      long length = Files.size(spool);
      if (length == 0) {
        carried.failed().add(name(attachment) + " (empty)");
        return;
      }
      Json place =
          api.ask(
              "files.getUploadURLExternal",
              Map.of("filename", name(attachment), "length", String.valueOf(length)),
              ticket.idempotencyKey());
      HttpUrl url = HttpUrl.parse(place.stringOr("upload_url", ""));
      if (url == null) {
        throw new IOException("slack gave no URL to upload to");
      }
      api.upload(url, RequestBody.create(spool.toFile(), BYTES), ticket.idempotencyKey());
      carried.files().add(Map.of("id", place.stringOr("file_id", ""), "title", name(attachment)));
    } finally {
      Files.deleteIfExists(spool);
    }
  }

  private InputStream open(Ticket ticket, Attachment attachment) throws IOException {
    try {
      return source.open(ticket.message(), attachment);
    } catch (RetryLaterException e) {
      throw e;
    } catch (RuntimeException e) {
      // The message is posted already: it isn't to become a dead letter for one of its files.
      throw new IOException("the source of attachments failed", e);
    }
  }

  private static void failed(
      Ticket ticket, Attachment attachment, Carried carried, String why, Exception e) {
    log.warn("Attachment {} of {} isn't brought to slack: {}", attachment.id(), ticket, why);
    log.debug("It failed so", e);
    carried.failed().add(name(attachment) + " (" + why + ")");
  }

  private void say(Calls calls, Ticket ticket, String channel, String thread, List<String> failed) {
    SlackMessage note =
        SlackMessage.note(
            reference(ticket) + " are in the mail only: " + String.join(", ", failed));
    Map<String, Object> arguments = SlackTicketRouter.harmless(note);
    arguments.put("channel", channel);
    arguments.put("thread_ts", thread);
    try {
      api.act(calls, "chat.postMessage", arguments);
    } catch (DestinationRefusedException e) {
      // The message itself lists them, so nobody takes the mail for one without.
      log.warn("slack refuses a note of the attachments of {}: {}", ticket, SlackApi.error(e));
    }
  }

  private static String comment(Ticket ticket, List<String> failed) {
    String comment =
        failed.isEmpty()
            ? reference(ticket)
            : reference(ticket) + "; in the mail only: " + String.join(", ", failed);
    return SlackText.escape(comment, SlackMessage.MAX_SECTION);
  }

  /** By which they are found again: Slack keeps no metadata of ours with files. */
  private static String reference(Ticket ticket) {
    return "Attachments of mail " + ticket.idempotencyKey().substring(0, REFERENCE);
  }

  private static String name(Attachment attachment) {
    String name = SlackMessage.filename(attachment).replaceAll("[\\p{Cntrl}/\\\\]", "_");
    return name.length() <= MAX_NAME ? name : name.substring(name.length() - MAX_NAME);
  }
}
