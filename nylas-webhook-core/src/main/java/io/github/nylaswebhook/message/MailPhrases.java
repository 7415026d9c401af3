package io.github.nylaswebhook.message;

import static java.util.Objects.requireNonNull;

import io.github.nylaswebhook.internal.Phrases;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What mailers write around people's own words, in the languages of the data files. */
final class MailPhrases {
  /** Past this, a line is no greeting, quote introduction or footer. */
  static final int MARKER_LINE = 300;

  /** No label of a header is longer. */
  private static final int LABEL = 24;

  /** As much of a footer as tells what it is. */
  private static final int FOOTER = 80;

  /** "x wrote:" */
  private static final int SHORTEST = 8;

  /** More words than this after "sent from my" are a sentence of the sender's. */
  private static final int SENT_WITH_WORDS = 8;

  private static final List<String> LANGUAGES =
      List.of(
          "en", "de", "fr", "es", "pt", "it", "nl", "sv", "da", "no", "fi", "pl", "cs", "ru", "tr",
          "ja", "ko", "zh", "common");

  private static final Map<String, Phrases> PHRASES =
      Phrases.bySection(
          MessageText.class,
          LANGUAGES.stream().map(language -> "phrases/" + language + ".txt").toList(),
          "wrote",
          "wrote-loosely",
          "original",
          "forwarded",
          "from",
          "date",
          "to",
          "subject",
          "copy",
          "sent-with",
          "list",
          "legal",
          "above",
          "forward-subject");
  private static final Phrases WROTE = section("wrote");
  private static final Phrases WROTE_LOOSELY = section("wrote-loosely");
  private static final Phrases ORIGINAL = section("original");
  private static final Phrases FORWARDED = section("forwarded");
  private static final Phrases SENT_WITH = section("sent-with");
  private static final Phrases LIST = section("list");
  private static final Phrases LEGAL = section("legal");
  private static final Phrases ABOVE = section("above");
  private static final Phrases FORWARD_SUBJECT = section("forward-subject");

  /** A field of a quoted mail's header. */
  enum Field {
    FROM,
    DATE,
    TO,
    SUBJECT,
    COPY
  }

  private static final Map<Field, Phrases> LABELS = labels();

  /** How sure it is that a line introduces a quote. */
  enum Introduction {
    NONE,
    /** If what follows is marked as a quote. */
    PERHAPS,
    /** By an address in it. */
    LIKELY,
    SURE
  }

  private MailPhrases() {}

  private static Map<Field, Phrases> labels() {
    Map<Field, Phrases> labels = new EnumMap<>(Field.class);
    for (Field field : Field.values()) {
      labels.put(field, section(field.name().toLowerCase(Locale.ROOT)));
    }
    return labels;
  }

  private static Phrases section(String name) {
    return requireNonNull(PHRASES.get(name));
  }

  /** Whether a line may be the end of an introduction; tells most lines apart at once. */
  static boolean mayEndIntroduction(String line) {
    char last = line.charAt(line.length() - 1);
    return (last == 'e' && line.endsWith(" wrote"))
        || last == ':'
        || last == '：'
        || last == '-'
        || last == '>'
        || last == '*';
  }

  /**
   * "On Monday, Ann wrote:".
   *
   * @param lines how many lines the text was before it was joined
   */
  static Introduction introduction(String text, int lines) {
    if (text.length() < SHORTEST) {
      return Introduction.NONE;
    }
    String folded = core(Phrases.fold(text)).replace(" :", ":");
    if (folded.isEmpty()) {
      return Introduction.NONE;
    }
    boolean dated = isDated(folded);
    Optional<Phrases.Phrase> wrote = WROTE.find(folded);
    if (wrote.isPresent()) {
      List<String> pieces = wrote.get().pieces();
      // Whatever the phrase begins with, a line of the sender's own mustn't be joined to it.
      boolean joined =
          lines == 1 || (dated && (!pieces.get(0).isEmpty() || startsLikeHead(folded)));
      if (!joined) {
        return Introduction.NONE;
      }
      // "Am Montag schrieb ich Ihnen folgendes:" is the sender's.
      boolean namesLast = pieces.get(pieces.size() - 1).equals(":");
      boolean sure = dated || (!namesLast && hasDigitOrComma(folded));
      return sure ? Introduction.SURE : Introduction.PERHAPS;
    }
    if (lines <= 2 && WROTE_LOOSELY.find(folded).isPresent()) {
      boolean addressed =
          folded.indexOf('@') > 0 && (folded.indexOf('<') >= 0 || folded.indexOf('(') > 0);
      if (lines == 2) {
        return addressed && startsLikeHead(folded) ? Introduction.LIKELY : Introduction.NONE;
      }
      return addressed || (folded.indexOf('@') > 0 && text.startsWith("--"))
          ? Introduction.LIKELY
          : Introduction.PERHAPS;
    }
    return Introduction.NONE;
  }

  private static boolean startsLikeHead(String folded) {
    int space = folded.indexOf(' ');
    int address = folded.indexOf('<');
    return Character.isDigit(folded.charAt(0)) || (address > 0 && address < 40 && space > 0);
  }

  private static boolean hasDigitOrComma(String folded) {
    for (int i = 0; i < folded.length(); i++) {
      char c = folded.charAt(i);
      if (Character.isDigit(c) || c == ',' || c == '、') {
        return true;
      }
    }
    return false;
  }

  /** Whether there's an address, a time of day or a year. */
  private static boolean isDated(String folded) {
    int digits = 0;
    for (int i = 0; i < folded.length(); i++) {
      char c = folded.charAt(i);
      if (c == '@') {
        return true;
      }
      if (Character.isDigit(c)) {
        digits++;
        if (digits == 4) {
          return true;
        }
      } else {
        boolean time =
            digits > 0
                && (c == ':' || c == '.')
                && i + 2 < folded.length()
                && Character.isDigit(folded.charAt(i + 1))
                && Character.isDigit(folded.charAt(i + 2));
        if (time) {
          return true;
        }
        digits = 0;
      }
    }
    return false;
  }

  /** "-----Original Message-----", "Begin forwarded message:": what kind of text it begins. */
  static MessageText.Cut.@Nullable Kind divider(String line) {
    char first = line.charAt(0);
    char last = line.charAt(line.length() - 1);
    boolean ruled = isRule(first);
    if (!ruled && last != ':' && last != '：') {
      return null;
    }
    String folded = Phrases.fold(line).replace(" :", ":");
    if (FORWARDED.find(folded).isPresent() && !ruled) {
      return folded.endsWith(":") ? MessageText.Cut.Kind.FORWARD : null;
    }
    if (!ruled || line.length() < 2 || !isRule(line.charAt(1))) {
      return null;
    }
    // Yahoo writes the header of the other mail on the same line.
    String core = core(folded);
    int end = core.indexOf("--");
    core = end < 0 ? core : core.substring(0, end).strip();
    if (core.isEmpty()) {
      return null;
    }
    if (FORWARDED.find(core).isPresent() || FORWARDED.find(core + ":").isPresent()) {
      return MessageText.Cut.Kind.FORWARD;
    }
    return ORIGINAL.find(core).isPresent() ? MessageText.Cut.Kind.QUOTE : null;
  }

  /** The label at the line's head. */
  static @Nullable Field field(String line) {
    int colon = -1;
    for (int i = 0; i < line.length() && i <= LABEL; i++) {
      char c = line.charAt(i);
      if (c == ':' || c == '：') {
        colon = i;
        break;
      }
    }
    if (colon < 1) {
      return null;
    }
    String raw = line.substring(0, colon);
    boolean may = isRule(raw.charAt(0));
    for (Phrases labels : LABELS.values()) {
      may = may || labels.mayFind(raw);
    }
    if (!may) {
      return null;
    }
    String label = core(Phrases.fold(raw));
    for (Map.Entry<Field, Phrases> labels : LABELS.entrySet()) {
      if (labels.getValue().find(label).isPresent()) {
        return labels.getKey();
      }
    }
    return null;
  }

  static boolean isSentWith(String line) {
    if (!SENT_WITH.mayFind(line)) {
      return false;
    }
    int words = words(line);
    if (line.length() < 5 || line.length() > 120 || words > 2 * SENT_WITH_WORDS) {
      return false;
    }
    Optional<Phrases.Phrase> found = SENT_WITH.find(Phrases.fold(line));
    return found.isPresent() && (found.get().pieces().size() > 2 || words <= SENT_WITH_WORDS);
  }

  private static int words(String line) {
    int words = 1;
    for (int i = 0; i < line.length(); i++) {
      if (line.charAt(i) == ' ') {
        words++;
      }
    }
    return words;
  }

  /** A line as the footers' phrases are compared with it; empty if it is certainly none. */
  static String footer(String line) {
    if (!isRule(line.charAt(0)) && !LIST.mayFind(line) && !LEGAL.mayFind(line)) {
      return "";
    }
    return core(Phrases.fold(line.length() > FOOTER ? line.substring(0, FOOTER) : line));
  }

  /**
   * Whether it's a line that only a mailing list's footer begins with.
   *
   * @param bare whether the word "unsubscribe" alone, or the like, is enough
   */
  static boolean isListFooter(String footer, boolean bare) {
    Optional<Phrases.Phrase> found = LIST.find(footer);
    if (found.isPresent()) {
      return bare || found.get().pieces().size() > 1;
    }
    int end = 0;
    while (end < footer.length() && !isSeparator(footer.charAt(end))) {
      end++;
    }
    return end > 0
        && end < footer.length()
        && LIST.find(footer.substring(0, end).strip()).isPresent();
  }

  private static boolean isSeparator(char c) {
    return !isLetterOfAscii(c) && "|·•<[(:-–—".indexOf(c) >= 0;
  }

  private static boolean isLetterOfAscii(char c) {
    return c == ' ' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  static boolean isLegalFooter(String footer) {
    return LEGAL.find(footer).isPresent();
  }

  /** "##- Please type your reply above this line -##" */
  static boolean isReplyAbove(String line) {
    return isRule(line.charAt(0)) && ABOVE.find(Phrases.fold(line)).isPresent();
  }

  static boolean isForward(String subject) {
    int colon = subject.indexOf(':');
    colon = colon < 0 ? subject.indexOf('：') : colon;
    return colon > 0
        && colon <= LABEL
        && FORWARD_SUBJECT.find(Phrases.fold(subject.substring(0, colon))).isPresent();
  }

  static boolean isRule(char c) {
    return !isLetterOfAscii(c) && "-_*=~#—–─".indexOf(c) >= 0;
  }

  /** Whether the line is drawn, not written. */
  static boolean isRule(String line, int atLeast) {
    if (line.length() < atLeast) {
      return false;
    }
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (!isRule(c) && c != ' ') {
        return false;
      }
    }
    return true;
  }

  /** Without the rules and marks of emphasis around it. */
  private static String core(String folded) {
    int start = 0;
    int end = folded.length();
    while (start < end && isAround(folded.charAt(start))) {
      start++;
    }
    while (end > start && isAround(folded.charAt(end - 1))) {
      end--;
    }
    return folded.substring(start, end);
  }

  private static boolean isAround(char c) {
    return c == ' ' || isRule(c);
  }
}
