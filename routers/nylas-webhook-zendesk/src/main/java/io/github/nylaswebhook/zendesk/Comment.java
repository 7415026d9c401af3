package io.github.nylaswebhook.zendesk;

import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.ticket.Ticket;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document.OutputSettings;
import org.jsoup.safety.Safelist;

/** The words of a ticket, as Zendesk takes them. */
final class Comment {
  /**
   * A comment's 64 kB, of which Zendesk needs some for what it makes of it.
   *
   * @see <a
   *     href="https://support.zendesk.com/hc/en-us/community/posts/4719863289498-Commets-size">Zendesk:
   *     size of comments</a>
   */
  static final int MAX_BYTES = 60_000;

  /** As much as lists show; Zendesk names no limit. A longer one stands in the comment, too. */
  static final int MAX_SUBJECT = 150;

  private static final int MAX_LINE = 1_000;
  private static final int MAX_NAME = 100;
  private static final int MAX_LISTED = 30;

  private static final String CUT =
      "<br>[Cut off here: the mail is longer than a comment may be. All of it is in the mailbox.]";

  /**
   * Marks of words, tables and links. No pictures: those of the mail itself have addresses that
   * mean nothing here, and the others tell their senders who reads.
   */
  private static final Safelist SAFE =
      Safelist.relaxed().removeTags("img").removeProtocols("a", "href", "ftp");

  private static final OutputSettings AS_IS = new OutputSettings().prettyPrint(false);

  /** Each character is looked at once: also where tags begin and never end. */
  private static final Pattern HTML = Pattern.compile("<[a-zA-Z!/][^<>]*>");

  /** Line and paragraph separators included. */
  private static final Pattern SPACE = Pattern.compile("[\\s\\p{Z}]+");

  private Comment() {}

  /**
   * As HTML, because Zendesk takes text for Markdown.
   *
   * @param about lines that stand before the mail
   * @param html whether the mail's own HTML, as far as it is safe
   */
  static String html(
      Ticket ticket, List<String> about, List<Attachments.Listed> attachments, boolean html) {
    StringBuilder top = new StringBuilder();
    about.forEach(line -> top.append(escaped(cut(line, MAX_LINE))).append("<br>"));
    if (!about.isEmpty()) {
      top.append("<br>");
    }
    String end = list(attachments);
    int left = MAX_BYTES - length(top) - length(end);
    String safe = html ? safe(ticket.message()) : "";
    String body = !safe.isEmpty() && length(safe) <= left ? safe : text(ticket.text(), left);
    String whole = top + body + end;
    // Zendesk refuses comments without a word.
    return whole.isBlank() ? "(no text)" : whole;
  }

  /** The mail's HTML; empty if it has none, or more than could ever fit. */
  private static String safe(Message message) {
    return message.cleaned()
            || message.body().length() > 10 * MAX_BYTES
            || !HTML.matcher(message.body()).find()
        ? ""
        : inert(clean(Jsoup.clean(message.body(), "", SAFE, AS_IS).strip()));
  }

  private static String text(String text, int most) {
    StringBuilder html = new StringBuilder();
    int left = most - CUT.length();
    int bytes = 0;
    int end = 0;
    String inert = inert(clean(text.replace("\r\n", "\n").replace('\r', '\n').strip()));
    boolean lineBegins = true;
    for (int i = 0; i < inert.length(); ) {
      int c = inert.codePointAt(i);
      int begin = html.length();
      if (c == ' ' && lineBegins) {
        html.append("&nbsp;");
      } else {
        append(html, c);
        lineBegins = c == '\n';
      }
      bytes += length(html.subSequence(begin, html.length()));
      if (bytes <= left) {
        end = html.length();
      } else if (bytes > most) {
        return html.substring(0, end) + CUT;
      }
      i += Character.charCount(c);
    }
    return html.toString();
  }

  private static void append(StringBuilder html, int c) {
    switch (c) {
      case '<' -> html.append("&lt;");
      case '>' -> html.append("&gt;");
      case '&' -> html.append("&amp;");
      case '"' -> html.append("&quot;");
      case '\n' -> html.append("<br>");
      default -> html.appendCodePoint(c);
    }
  }

  private static String escaped(String text) {
    StringBuilder html = new StringBuilder();
    inert(clean(text)).codePoints().forEach(c -> append(html, c));
    return html.toString();
  }

  private static String list(List<Attachments.Listed> attachments) {
    if (attachments.isEmpty()) {
      return "";
    }
    StringBuilder list = new StringBuilder("<br><br>Attachments:");
    for (Attachments.Listed attachment :
        attachments.subList(0, Math.min(attachments.size(), MAX_LISTED))) {
      list.append("<br>- ")
          .append(escaped(cut(oneLine(attachment.name()), MAX_NAME)))
          .append(" (")
          .append(size(attachment.size()))
          .append(attachment.remark().isEmpty() ? "" : "; " + escaped(attachment.remark()))
          .append(')');
    }
    if (attachments.size() > MAX_LISTED) {
      list.append("<br>and ").append(attachments.size() - MAX_LISTED).append(" more");
    }
    return list.toString();
  }

  private static String size(long bytes) {
    return bytes < 1_000
        ? bytes + " B"
        : bytes < 1_000_000 ? bytes / 1_000 + " kB" : bytes / 1_000_000 + " MB";
  }

  /** One line, never empty. */
  static String subject(Ticket ticket) {
    String subject = inert(oneLine(ticket.subject()));
    return subject.isEmpty() ? "(no subject)" : cut(subject, MAX_SUBJECT);
  }

  /** What would be lost otherwise: how the subject goes on, and where answers are to go. */
  static List<String> about(Ticket ticket) {
    List<String> about = new ArrayList<>();
    String subject = oneLine(ticket.subject());
    if (subject.codePointCount(0, subject.length()) > MAX_SUBJECT) {
      about.add("Subject: " + subject);
    }
    for (EmailAddress address : ticket.message().replyTo()) {
      if (!address.email().isBlank() && !address.normalized().equals(ticket.from().normalized())) {
        about.add("Reply-To: " + shown(address));
        break;
      }
    }
    return about;
  }

  static String shown(EmailAddress address) {
    String name = oneLine(address.name());
    String email = oneLine(address.email());
    return email.isEmpty()
        ? name.isEmpty() ? "an unknown sender" : name
        : name.isEmpty() ? email : name + " <" + email + ">";
  }

  static String oneLine(String text) {
    return SPACE.matcher(clean(text)).replaceAll(" ").strip();
  }

  /** Without what is no text: NUL, other controls, halves of characters. */
  private static String clean(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    text.codePoints()
        .filter(c -> c == '\n' || c == '\t' || !Character.isISOControl(c))
        .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
        .forEach(clean::appendCodePoint);
    return clean.toString();
  }

  /**
   * Agents' comments and subjects may hold placeholders, and what comes by the API is an agent's: a
   * customer who writes one would be shown what it stands for. A word joiner, which nobody sees,
   * takes it apart.
   *
   * @see <a
   *     href="https://support.zendesk.com/hc/en-us/articles/4408886858138-Zendesk-Support-placeholders-reference">Zendesk:
   *     placeholders</a>
   */
  private static String inert(String text) {
    return text.replace("{{", "{\u2060{").replace("{%", "{\u2060%").replace("{{", "{\u2060{");
  }

  static String cut(String text, int most) {
    return text.codePointCount(0, text.length()) <= most
        ? text
        : text.substring(0, text.offsetByCodePoints(0, most - 1)) + "…";
  }

  /** In bytes, as UTF-8. */
  private static int length(CharSequence text) {
    int bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // Each half of a pair counts two of its four.
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return bytes;
  }
}
