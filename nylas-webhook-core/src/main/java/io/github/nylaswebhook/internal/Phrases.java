package io.github.nylaswebhook.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lines that people and machines write in many languages, read from data files. A phrase is
 * compared with a whole line, folded; {@code …} in it stands for anything, nothing included. The
 * time to look a line up hardly grows with the number of phrases, and never with the square of the
 * line's length.
 *
 * <p>A file has one phrase a line: {@code section | phrase | source}. Blank lines and lines that
 * begin with {@code #} say nothing.
 */
public final class Phrases {
  private static final String ANYTHING = "…";

  /** By their first two characters, or the only one; those that may begin with anything under 0. */
  private final Map<Integer, List<Phrase>> byFirst = new HashMap<>();

  /** The same for ASCII, and with what those end that may begin with anything. */
  private final BitSet beginnings = new BitSet();

  private final BitSet endings = new BitSet();

  /** A line of fewer characters is none of them. */
  private int shortest = Integer.MAX_VALUE;

  private int size;

  /**
   * One phrase.
   *
   * @param section what it is a sign of
   * @param text as it stands in the file
   * @param source where it was seen
   * @param pieces what stands between the ellipses, folded
   */
  public record Phrase(String section, String text, String source, List<String> pieces) {
    public Phrase {
      pieces = List.copyOf(pieces);
    }

    /** The line must be folded. */
    boolean matches(String line) {
      String first = pieces.get(0);
      String last = pieces.get(pieces.size() - 1);
      if (pieces.size() == 1) {
        return line.equals(first);
      }
      int from = first.length();
      int to = line.length() - last.length();
      if (to < from || !line.startsWith(first) || !line.endsWith(last)) {
        return false;
      }
      for (String piece : pieces.subList(1, pieces.size() - 1)) {
        int at = line.indexOf(piece, from);
        if (at < 0 || at + piece.length() > to) {
          return false;
        }
        from = at + piece.length();
      }
      return true;
    }
  }

  private Phrases() {}

  /**
   * Reads the phrases of these sections from files beside a class, one for each name.
   *
   * @throws IllegalStateException if a file is missing or broken: a jar that was built wrongly
   */
  public static Phrases read(Class<?> beside, List<String> names, String... sections) {
    Phrases phrases = new Phrases();
    List<String> wanted = List.of(sections);
    for (String name : names) {
      try (InputStream file = beside.getResourceAsStream(name)) {
        if (file == null) {
          throw new IllegalStateException("There is no " + name + " beside " + beside.getName());
        }
        int number = 0;
        for (String line : new String(file.readAllBytes(), UTF_8).lines().toList()) {
          number++;
          if (line.isBlank() || line.startsWith("#")) {
            continue;
          }
          String[] parts = line.split(" \\| ", 3);
          if (parts.length != 3 || parts[1].isBlank() || parts[2].isBlank()) {
            throw new IllegalStateException(
                name + ", line " + number + " isn't \"section | phrase | source\": " + line);
          }
          if (wanted.contains(parts[0].strip())) {
            phrases.add(parts[0].strip(), parts[1].strip(), parts[2].strip());
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return phrases;
  }

  private void add(String section, String text, String source) {
    List<String> pieces = new ArrayList<>();
    for (String piece : text.split(ANYTHING, -1)) {
      String folded = normalize(piece);
      // "Undeliverable:" with nothing after it is one, too.
      pieces.add(folded.endsWith(": ") ? folded.stripTrailing() : folded);
    }
    add(new Phrase(section, text, source, pieces));
  }

  private void add(Phrase phrase) {
    String first = phrase.pieces().get(0);
    String last = phrase.pieces().get(phrase.pieces().size() - 1);
    int key = first.length() < 2 && phrase.pieces().size() > 1 ? key(first, 1) : key(first, 2);
    byFirst.computeIfAbsent(key, k -> new ArrayList<>()).add(phrase);
    if (!first.isEmpty()) {
      beginnings.set(ascii(first, 0) * 128 + ((key & 0xffff) > 0x7f ? 0 : key & 0x7f));
    } else if (last.isEmpty()) {
      endings.set(0, 128);
    } else {
      endings.set(ascii(last, last.length() - 1));
    }
    shortest = Math.min(shortest, phrase.pieces().stream().mapToInt(String::length).sum());
    size++;
  }

  /**
   * Reads the phrases of these sections, each section for itself; the files are read once.
   *
   * @throws IllegalStateException if a file is missing or broken: a jar that was built wrongly
   */
  public static Map<String, Phrases> bySection(
      Class<?> beside, List<String> names, String... sections) {
    Phrases all = read(beside, names, sections);
    Map<String, Phrases> apart = new HashMap<>();
    for (String section : sections) {
      apart.put(section, new Phrases());
    }
    for (List<Phrase> phrases : all.byFirst.values()) {
      for (Phrase phrase : phrases) {
        apart.computeIfAbsent(phrase.section(), section -> new Phrases()).add(phrase);
      }
    }
    return Map.copyOf(apart);
  }

  /** The first phrase that is this line, which must be folded. */
  public Optional<Phrase> find(String folded) {
    if (folded.length() < shortest) {
      return Optional.empty();
    }
    Phrase found = folded.isEmpty() ? null : find(byFirst.get(key(folded, 2)), folded);
    found = found == null && !folded.isEmpty() ? find(byFirst.get(key(folded, 1)), folded) : found;
    return Optional.ofNullable(found == null ? find(byFirst.get(0), folded) : found);
  }

  /**
   * Whether it's worth folding this line, which has no space around it, to look for it: false for
   * most lines, and at once.
   */
  public boolean mayFind(String line) {
    if (line.isEmpty()) {
      return false;
    }
    int first = ascii(line, 0);
    int second = ascii(line, 1);
    return line.charAt(0) > 0x7f
        || (line.length() > 1 && line.charAt(1) > 0x7f)
        || beginnings.get(first * 128)
        || beginnings.get(first * 128 + second)
        || line.charAt(line.length() - 1) > 0x7f
        || endings.get(ascii(line, line.length() - 1));
  }

  private static int key(String text, int length) {
    int key = text.isEmpty() ? 0 : text.charAt(0) << 16;
    return length > 1 && text.length() > 1 ? key | text.charAt(1) : key;
  }

  /** The character as it is folded if it is of ASCII; else what mustn't matter. */
  private static int ascii(String text, int at) {
    char c = at < text.length() ? text.charAt(at) : 0;
    if (c > 0x7f) {
      return 0;
    }
    return Character.isWhitespace(c) ? ' ' : c == '`' ? '\'' : Character.toLowerCase(c);
  }

  private static @Nullable Phrase find(@Nullable List<Phrase> candidates, String line) {
    if (candidates != null) {
      for (Phrase candidate : candidates) {
        if (candidate.matches(line)) {
          return candidate;
        }
      }
    }
    return null;
  }

  /** How many there are. */
  public int size() {
    return size;
  }

  /**
   * A line as it is compared: compatible characters are one (full-width letters and colons,
   * no-break spaces), case and the shape of apostrophes don't count, space is single and not around
   * it.
   */
  public static String fold(String line) {
    return normalize(line).strip();
  }

  private static String normalize(String text) {
    StringBuilder folded = new StringBuilder(text.length());
    if (isAscii(text)) {
      // Most lines have nothing to normalize, and to be told so by the Normalizer takes long.
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        append(folded, c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c);
      }
      return folded.toString();
    }
    String lower = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    for (int i = 0; i < lower.length(); i++) {
      append(folded, lower.charAt(i));
    }
    return folded.toString();
  }

  private static void append(StringBuilder folded, char c) {
    if (c > ' ' && c < '`') {
      folded.append(c);
    } else if (c == '\u2019' || c == '\u2018' || c == '\u02bc' || c == '`' || c == '\u00b4') {
      folded.append('\'');
    } else if (c == '\u0131') {
      // Turkish letters lose and gain their dots on the way through other languages' programs.
      folded.append('i');
    } else if (Character.isWhitespace(c)) {
      if (folded.length() == 0 || folded.charAt(folded.length() - 1) != ' ') {
        folded.append(' ');
      }
    } else if (c < 0x80 || (c != '\u0307' && Character.getType(c) != Character.FORMAT)) {
      // Marks of writing direction and the like, which mailers strew about.
      folded.append(c);
    }
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0x7f) {
        return false;
      }
    }
    return true;
  }
}
