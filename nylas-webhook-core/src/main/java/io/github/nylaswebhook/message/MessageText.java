package io.github.nylaswebhook.message;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeFilter;
import org.jsoup.select.NodeTraversor;

/**
 * What a person wrote in a mail, as plain text: HTML made text, quoted replies, signatures and the
 * footers of lists cut. Work is bounded: of a body, the first {@value #MAX_BODY} characters count.
 *
 * @param subject the subject on one line
 * @param body the body's own lines
 */
public record MessageText(String subject, String body) {
  /** A megabyte of text is more than any person writes; the rest is quotes and markup. */
  public static final int MAX_BODY = 1 << 20;

  /** Past this, a line is no greeting, quote introduction or footer. */
  private static final int MARKER_LINE = 300;

  /** Footers stand in the last lines; the same words further up are the customer's. */
  private static final int FOOTER_LINES = 12;

  private static final Pattern MARKUP =
      Pattern.compile(
          "<(?:!doctype|html|head|body|div|p|br|table|span|a|b|i|ul|ol|font|img|style|blockquote)[\\s/>]",
          Pattern.CASE_INSENSITIVE);
  private static final String UNSEEN =
      "head,script,style,title,template,[hidden],[style*=display:none],[style*=display: none],"
          + "blockquote,.gmail_quote,.gmail_quote_container,.yahoo_quoted,.moz-cite-prefix,"
          + ".gmail_signature,.moz-signature,#Signature";
  // Outlook puts its answer's header into a block with this id, and the quoted mail after it.
  private static final String OUTLOOK_QUOTE =
      "#divRplyFwdMsg,#appendonsend,#mail-editor-reference-message-container";
  private static final String BLOCKS =
      " address article aside br dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr"
          + " li main nav ol p pre section table tr ul ";
  private static final Pattern INTRODUCTION =
      Pattern.compile(
          "^(?:on .{4,200} wrote:|am .{4,200} schrieb.{0,150}:|le .{4,200} a écrit ?:"
              + "|el .{4,200} escribió:)$",
          Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
  private static final Pattern DIVIDER =
      Pattern.compile(
          "^(?:-{2,} ?(?:original message|forwarded message|ursprüngliche nachricht"
              + "|message d'origine|mensaje original) ?-{2,}|_{20,})$",
          Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
  private static final Pattern QUOTED_HEADER =
      Pattern.compile("^(?:from|von|de|da|van): .{1,250}$", Pattern.CASE_INSENSITIVE);
  private static final Pattern QUOTED_DATE =
      Pattern.compile(
          "^(?:sent|date|gesendet|datum|envoyé|enviado|inviato|verzonden) ?: .{1,250}$",
          Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
  private static final Pattern SIGNATURE =
      Pattern.compile(
          "^(?:-- ?|sent from my .{1,60}|von meinem .{1,60} gesendet|envoyé de mon .{1,60})$",
          Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
  private static final Pattern FOOTER =
      Pattern.compile(
          "^(?:to unsubscribe|unsubscribe\\b|click here to unsubscribe|if you (?:no longer|don't) (?:wish|want)"
              + "|you (?:are receiving|received|have received) this (?:e-?mail|message)"
              + "|manage (?:your )?(?:e-?mail )?(?:preferences|subscription)|view (?:this e-?mail )?in (?:your )?browser"
              + "|this (?:e-?mail|message) (?:was sent|and any)).*",
          Pattern.CASE_INSENSITIVE);

  public static MessageText of(Message message) {
    String body = message.body().isBlank() ? message.snippet() : message.body();
    body = body.length() > MAX_BODY ? body.substring(0, MAX_BODY) : body;
    if (!message.cleaned() && MARKUP.matcher(body).find()) {
      body = fromHtml(body);
    }
    return new MessageText(oneLine(message.subject()), ownLines(body));
  }

  /** For matching: subject and body as they are compared with keywords. */
  public static String fold(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
  }

  /** The body on one line, cut at a word's end if it is longer than so many characters. */
  public String excerpt(int length) {
    String line = oneLine(body);
    if (line.length() <= length) {
      return line;
    }
    if (length < 1) {
      return "";
    }
    int end = line.lastIndexOf(' ', length - 1);
    end = end < length / 2 ? length - 1 : end;
    if (end > 0 && Character.isHighSurrogate(line.charAt(end - 1))) {
      end--;
    }
    return line.substring(0, end) + "…";
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\s+", " ").strip();
  }

  private static String fromHtml(String html) {
    Document document = Jsoup.parse(html);
    // Nothing is taken out of the tree, which costs more the more there is: what is cut is passed
    // over.
    Set<Node> unseen = Collections.newSetFromMap(new IdentityHashMap<>());
    unseen.addAll(document.select(UNSEEN));
    Set<Node> quotes = Collections.newSetFromMap(new IdentityHashMap<>());
    quotes.addAll(document.select(OUTLOOK_QUOTE));
    Set<Node> endedParents = Collections.newSetFromMap(new IdentityHashMap<>());
    StringBuilder text = new StringBuilder();
    NodeTraversor.filter(
        new NodeFilter() {
          @Override
          public FilterResult head(Node node, int depth) {
            Node parent = node.parentNode();
            if (quotes.contains(node) && parent != null) {
              endedParents.add(parent);
            }
            if (unseen.contains(node) || (parent != null && endedParents.contains(parent))) {
              return FilterResult.SKIP_ENTIRELY;
            }
            if (node instanceof TextNode words) {
              text.append(words.getWholeText().replace('\n', ' ').replace('\r', ' '));
            } else if (isBlock(node)) {
              newLine();
            } else if (node.normalName().equals("td")) {
              text.append(' ');
            }
            return FilterResult.CONTINUE;
          }

          @Override
          public FilterResult tail(Node node, int depth) {
            if (isBlock(node)) {
              newLine();
            }
            return FilterResult.CONTINUE;
          }

          private boolean isBlock(Node node) {
            return node instanceof Element && BLOCKS.contains(" " + node.normalName() + " ");
          }

          private void newLine() {
            if (text.length() > 0 && text.charAt(text.length() - 1) != '\n') {
              text.append('\n');
            }
          }
        },
        document.body());
    return text.toString();
  }

  private static String ownLines(String text) {
    List<String> lines = text.lines().map(String::strip).toList();
    List<String> own = new ArrayList<>();
    String before = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean marker = line.length() <= MARKER_LINE;
      if (marker
          && INTRODUCTION.matcher(line).matches()
          && own.stream().allMatch(String::isEmpty)
          && introducesMarkedLines(lines, i)) {
        // Nothing above it: the answer stands below what it answers, and only the marked lines go.
        continue;
      }
      if (marker && (INTRODUCTION.matcher(line).matches() || DIVIDER.matcher(line).matches())) {
        break;
      }
      // RFC 3676 §4.3: "-- "; its blank is often lost on the way.
      if (marker && SIGNATURE.matcher(line).matches()) {
        break;
      }
      if (marker
          && QUOTED_DATE.matcher(line).matches()
          && QUOTED_HEADER.matcher(before).matches()) {
        own.remove(own.size() - 1);
        break;
      }
      if (!line.startsWith(">")) {
        own.add(line);
        before = marker ? line : "";
      }
    }
    cutFooter(own);
    String kept = String.join("\n", own).strip();
    // A forwarded mail is nothing but what would be cut, and is what the sender wants to say.
    return kept.isEmpty() ? String.join("\n", lines).strip() : kept;
  }

  private static boolean introducesMarkedLines(List<String> lines, int introduction) {
    for (int i = introduction + 1; i < lines.size(); i++) {
      if (!lines.get(i).isEmpty()) {
        return lines.get(i).startsWith(">");
      }
    }
    return false;
  }

  private static void cutFooter(List<String> lines) {
    for (int i = Math.max(0, lines.size() - FOOTER_LINES); i < lines.size(); i++) {
      String line = lines.get(i);
      // A footer never stands alone: a mail that is nothing but "Unsubscribe me" is a customer's.
      if (i > 0 && line.length() <= MARKER_LINE && FOOTER.matcher(line).matches()) {
        lines.subList(i, lines.size()).clear();
        return;
      }
    }
  }
}
