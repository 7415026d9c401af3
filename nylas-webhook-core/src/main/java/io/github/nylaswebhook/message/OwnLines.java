package io.github.nylaswebhook.message;

import io.github.nylaswebhook.message.MailPhrases.Field;
import io.github.nylaswebhook.message.MailPhrases.Introduction;
import io.github.nylaswebhook.message.MessageText.Cut;
import io.github.nylaswebhook.message.MessageText.Cut.Kind;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells a sender's own lines from what a mail quotes, forwards and is signed with. Each line comes
 * out once, as own or as cut. A line is looked at together with a bounded number of its neighbours,
 * so the time grows with the text's length.
 */
final class OwnLines {
  /** Gmail wraps "On …, … wrote:" at 78 columns; with a long name and address it needs four. */
  private static final int WRAPPED = 4;

  /** Outlook's header has six fields at most; one that is wrapped counts twice. */
  private static final int HEADER_LINES = 10;

  /** Footers stand in the last lines; the same words further up are the customer's. */
  private static final int LIST_FOOTER_LINES = 12;

  /** Legal notices are longer, and wrapped. */
  private static final int LEGAL_FOOTER_LINES = 30;

  /** What is signed with more lines below {@code --} isn't a signature. */
  private static final int SIGNATURE_LINES = 40;

  /** Outlook's line between mails has 32, that of Mailman 47. */
  private static final int UNDERSCORES = 20;

  /** Mailers wrap what they quote at 72 to 78 columns, and leave the rest of a line unmarked. */
  private static final int WRAPPED_QUOTE = 60;

  private final Lines lines;
  private final @Nullable Kind[] kinds;
  private final boolean forward;

  /** Whether the mail begins a conversation: then whoever fills a form in isn't quoted by it. */
  private final boolean begins;

  /** For each line, how many before it aren't blank. */
  private final int[] filledBefore;

  /** What {@link #field} said of the lines that it was asked for. */
  private final @Nullable Field[] fields;

  private final BitSet asked = new BitSet();

  private boolean anyOwn;

  /** What everything from here on is. */
  private @Nullable Kind rest;

  /** What marked lines are: after "Begin forwarded message:" they aren't a quote. */
  private Kind marked = Kind.QUOTE;

  private boolean introduced;
  private boolean signed;
  private int lastCited = -1;
  private int nextQuote = -1;

  private OwnLines(Lines lines, boolean forward, boolean begins) {
    this.lines = lines;
    this.forward = forward;
    this.begins = begins;
    this.filledBefore = new int[lines.size() + 1];
    for (int i = 0; i < lines.size(); i++) {
      filledBefore[i + 1] = filledBefore[i] + (lines.isBlank(i) ? 0 : 1);
    }
    this.fields = new Field[lines.size()];
    this.kinds = new Kind[lines.size()];
  }

  /**
   * The parts of a mail's text.
   *
   * @param begins whether it is known to answer nothing and to pass nothing on
   */
  static MessageText split(String subject, Lines lines, boolean begins) {
    OwnLines own = new OwnLines(lines, MailPhrases.isForward(subject), begins);
    own.judge();
    own.keepIndentedWithinOwn();
    own.cutFooters();
    return own.keepSomething(subject);
  }

  private void judge() {
    for (int i = lines.size() - 1; i >= 0 && lastCited < 0; i--) {
      lastCited = lines.mark(i) == Lines.CITED && !lines.isBlank(i) ? i : -1;
    }
    int i = 0;
    while (i < lines.size()) {
      i += judge(i);
    }
  }

  /** Says what the line is, and says how many lines that goes for. */
  private int judge(int i) {
    if (rest != null) {
      kinds[i] = rest;
      return 1;
    }
    if (lines.isBlank(i)) {
      kinds[i] = signed ? Kind.SIGNATURE : null;
      return 1;
    }
    byte mark = lines.mark(i);
    if (mark == Lines.PLAIN) {
      return judgeWords(i);
    }
    if (mark == Lines.OTHER_MAIL) {
      return otherMail(i);
    }
    signed = false;
    kinds[i] = mark == Lines.SIGNATURE ? Kind.SIGNATURE : marked;
    return 1;
  }

  private int judgeWords(int i) {
    String line = lines.text(i);
    int length = line.length() > MailPhrases.MARKER_LINE ? dividedLine(i) : begins(i);
    if (length > 0) {
      return length;
    }
    if (isWrappedRest(i)) {
      kinds[i] = marked;
      return 1;
    }
    marked = Kind.QUOTE;
    if (signed || isSignature(i)) {
      signed = true;
      kinds[i] = Kind.SIGNATURE;
    } else if (MailPhrases.isSentWith(line)) {
      kinds[i] = Kind.SIGNATURE;
    } else {
      anyOwn = true;
    }
    return 1;
  }

  /** A line that begins what isn't the sender's, and how many lines say so. */
  private int begins(int i) {
    String line = lines.text(i);
    int length = introduction(i);
    if (length > 0) {
      return begin(i, length, Kind.QUOTE, true);
    }
    Kind divided = MailPhrases.divider(line);
    if (divided != null) {
      return begin(i, 1, divided, false);
    }
    if (!begins && isHeader(i)) {
      takeRulesBefore(i);
      return begin(i, 1, forward ? Kind.FORWARD : Kind.QUOTE, false);
    }
    if (line.startsWith("_") && MailPhrases.isRule(line, UNDERSCORES)) {
      int next = lines.nextFilled(i + 1);
      if (!begins && next < lines.size() && isHeader(next)) {
        return begin(i, 1, forward ? Kind.FORWARD : Kind.QUOTE, false);
      }
      if (fewLinesFollow(i, LIST_FOOTER_LINES)) {
        return begin(i, 1, Kind.FOOTER, false);
      }
    }
    if (MailPhrases.isReplyAbove(line)) {
      return begin(i, 1, Kind.QUOTE, false);
    }
    return 0;
  }

  private int dividedLine(int i) {
    String line = lines.text(i);
    Kind kind =
        MailPhrases.isRule(line.charAt(0))
            ? MailPhrases.divider(line.substring(0, MailPhrases.MARKER_LINE))
            : null;
    return kind == null ? 0 : begin(i, 1, kind, false);
  }

  private int begin(int i, int length, Kind kind, boolean introduction) {
    signed = false;
    marked = kind;
    int next = lines.nextFilled(i + length);
    if (next < lines.size() && isMarked(next)) {
      introduced = introduction;
    } else {
      rest = kind;
    }
    for (int k = i; k < i + length; k++) {
      kinds[k] = kind;
    }
    return length;
  }

  private boolean isMarked(int i) {
    return lines.mark(i) == Lines.CITED || lines.mark(i) == Lines.INDENTED;
  }

  // ---- introductions

  /** How many lines from this one on introduce a quote. */
  private int introduction(int i) {
    if (!introductionMayEndNear(i)) {
      return 0;
    }
    StringBuilder joined = new StringBuilder();
    for (int n = 1; n <= WRAPPED && i + n <= lines.size(); n++) {
      int last = i + n - 1;
      String line = lines.text(last);
      if (line.isEmpty()
          || lines.mark(last) != Lines.PLAIN
          || joined.length() + line.length() > MailPhrases.MARKER_LINE) {
        return 0;
      }
      joined.append(n == 1 ? "" : " ").append(line);
      if (MailPhrases.mayEndIntroduction(line)) {
        Introduction found = MailPhrases.introduction(joined.toString(), n);
        if (found == Introduction.PERHAPS) {
          int next = lines.nextFilled(i + n);
          found = next < lines.size() && isMarked(next) ? Introduction.SURE : Introduction.NONE;
        }
        if (found.compareTo(Introduction.PERHAPS) > 0 && !beginsLater(i, n, found)) {
          return n;
        }
      }
      if (".!?。！？".indexOf(line.charAt(line.length() - 1)) >= 0) {
        // A sentence that ends isn't wrapped.
        return 0;
      }
    }
    return 0;
  }

  private boolean introductionMayEndNear(int i) {
    for (int k = i; k < i + WRAPPED && k < lines.size() && !lines.isBlank(k); k++) {
      if (MailPhrases.mayEndIntroduction(lines.text(k))) {
        return true;
      }
    }
    return false;
  }

  /** Whether an introduction begins in a later one of these lines, so that the first are own. */
  private boolean beginsLater(int i, int n, Introduction found) {
    for (int later = 1; later < n; later++) {
      StringBuilder joined = new StringBuilder();
      for (int k = i + later; k < i + n; k++) {
        joined.append(joined.length() == 0 ? "" : " ").append(lines.text(k));
      }
      if (MailPhrases.introduction(joined.toString(), n - later).compareTo(found) >= 0) {
        return true;
      }
    }
    return false;
  }

  /** An unmarked line that belongs to the marked one above it, which a mailer has wrapped. */
  private boolean isWrappedRest(int i) {
    if (i == 0 || lines.mark(i - 1) != Lines.CITED || !lines.text(i - 1).startsWith(">")) {
      return false;
    }
    String before = lines.text(i - 1);
    if (before.length() < 2 || ".!?:;)。！？".indexOf(before.charAt(before.length() - 1)) >= 0) {
      return false;
    }
    boolean alone = i + 1 == lines.size() || lines.isBlank(i + 1) || isMarked(i + 1);
    if (before.length() >= WRAPPED_QUOTE) {
      return alone && lines.text(i).length() < WRAPPED_QUOTE;
    }
    return alone && anyOwn && introduced && i > lastCited && kinds[i - 1] == Kind.QUOTE;
  }

  // ---- headers

  /** "From: … Sent: … To: … Subject: …" */
  private boolean isHeader(int i) {
    Field first = field(i);
    if (first == null || first == Field.COPY) {
      return false;
    }
    Set<Field> fields = EnumSet.of(first);
    boolean address = lines.text(i).indexOf('@') >= 0;
    boolean wrapped = false;
    int count = 1;
    for (int k = i + 1; k < lines.size() && k < i + HEADER_LINES; k++) {
      String line = lines.text(k);
      if (line.isEmpty() || lines.mark(k) != lines.mark(i)) {
        break;
      }
      Field field = field(k);
      if (field == null) {
        if (wrapped) {
          break;
        }
        wrapped = true;
      } else {
        wrapped = false;
        fields.add(field);
        count++;
      }
      address |= line.indexOf('@') >= 0;
    }
    if (!fields.contains(Field.FROM)) {
      return false;
    }
    boolean dated = fields.contains(Field.DATE);
    boolean addressed = fields.contains(Field.TO);
    boolean titled = fields.contains(Field.SUBJECT);
    if (first != Field.FROM) {
      return count > 2 && titled && (dated || addressed);
    }
    // "From: Berlin, To: Paris, Date: …" is a customer's journey.
    // A form's "From: Ann <ann@x.example>, Subject: …" is whom the customer's words are from.
    return (titled && (dated || addressed)) || (address && dated);
  }

  /** Looked up once a line, though each is looked at from up to ten before it. */
  private @Nullable Field field(int i) {
    if (!asked.get(i)) {
      asked.set(i);
      fields[i] = MailPhrases.field(lines.text(i));
    }
    return fields[i];
  }

  private void takeRulesBefore(int i) {
    for (int k = i - 1; k >= 0 && kinds[k] == null; k--) {
      if (!lines.isBlank(k) && !MailPhrases.isRule(lines.text(k), 3)) {
        return;
      }
      if (!lines.isBlank(k)) {
        kinds[k] = forward ? Kind.FORWARD : Kind.QUOTE;
      }
    }
  }

  /** The lines of a block that holds another mail. */
  private int otherMail(int i) {
    signed = false;
    Kind kind = forward ? Kind.FORWARD : Kind.QUOTE;
    int end = i;
    int seen = 0;
    while (end < lines.size() && (lines.mark(end) == Lines.OTHER_MAIL || lines.isBlank(end))) {
      if (!lines.isBlank(end) && seen++ < 2) {
        String line = lines.text(end);
        Kind divided = line.length() > MailPhrases.MARKER_LINE ? null : MailPhrases.divider(line);
        kind = divided == null ? kind : divided;
      }
      end++;
    }
    for (int k = i; k < end; k++) {
      kinds[k] = kind;
    }
    return end - i;
  }

  // ---- signatures and footers

  private boolean isSignature(int i) {
    String line = lines.text(i);
    // RFC 3676 §4.3: "-- "; its blank is often lost on the way.
    return (line.equals("--") || line.equals("—")) && fewLinesFollow(i, SIGNATURE_LINES);
  }

  /** Whether not more lines follow, up to what is quoted. */
  private boolean fewLinesFollow(int i, int atMost) {
    return filledBefore[Math.max(nextQuote(i + 1), i + 1)] - filledBefore[i + 1] <= atMost;
  }

  /** The first line from here on that begins what isn't own. Each line is looked at once. */
  private int nextQuote(int from) {
    while (nextQuote < from) {
      int k = nextQuote + 1;
      while (k < lines.size() && !mayBeginQuote(k)) {
        k++;
      }
      nextQuote = k;
    }
    return nextQuote;
  }

  private boolean mayBeginQuote(int k) {
    if (lines.isBlank(k)) {
      return false;
    }
    String line = lines.text(k);
    return lines.mark(k) != Lines.PLAIN
        || (line.length() <= MailPhrases.MARKER_LINE
            && (introduction(k) > 0
                || MailPhrases.divider(line) != null
                || (!begins && isHeader(k))));
  }

  private void keepIndentedWithinOwn() {
    int last = -1;
    for (int i = lines.size() - 1; i >= 0 && last < 0; i--) {
      last = isOwn(i) ? i : -1;
    }
    boolean ownAbove = false;
    boolean introduction = false;
    for (int i = 0; i < last; i++) {
      if (lines.mark(i) == Lines.INDENTED && rest == null) {
        if (ownAbove && !introduction) {
          kinds[i] = null;
        }
      } else if (isOwn(i)) {
        ownAbove = true;
        introduction = false;
      } else if (!lines.isBlank(i)) {
        introduction = kinds[i] == Kind.QUOTE;
      }
    }
  }

  private boolean isOwn(int i) {
    return kinds[i] == null && !lines.isBlank(i);
  }

  private void cutFooters() {
    List<Integer> own = new ArrayList<>();
    for (int i = lines.size() - 1; i >= 0 && own.size() <= LEGAL_FOOTER_LINES; i--) {
      if (isOwn(i)) {
        own.add(i);
      }
    }
    // A footer never stands alone: a mail that is nothing but "Unsubscribe me" is a customer's.
    int footer = -1;
    for (int k = 0; k + 1 < own.size() && k < LEGAL_FOOTER_LINES; k++) {
      String line = MailPhrases.footer(lines.text(own.get(k)));
      // With little above it, "unsubscribe" is what the customer wants.
      boolean bare = own.size() - k > 3 || (k > 0 && footer == k - 1);
      if ((k < LIST_FOOTER_LINES && MailPhrases.isListFooter(line, bare))
          || MailPhrases.isLegalFooter(line)) {
        footer = k;
      }
    }
    if (footer < 0) {
      return;
    }
    // The line that is drawn above it is a part of it.
    if (footer + 2 < own.size() && MailPhrases.isRule(lines.text(own.get(footer + 1)), 2)) {
      footer++;
    }
    for (int k = footer; k >= 0; k--) {
      kinds[own.get(k)] = Kind.FOOTER;
    }
  }

  // ---- the outcome

  /** A forwarded mail is nothing but what would be cut, and is what the sender wants to say. */
  private MessageText keepSomething(String subject) {
    boolean own = false;
    boolean forwarded = false;
    for (int i = 0; i < lines.size(); i++) {
      own |= isOwn(i);
      forwarded |= kinds[i] == Kind.FORWARD && !lines.isBlank(i);
    }
    StringBuilder body = new StringBuilder();
    List<Cut> cuts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    Kind of = null;
    for (int i = 0; i < lines.size(); i++) {
      Kind kind = kinds[i];
      if (!own && (!forwarded || kind == Kind.FORWARD)) {
        kind = null;
      }
      if (kind == null) {
        body.append(lines.text(i)).append('\n');
      }
      if (kind != of && !lines.isBlank(i)) {
        add(cuts, of, part);
        of = kind;
      }
      if (of != null && kind == of) {
        part.append(lines.text(i)).append('\n');
      }
    }
    add(cuts, of, part);
    return new MessageText(subject, body.toString().strip(), cuts);
  }

  private static void add(List<Cut> cuts, @Nullable Kind kind, StringBuilder text) {
    String stripped = text.toString().strip();
    text.setLength(0);
    if (kind != null && !stripped.isEmpty()) {
      cuts.add(new Cut(kind, stripped));
    }
  }
}
