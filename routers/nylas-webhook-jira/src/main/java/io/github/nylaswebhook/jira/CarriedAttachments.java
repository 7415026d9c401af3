package io.github.nylaswebhook.jira;

import io.github.nylaswebhook.inbox.OutcomeUnknownException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.internal.Bodies;
import io.github.nylaswebhook.jira.JiraApi.FileThere;
import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.AttachmentSource;
import io.github.nylaswebhook.ticket.Ticket;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a mail's attachments to its issue. The mail is there already, so none of them is worth
 * more than some tries: what can't be had is given up, and named.
 */
final class CarriedAttachments {
  /** Tries at one attachment of which each may have failed. */
  private static final int TRIES = 3;

  /** For so long limits and outages are waited for: the mails that follow wait, too. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private static final Duration PAUSE = Duration.ofSeconds(2);

  private static final Logger log = LoggerFactory.getLogger(JiraTicketRouter.class);

  private final AttachmentSource source;
  private final long maxBytesEach;
  private final InstantSource clock;

  CarriedAttachments(AttachmentSource source, long maxBytesEach, InstantSource clock) {
    this.source = source;
    this.maxBytesEach = maxBytesEach;
    this.clock = clock;
  }

  /**
   * Uploads what isn't there yet.
   *
   * @param fresh whether no earlier try can have brought any
   * @return the names of those that were given up by now
   * @throws RetryLaterException if some are to be tried again
   */
  List<String> carry(JiraApi api, Ticket ticket, Made made, boolean fresh) {
    List<Attachment> attachments = ticket.message().attachments();
    List<FileThere> there = null;
    for (int i = 0; i < attachments.size(); i++) {
      Attachment attachment = attachments.get(i);
      if (attachment.size() > maxBytesEach || made.isSettled(i)) {
        continue;
      }
      try {
        if (there == null) {
          there = fresh ? List.of() : new ArrayList<>(api.attachments(made.ref().id()));
        }
        if (!take(there, attachment, made.isUncertain(i))) {
          upload(api, ticket, attachment, made.ref().id());
        }
        made.settle(i);
      } catch (RetryLaterException e) {
        if (clock.instant().isBefore(made.since().plus(PATIENCE))) {
          throw e;
        }
        giveUp(ticket, made, i, e);
      } catch (OutcomeUnknownException | IOException e) {
        if (made.fail(i) < TRIES && !isTooLarge(e)) {
          throw new RetryLaterException(
              "an attachment couldn't be carried to " + made.ref().id(),
              clock.instant().plus(PAUSE),
              false,
              e);
        }
        giveUp(ticket, made, i, e);
      } catch (RuntimeException e) {
        giveUp(ticket, made, i, e);
      }
    }
    return made.takeMissing();
  }

  private void giveUp(Ticket ticket, Made made, int attachment, Exception why) {
    log.warn(
        "Attachment {} of message {} isn't at {}: {}",
        attachment + 1,
        ticket.messageId(),
        made.ref().id(),
        why.getClass().getSimpleName());
    log.debug("It failed so", why);
    made.giveUp(attachment, MailDocument.fileName(ticket.message().attachments().get(attachment)));
  }

  /** Two attachments of a mail may have the same name and size. */
  private static boolean take(List<FileThere> there, Attachment attachment, boolean anySize) {
    String name = MailDocument.fileName(attachment);
    for (FileThere file : there) {
      if (file.name().equals(name) && (anySize || file.size() == attachment.size())) {
        return there.remove(file);
      }
    }
    return false;
  }

  private void upload(JiraApi api, Ticket ticket, Attachment attachment, String issue)
      throws IOException {
    try (InputStream opened = source.open(ticket.message(), attachment);
        InputStream capped = Bodies.open(opened, false, maxBytesEach)) {
      api.attach(issue, MailDocument.fileName(attachment), attachment.contentType(), capped);
    }
  }

  private static boolean isTooLarge(Exception e) {
    for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof Bodies.TooLargeException) {
        return true;
      }
    }
    return false;
  }
}
