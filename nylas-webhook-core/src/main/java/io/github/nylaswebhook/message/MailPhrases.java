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
    return last == ':' || last == '：' || last == '-' || last == '>' || last == '*';
  }

  /**
   * "On Monday, Ann wrote:".
   *
   * @param lines how many lines the text was before it was joined
   */
  static Introduction introduction(String text, int lines) {
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
        return addressed && startsLikeHead(folded) ? Introduction.SURE : Introduction.NONE;
      }
      return addressed || (folded.indexOf('@') > 0 && text.startsWith("--"))
          ? Introduction.SURE
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
    String core = core(folded);
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
    String label = core(Phrases.fold(line.substring(0, colon)));
    for (Map.Entry<Field, Phrases> labels : LABELS.entrySet()) {
      if (labels.getValue().find(label).isPresent()) {
        return labels.getKey();
      }
    }
    return null;
  }

  static boolean isSentWith(String line) {
    if (line.length() > 120) {
      return false;
    }
    Optional<Phrases.Phrase> found = SENT_WITH.find(Phrases.fold(line));
    return found.isPresent() && (found.get().pieces().size() > 2 || words(line) <= SENT_WITH_WORDS);
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

  /** Whether it's a line that only a mailing list's footer begins with. */
  static boolean isListFooter(String line) {
    String folded = Phrases.fold(beginning(line));
    if (LIST.find(folded).isPresent()) {
      return true;
    }
    int end = 0;
    while (end < folded.length() && "|·•<[(:-–—".indexOf(folded.charAt(end)) < 0) {
      end++;
    }
    return end < folded.length() && LIST.find(folded.substring(0, end).strip()).isPresent();
  }

  /** Whether the line is but the word "unsubscribe" or the like. */
  static boolean isBareListFooter(String line) {
    Optional<Phrases.Phrase> found = LIST.find(Phrases.fold(beginning(line)));
    return found.isPresent() && found.get().pieces().size() == 1;
  }

  static boolean isLegalFooter(String line) {
    return LEGAL.find(core(Phrases.fold(beginning(line)))).isPresent();
  }

  static boolean isReplyAbove(String line) {
    return ABOVE.find(Phrases.fold(line)).isPresent();
  }

  static boolean isForward(String subject) {
    int colon = subject.indexOf(':');
    colon = colon < 0 ? subject.indexOf('：') : colon;
    return colon > 0
        && colon <= LABEL
        && FORWARD_SUBJECT.find(Phrases.fold(subject.substring(0, colon))).isPresent();
  }

  private static String beginning(String line) {
    return line.length() > MARKER_LINE ? line.substring(0, MARKER_LINE) : line;
  }

  static boolean isRule(char c) {
    return "-_*=~#—–─".indexOf(c) >= 0;
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
