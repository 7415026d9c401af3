package io.github.nylaswebhook.categorize;

import io.github.nylaswebhook.message.MessageText;
import java.text.Normalizer;
import java.util.Locale;

/**
 * Text as it is compared: NFKC, lower case. Most text is so already but for its case, which is
 * looked up for each character; only what holds a character that normalization may change, alone or
 * with its neighbours, is normalized.
 */
final class Folding {
  /** A character whose folding depends on more than itself. */
  private static final char HARD = '\uFFFF';

  /** What some type for an apostrophe; normalization would make a blank and a mark of it. */
  private static final char ACUTE = '\u00B4';

  /** An apostrophe, though Unicode takes it for a letter. */
  private static final char LETTER_APOSTROPHE = '\u02BC';

  /** Latin, Greek, Cyrillic, Hebrew, Arabic, the scripts of India, general punctuation. */
  private static final int TABLE = 0x2100;

  /** For each character: what it is compared as, 0 if it is no part of a word, or HARD. */
  private static final char[] FOLDED = table();

  private Folding() {}

  private static char[] table() {
    char[] folded = new char[TABLE];
    for (char c = 0; c < TABLE; c++) {
      String text = String.valueOf(c);
      String lower = text.toLowerCase(Locale.ROOT);
      int type = Character.getType(c);
      boolean mark = isMark(type);
      // A capital sigma's lower case depends on where it stands.
      if (mark
          || type == Character.FORMAT
          || c == '\u03A3'
          || c == ACUTE
          || lower.length() != 1
          || (c >= 0x1100 && c < 0x1200)
          || !Normalizer.isNormalized(text, Normalizer.Form.NFKC)
          || !Normalizer.isNormalized(lower, Normalizer.Form.NFKC)) {
        folded[c] = HARD;
      } else {
        folded[c] = isPartOfWord(c) && !isUnspaced(c) ? lower.charAt(0) : 0;
      }
    }
    return folded;
  }

  /** The text, folded but perhaps for its case: {@link #letter} sees to that. */
  static String fold(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < TABLE ? FOLDED[c] == HARD : !isPlain(c)) {
        return foldAll(text);
      }
    }
    return text;
  }

  private static String foldAll(String text) {
    String folded = MessageText.fold(text.replace(ACUTE, '\''));
    StringBuilder visible = new StringBuilder(folded.length());
    for (int i = 0; i < folded.length(); i++) {
      char c = folded.charAt(i);
      // Soft hyphens and joiners stand within words; the dot is what lower case leaves of a Turkish
      // capital i.
      boolean dropped =
          c == '\u00AD'
              || c == '\u200C'
              || c == '\u200D'
              || c == '\u2060'
              || c == '\uFEFF'
              || (c == '\u0307' && i > 0 && folded.charAt(i - 1) == 'i');
      if (!dropped) {
        visible.append(c);
      }
    }
    return visible.toString();
  }

  /** Letters without case beyond the table that no normalization changes, and CJK punctuation. */
  private static boolean isPlain(char c) {
    return (c >= 0x3400 && c <= 0x9FFF)
        || (c >= 0xAC00 && c <= 0xD7A3)
        || (c >= 0x3001 && c <= 0x3029)
        || (c >= 0x3041 && c <= 0x3096)
        || (c >= 0x30A1 && c <= 0x30FE);
  }

  /**
   * The character as it is compared, 0 if it is no part of a word: so are those of a script that
   * doesn't put spaces between words, since a word may follow one at once ({@code 请把invoice}).
   *
   * @param text folded
   */
  static char letter(char[] text, int index) {
    char c = text[index];
    char folded = c < TABLE ? FOLDED[c] : HARD;
    return folded == HARD ? rareLetter(text, index) : folded;
  }

  private static char rareLetter(char[] text, int index) {
    char c = text[index];
    int codePoint = c;
    char first = c;
    if (Character.isHighSurrogate(c)) {
      codePoint = Character.codePointAt(text, index);
    } else if (Character.isLowSurrogate(c)) {
      codePoint = Character.codePointBefore(text, index + 1);
      first = Character.isSupplementaryCodePoint(codePoint) ? text[index - 1] : c;
    }
    return !isUnspaced(first) && isPartOfWord(codePoint) ? c : 0;
  }

  static boolean isPartOfWord(int codePoint) {
    return (Character.isLetterOrDigit(codePoint) && codePoint != LETTER_APOSTROPHE)
        || isMark(Character.getType(codePoint));
  }

  private static boolean isMark(int type) {
    return type == Character.NON_SPACING_MARK
        || type == Character.COMBINING_SPACING_MARK
        || type == Character.ENCLOSING_MARK;
  }

  /** Whether the script of this character puts no spaces between words, or glues on particles. */
  static boolean isUnspaced(char c) {
    return c >= 0x0E00
        && (c <= 0x0EFF
            || (c >= 0x1000 && c <= 0x109F)
            || (c >= 0x1100 && c <= 0x11FF)
            || (c >= 0x1780 && c <= 0x17FF)
            || (c >= 0x3005 && c <= 0x3007)
            || (c >= 0x3041 && c <= 0x30FE && c != 0x30FB)
            || (c >= 0x3400 && c <= 0x9FFF)
            || (c >= 0xAC00 && c <= 0xD7FF)
            || (c >= 0xD840 && c <= 0xD8BF)
            || (c >= 0xF900 && c <= 0xFAFF));
  }

  static boolean hasUnspaced(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isUnspaced(text.charAt(i))) {
        return true;
      }
    }
    return false;
  }
}
