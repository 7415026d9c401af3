package io.github.nylaswebhook.categorize;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds words and phrases in one pass over the text. Each word of the text is hashed on the way and
 * looked up in a bit set that fits into the processor's cache, so that the many words that no
 * keyword holds cost the same however many keywords there are; the few others walk on in a tree of
 * the keywords' words. Nothing is allocated for a word. Immutable and safe for use by many threads.
 */
final class KeywordMatcher {
  /** Called for each occurrence. */
  @FunctionalInterface
  interface Hits {
    /**
     * A keyword stands in {@code text}, which is folded but for its case, from {@code start} to
     * before {@code end}.
     */
    void found(int keyword, String text, int start, int end);
  }

  private final WordTable words;
  private final PhraseTree tree;
  private final @Nullable UnspacedMatcher unspaced;

  /** The signs that a keyword begins and ends with; empty for nearly all. */
  private final String[] before;

  private final String[] after;

  private KeywordMatcher(Builder builder) {
    words = builder.words.build();
    tree = builder.tree.build();
    before = builder.before.toArray(String[]::new);
    after = builder.after.toArray(String[]::new);
    unspaced = builder.unspaced.isEmpty() ? null : builder.unspaced.build();
  }

  /**
   * Whether this can be a keyword.
   *
   * @throws IllegalArgumentException if not; the message is for who wrote it
   */
  static void check(String keyword) {
    String folded = Folding.fold(keyword);
    if (folded.codePoints().noneMatch(Folding::isPartOfWord)) {
      throw new IllegalArgumentException("\"" + keyword + "\" has no letters or digits");
    }
    if (words(folded).size() > Condition.MAX_WORDS) {
      throw new IllegalArgumentException(
          "\"" + keyword + "\" has more than " + Condition.MAX_WORDS + " words");
    }
  }

  /** Calls back for each occurrence; a keyword may be found more than once at a place. */
  void find(String unfolded, Hits hits) {
    String text = Folding.fold(unfolded);
    if (unspaced != null && Folding.hasUnspaced(text)) {
      unspaced.find(text.toLowerCase(Locale.ROOT), hits);
    }
    if (words.isEmpty()) {
      return;
    }
    char[] chars = text.toCharArray();
    Walk walk = new Walk(text, chars, hits);
    int length = chars.length;
    int i = 0;
    while (i < length) {
      char letter = Folding.letter(chars, i);
      if (letter == 0) {
        if (walk.size > 0 && endsRow(chars, i)) {
          walk.size = 0;
        }
        i++;
        continue;
      }
      int start = i;
      int hash = 0;
      do {
        hash = hash * 31 + letter;
        i++;
        letter = i < length ? Folding.letter(chars, i) : 0;
      } while (letter != 0);
      if (words.mayHold(hash)) {
        walk.step(words.meanings(hash, chars, start, i), start, i);
      } else {
        walk.size = 0;
      }
    }
  }

  /**
   * A row of words doesn't go on past the end of a sentence or a paragraph, or past words in a
   * script without spaces.
   */
  private static boolean endsRow(char[] chars, int i) {
    char c = chars[i];
    if (c > '\u00FF') {
      return Folding.isUnspaced(c);
    }
    boolean last = i + 1 == chars.length;
    return ((c == '.' || c == '!' || c == '?') && (last || Character.isWhitespace(chars[i + 1])))
        || (c == '\n' && !last && chars[i + 1] == '\n');
  }

  /** The places in the tree that have been reached, each from a word where a phrase may begin. */
  private final class Walk {
    private final String text;
    private final char[] chars;
    private final Hits hits;
    private int[] nodes = new int[8];
    private int[] starts = new int[8];
    private int size;
    private int[] nextNodes = new int[8];
    private int[] nextStarts = new int[8];
    private int nextSize;

    Walk(String text, char[] chars, Hits hits) {
      this.text = text;
      this.chars = chars;
      this.hits = hits;
    }

    /** Goes on by a word that may be these words of keywords. */
    void step(int[] meanings, int start, int end) {
      nextSize = 0;
      for (int word : meanings) {
        for (int k = 0; k < size; k++) {
          reach(tree.next(nodes[k], word), starts[k], end);
        }
        reach(tree.first(word), start, end);
      }
      int[] swapped = nodes;
      nodes = nextNodes;
      nextNodes = swapped;
      swapped = starts;
      starts = nextStarts;
      nextStarts = swapped;
      size = nextSize;
    }

    private void reach(int node, int start, int end) {
      if (node == PhraseTree.NONE) {
        return;
      }
      for (int keyword : tree.ends(node)) {
        int from = start - before[keyword].length();
        int to = end + after[keyword].length();
        if ((from == start && to == end) || hasSigns(keyword, from, start, end, to)) {
          hits.found(keyword, text, from, to);
        }
      }
      if (tree.goesOn(node)) {
        if (nextSize == nextNodes.length) {
          nextNodes = Arrays.copyOf(nextNodes, nextSize * 2);
          nextStarts = Arrays.copyOf(nextStarts, nextSize * 2);
          nodes = Arrays.copyOf(nodes, nextSize * 2);
          starts = Arrays.copyOf(starts, nextSize * 2);
        }
        nextNodes[nextSize] = node;
        nextStarts[nextSize++] = start;
      }
    }

    /** The signs are there, and not glued to another word: ".net" isn't in "example.net". */
    private boolean hasSigns(int keyword, int from, int start, int end, int to) {
      return from >= 0
          && to <= chars.length
          && text.startsWith(before[keyword], from)
          && text.startsWith(after[keyword], end)
          && (from == start || from == 0 || Folding.letter(chars, from - 1) == 0)
          && (to == end || to == chars.length || Folding.letter(chars, to) == 0);
    }
  }

  /** The words of a folded text, in lower case. */
  private static List<String> words(String text) {
    char[] chars = text.toCharArray();
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    for (int i = 0; i <= chars.length; i++) {
      char letter = i < chars.length ? Folding.letter(chars, i) : 0;
      if (letter != 0) {
        word.append(letter);
      } else if (word.length() > 0) {
        words.add(word.toString());
        word.setLength(0);
      }
    }
    return words;
  }

  /** Takes keywords, which get the numbers 0, 1, 2, and so on. */
  static final class Builder {
    private final WordTable.Builder words = new WordTable.Builder();
    private final PhraseTree.Builder tree = new PhraseTree.Builder();
    private final UnspacedMatcher.Builder unspaced = new UnspacedMatcher.Builder();
    private final List<String> before = new ArrayList<>();
    private final List<String> after = new ArrayList<>();

    /**
     * Adds a word or phrase.
     *
     * @param inflected whether each of its words matches in its plain English forms too
     */
    int add(String keyword, boolean inflected) {
      check(keyword);
      int id = before.size();
      String folded = Folding.fold(keyword.strip());
      String signsBefore = "";
      String signsAfter = "";
      if (Folding.hasUnspaced(folded)) {
        unspaced.add(folded.toLowerCase(Locale.ROOT), id);
      } else {
        char[] chars = folded.toCharArray();
        int first = 0;
        while (Folding.letter(chars, first) == 0) {
          first++;
        }
        int last = chars.length;
        while (Folding.letter(chars, last - 1) == 0) {
          last--;
        }
        signsBefore = folded.substring(0, first);
        signsAfter = folded.substring(last);
        String core = folded.substring(first, last);
        Set<List<String>> spellings = new LinkedHashSet<>();
        spellings.add(words(core));
        spellings.add(words(core.replaceAll("(?<=\\p{L})[-\u2010\u2011](?=\\p{L})", "")));
        // Many write cant, doesnt and wont.
        spellings.add(words(core.replaceAll("(?<=\\p{L}[nN])['\u2019](?=[tT](?!\\p{L}))", "")));
        spellings.forEach(spelling -> tree.add(numbers(spelling, inflected), id));
      }
      before.add(signsBefore);
      after.add(signsAfter);
      return id;
    }

    private int[] numbers(List<String> spelling, boolean inflected) {
      return spelling.stream()
          .mapToInt(
              word -> words.add(word, inflected ? Inflections.of(word) : Set.of(word), inflected))
          .toArray();
    }

    KeywordMatcher build() {
      return new KeywordMatcher(this);
    }
  }
}
