package io.github.nylaswebhook.message;

import static io.github.nylaswebhook.message.Lines.CITED;
import static io.github.nylaswebhook.message.Lines.INDENTED;
import static io.github.nylaswebhook.message.Lines.OTHER_MAIL;
import static io.github.nylaswebhook.message.Lines.PLAIN;
import static io.github.nylaswebhook.message.Lines.SIGNATURE;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Set;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.parser.Parser;
import org.jsoup.select.NodeFilter;
import org.jsoup.select.NodeTraversor;

/**
 * The lines that a person sees of an HTML mail, each with what the blocks of the known mailers say
 * of it. One walk over the tree, which takes as long as the tree is big.
 */
final class HtmlText implements NodeFilter {
  /**
   * Deeper than any mail is written; what is nested deeper still stands beside, not within. Each
   * unclosed {@code <b>} is opened again in every paragraph, so the depth bounds the tree's size.
   */
  private static final int MAX_DEPTH = 128;

  private static final Set<String> BLOCKS =
      Set.of(
          ("address article aside blockquote br dd div dl dt fieldset figure footer form h1 h2 h3 h4"
                  + " h5 h6 header hr li main nav ol p pre section table tr ul")
              .split(" "));
  private static final Set<String> UNSEEN =
      Set.of("head", "script", "style", "title", "template", "textarea", "select", "noframes");

  /** The tags that show that a text is HTML. */
  private static final Set<String> TELLING =
      Set.of(
          ("!doctype html head body div p br table span a b i ul ol font img style blockquote pre"
                  + " strong em h1 h2 h3 center hr")
              .split(" "));

  /** A block that changes the mark until its end, or until the first quotation in it has ended. */
  private record Region(Node owner, byte before, boolean answersWithin) {}

  private final Lines lines = new Lines();
  private final StringBuilder line = new StringBuilder();
  private byte lineMark = PLAIN;
  private final Deque<Region> regions = new ArrayDeque<>();
  private byte mark = PLAIN;
  private int verbatim;

  private HtmlText() {}

  static boolean isHtml(String text) {
    for (int at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
      int end = at + 1;
      while (end < text.length() && end - at <= 12 && isTagCharacter(text.charAt(end))) {
        end++;
      }
      if (end < text.length()
          && end > at + 1
          && " \t\r\n/>".indexOf(text.charAt(end)) >= 0
          && TELLING.contains(text.substring(at + 1, end).toLowerCase(Locale.ROOT))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isTagCharacter(char c) {
    return c == '!' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  static Lines read(String html) {
    HtmlText text = new HtmlText();
    NodeTraversor.filter(
        text, Parser.htmlParser().setMaxDepth(MAX_DEPTH).parseInput(html, "").body());
    text.endLine();
    return text.lines;
  }

  @Override
  public FilterResult head(Node node, int depth) {
    if (node instanceof TextNode words) {
      append(words.getWholeText());
      return FilterResult.CONTINUE;
    }
    if (!(node instanceof Element element)) {
      return FilterResult.CONTINUE;
    }
    String name = element.normalName();
    if (UNSEEN.contains(name)) {
      return FilterResult.SKIP_ENTIRELY;
    }
    if (element.attributesSize() > 0 || name.equals("blockquote")) {
      String style = compact(element.attr("style"));
      if (isHidden(element, style)) {
        return FilterResult.SKIP_ENTIRELY;
      }
      if (mark == PLAIN || mark == INDENTED) {
        enter(element, name, style);
      }
    }
    if (name.equals("br")) {
      endLineOrLeaveOneBlank();
    } else if ((name.equals("td") || name.equals("th"))) {
      line.append(' ');
    } else if (BLOCKS.contains(name)) {
      endLine();
    }
    if (name.equals("pre")) {
      verbatim++;
    }
    return FilterResult.CONTINUE;
  }

  @Override
  public FilterResult tail(Node node, int depth) {
    if (node instanceof Element element) {
      String name = element.normalName();
      if (!name.equals("br") && BLOCKS.contains(name)) {
        endLine();
      }
      if (name.equals("pre")) {
        verbatim--;
      }
      while (!regions.isEmpty() && regions.peek().owner().equals(node)) {
        setMark(regions.pop().before());
      }
      Region around = regions.peek();
      if (around != null
          && around.answersWithin()
          && around.owner().equals(node.parent())
          && name.equals("blockquote")) {
        setMark(around.before());
      }
    }
    return FilterResult.CONTINUE;
  }

  // ---- the mailers' blocks

  private void enter(Element element, String name, String style) {
    String id = element.id();
    String classes = element.className();
    String named = name.equals("a") ? "" : element.attr("name");
    if (name.equals("blockquote")) {
      mark(element, quotation(element, id, classes, style));
    } else if (has(classes, "gmail_quote") || has(classes, "gmail_quote_container")) {
      // Gmail keeps answers between quotes in the block of the quotes.
      boolean quotes = holdsQuotation(element);
      mark(element, quotes ? CITED : OTHER_MAIL, quotes);
    } else if (has(classes, "gmail_attr") || has(classes, "moz-cite-prefix")) {
      mark(element, CITED);
    } else if (startsOtherMail(element, id, classes, style)) {
      mark(whereItEnds(element), OTHER_MAIL);
    } else if (holdsOtherMail(id, classes, named)) {
      mark(element, OTHER_MAIL);
    } else if (isSignature(id, classes, named)) {
      mark(element, SIGNATURE);
    }
  }

  private static byte quotation(Element element, String id, String classes, String style) {
    boolean cites =
        element.attr("type").equalsIgnoreCase("cite")
            || element.hasAttr("cite")
            || classes.contains("mail_quote")
            || has(classes, "tutanota_quote")
            || has(classes, "cite")
            || id.contains("zmail")
            || element.attr("itemtype").contains("QuotedText")
            || (style.contains("border-left:") && !style.contains("border-left:none"));
    if (cites) {
      return CITED;
    }
    // The button for indenting of Gmail and of Outlook on the web makes a quotation without a line.
    return style.contains("border:none") || style.contains("border-width:medium")
        ? PLAIN
        : INDENTED;
  }

  /** Blocks after which, up to the end of what they stand in, all is another mail. */
  private static boolean startsOtherMail(Element element, String id, String classes, String style) {
    return id.endsWith("divRplyFwdMsg")
        || id.endsWith("appendonsend")
        || id.equals("zwchr")
        || element.attr("data-marker").equals("__DIVIDER__")
        || has(classes, "OutlookMessageHeader")
        || style.contains("border-top:solid#e1e1e1")
        || style.contains("border-top:solid#b5c4df")
        || (style.contains("border-top-color:rgb(229,229,229)")
            && style.contains("border-top-style:solid"));
  }

  private static boolean holdsOtherMail(String id, String classes, String named) {
    return id.endsWith("mail-editor-reference-message-container")
        || id.equals("OLK_SRC_BODY_SECTION")
        || id.equals("isReplyContent")
        || id.equals("isForwardContent")
        || named.equals("quote")
        || named.equals("messageReplySection")
        || classes.endsWith("yahoo_quoted")
        || classes.contains("yahoo_quoted ")
        || has(classes, "ms-outlook-mobile-reference-message")
        || has(classes, "moz-forward-container")
        || has(classes, "protonmail_quote")
        || has(classes, "tutanota_quote")
        || has(classes, "zmail_extra")
        || has(classes, "front-blockquote")
        || has(classes, "hs_reply");
  }

  private static boolean isSignature(String id, String classes, String named) {
    return id.equals("Signature")
        || id.equals("ms-outlook-mobile-signature")
        || id.equals("AppleMailSignature")
        || id.equals("ymail_android_signature")
        || id.equals("composer_signature")
        || named.equals("messageSignatureSection")
        || has(classes, "gmail_signature")
        || has(classes, "moz-signature")
        || has(classes, "protonmail_signature_block")
        || classes.endsWith("yahoo_signature")
        || classes.endsWith("ydpsignature");
  }

  private static boolean holdsQuotation(Element element) {
    for (Node child = element.firstChild(); child != null; child = child.nextSibling()) {
      if (child.normalName().equals("blockquote")) {
        return true;
      }
    }
    return false;
  }

  /** Outlook wraps the header of the other mail into blocks of its own. */
  private static Element whereItEnds(Element start) {
    Element block = start;
    Element parent = block.parent();
    while (parent != null
        && parent.normalName().equals("div")
        && parent.className().isEmpty()
        && isFirst(block)) {
      block = parent;
      parent = block.parent();
    }
    return parent == null ? block : parent;
  }

  private static boolean isFirst(Node node) {
    Node before = node.previousSibling();
    return before == null
        || (before instanceof TextNode words
            && isSpace(words.getWholeText())
            && before.previousSibling() == null);
  }

  private void mark(Element owner, byte as) {
    mark(owner, as, false);
  }

  private void mark(Element owner, byte as, boolean answersWithin) {
    if (as != mark) {
      regions.push(new Region(owner, mark, answersWithin));
      setMark(as);
    }
  }

  private void setMark(byte as) {
    endLine();
    mark = as;
  }

  private static boolean isHidden(Element element, String style) {
    return element.hasAttr("hidden")
        || style.contains("display:none")
        || style.contains("mso-hide:all")
        || style.contains("visibility:hidden");
  }

  private static boolean has(String classes, String wanted) {
    int at = classes.indexOf(wanted);
    while (at >= 0) {
      int end = at + wanted.length();
      if ((at == 0 || classes.charAt(at - 1) <= ' ')
          && (end == classes.length() || classes.charAt(end) <= ' ')) {
        return true;
      }
      at = classes.indexOf(wanted, end);
    }
    return false;
  }

  /** A style as it is compared: without space and in lower case. */
  private static String compact(String style) {
    if (style.isEmpty()) {
      return style;
    }
    StringBuilder compact = new StringBuilder(style.length());
    for (int i = 0; i < style.length(); i++) {
      char c = style.charAt(i);
      if (c > ' ') {
        compact.append(c >= 'A' && c <= 'Z' ? (char) (c + 32) : c);
      }
    }
    return compact.toString();
  }

  // ---- the lines

  private void append(String words) {
    if (verbatim > 0) {
      for (int i = 0; i < words.length(); i++) {
        char c = words.charAt(i);
        if (c == '\n') {
          endLineOrLeaveOneBlank();
        } else if (c != '\r') {
          line.append(c);
        }
      }
    } else if (line.length() > 0 || !isSpace(words)) {
      for (int i = 0; i < words.length(); i++) {
        char c = words.charAt(i);
        line.append(c == '\n' || c == '\r' ? ' ' : c);
      }
    }
    lineMark = mark;
  }

  private static boolean isSpace(String words) {
    for (int i = 0; i < words.length(); i++) {
      if (words.charAt(i) > ' ') {
        return false;
      }
    }
    return true;
  }

  private void endLine() {
    if (line.length() > 0) {
      String text = line.toString().strip();
      line.setLength(0);
      if (!text.isEmpty()) {
        lines.add(text, lineMark == PLAIN && Lines.isCited(text) ? CITED : lineMark);
      }
    }
  }

  private void endLineOrLeaveOneBlank() {
    int before = lines.size();
    endLine();
    if (lines.size() == before && before > 0 && !lines.isBlank(before - 1)) {
      lines.add("", mark);
    }
  }
}
