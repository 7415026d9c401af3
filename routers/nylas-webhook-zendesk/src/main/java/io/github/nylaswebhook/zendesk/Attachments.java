package io.github.nylaswebhook.zendesk;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.nylaswebhook.destination.DestinationRefusedException;
import io.github.nylaswebhook.inbox.RetryLaterException;
import io.github.nylaswebhook.internal.Clocks;
import io.github.nylaswebhook.internal.ContentTypes;
import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.AttachmentSource;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.ticket.Ticket;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries a mail's attachments over, as streams, and says of each what became of it. */
final class Attachments {
  private static final Logger log = LoggerFactory.getLogger(ZendeskTicketRouter.class);

  private static final int BUFFER = 16 << 10;

  /** For so long the whole mail waits because Zendesk can't take one of its files. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /** Longer than the longest pause between two tries. */
  private static final Duration FORGET = Duration.ofHours(1);

  private static final int MAX_REMEMBERED = 10_000;

  private final @Nullable AttachmentSource source;
  private final long mostEach;
  private final long mostInAll;
  private final InstantSource clock;

  /** By key, since when mails wait for their files, as far as this process knows. */
  private final Cache<String, Instant> waiting;

  /**
   * An attachment, as the comment names it.
   *
   * @param remark why it isn't there; empty if it is, or isn't meant to be
   */
  record Listed(String name, long size, String remark) {}

  /** What the comment says of the attachments, and by which tokens it gets those that are there. */
  record Carried(List<Listed> listed, List<String> tokens) {}

  Attachments(
      @Nullable AttachmentSource source, long mostEach, long mostInAll, InstantSource clock) {
    this.source = source;
    this.mostEach = mostEach;
    this.mostInAll = mostInAll;
    this.clock = clock;
    waiting =
        Caffeine.newBuilder()
            .maximumSize(MAX_REMEMBERED)
            .expireAfterAccess(FORGET)
            .ticker(Clocks.ticker(clock))
            .executor(Runnable::run)
            .build();
  }

  /**
   * Uploads what there is, in its order.
   *
   * @throws RetryLaterException if Zendesk, or the source, says that it is to come later
   */
  Carried carry(Ticket ticket, ZendeskApi.Session zendesk) {
    List<Listed> listed = new ArrayList<>();
    List<String> tokens = new ArrayList<>();
    long left = mostInAll;
    for (Attachment attachment : ticket.message().attachments()) {
      String name = name(attachment);
      String remark = "";
      if (source != null) {
        long most = Math.min(mostEach, left);
        if (attachment.size() > most) {
          remark = "not carried over: too large";
        } else {
          Upload upload = new Upload(source, ticket.message(), attachment, most);
          try {
            tokens.add(zendesk.upload(name, upload));
            left -= upload.sent;
          } catch (DestinationRefusedException e) {
            log.warn(
                "Zendesk takes an attachment of message {} not ({})",
                ticket.messageId(),
                e.status());
            remark = "not carried over: Zendesk refuses it";
          } catch (RetryLaterException e) {
            remark = upload.remark(ticket);
            if (remark.isEmpty()) {
              requirePatience(ticket, e);
              remark = "not carried over: Zendesk didn't take it in time";
            }
          }
        }
      }
      listed.add(new Listed(name, attachment.size(), remark));
    }
    return new Carried(listed, tokens);
  }

  /** Throws what was thrown until it has been waited for long enough. */
  private void requirePatience(Ticket ticket, RetryLaterException e) {
    Instant now = clock.instant();
    Instant since = waiting.get(ticket.idempotencyKey(), key -> now);
    if (now.isBefore(since.plus(PATIENCE))) {
      throw e;
    }
    log.warn("Zendesk hasn't taken an attachment of message {} in time", ticket.messageId());
    log.debug("It failed so", e);
  }

  private static String name(Attachment attachment) {
    String name = Comment.oneLine(attachment.filename());
    if (!name.isEmpty()) {
      return Comment.cut(name, 200);
    }
    return attachment.contentType().startsWith("text/calendar") ? "invite.ics" : "attachment";
  }

  /** One attachment on its way through: what comes in goes out, a buffer at a time. */
  private static final class Upload extends RequestBody {
    private final AttachmentSource source;
    private final Message message;
    private final Attachment attachment;
    private final long most;
    private @Nullable Exception failure;
    private boolean tooLarge;
    private long sent;

    Upload(AttachmentSource source, Message message, Attachment attachment, long most) {
      this.source = source;
      this.message = message;
      this.attachment = attachment;
      this.most = most;
    }

    /** Why it didn't come through; empty if that is Zendesk's doing. */
    String remark(Ticket ticket) {
      if (failure instanceof RetryLaterException later) {
        throw later;
      }
      if (failure != null) {
        log.warn(
            "An attachment of message {} can't be had: {}",
            ticket.messageId(),
            failure.getClass().getName());
        return "not carried over: it couldn't be had";
      }
      if (tooLarge) {
        return "not carried over: too large";
      }
      return "";
    }

    @Override
    public MediaType contentType() {
      return ContentTypes.bare(attachment.contentType());
    }

    @Override
    public boolean isOneShot() {
      return true;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      byte[] buffer = new byte[BUFFER];
      InputStream in = opened();
      try {
        for (int n; (n = read(in, buffer)) >= 0; ) {
          sent += n;
          if (sent > most) {
            tooLarge = true;
            throw new IOException("the attachment is larger than it may be");
          }
          sink.write(buffer, 0, n);
        }
      } finally {
        close(in);
      }
    }

    private static void close(InputStream in) {
      try {
        in.close();
      } catch (IOException e) {
        log.debug("A source of attachments can't be closed", e);
      }
    }

    private InputStream opened() throws IOException {
      try {
        return source.open(message, attachment);
      } catch (IOException | RuntimeException e) {
        throw failed(e);
      }
    }

    private int read(InputStream in, byte[] buffer) throws IOException {
      try {
        return in.read(buffer);
      } catch (IOException | RuntimeException e) {
        throw failed(e);
      }
    }

    private IOException failed(Exception e) {
      failure = e;
      return new IOException("the attachment can't be had", e);
    }
  }
}
