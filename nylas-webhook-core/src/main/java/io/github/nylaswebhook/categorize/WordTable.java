package io.github.nylaswebhook.categorize;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The words of keywords in all their forms, by the hash of {@link String#hashCode()}. Immutable.
 */
final class WordTable {
  private static final int[] NOTHING = {};

  /** Sixteen bits for each form: of other words, at most one in sixteen is looked up in vain. */
  private static final int BITS_FOR_EACH = 16;

  private final long[] bits;
  private final int bitShift;
  private final String[] slots;
  private final int[][] meanings;
  private final boolean empty;

  private WordTable(Map<String, List<Integer>> forms) {
    empty = forms.isEmpty();
    int bitCount = powerOfTwo(forms.size() * BITS_FOR_EACH, 64);
    bits = new long[bitCount / 64];
    bitShift = 32 - Integer.numberOfTrailingZeros(bitCount);
    slots = new String[powerOfTwo(forms.size() * 2, 16)];
    meanings = new int[slots.length][];
    forms.forEach(
        (form, known) -> {
          int hash = form.hashCode();
          int bit = mix(hash) >>> bitShift;
          bits[bit >>> 6] |= 1L << bit;
          int slot = mix(hash) & (slots.length - 1);
          while (slots[slot] != null) {
            slot = (slot + 1) & (slots.length - 1);
          }
          slots[slot] = form;
          meanings[slot] = known.stream().mapToInt(Integer::intValue).toArray();
        });
  }

  private static int powerOfTwo(int atLeast, int smallest) {
    int power = smallest;
    while (power < atLeast && power < 1 << 29) {
      power <<= 1;
    }
    return power;
  }

  /** Upper bits depend on all of the hash, and the lower ones still do. */
  private static int mix(int hash) {
    int mixed = hash * 0x9E3779B1;
    return mixed ^ (mixed >>> 15);
  }

  boolean isEmpty() {
    return empty;
  }

  /** False for nearly every word that isn't here. */
  boolean mayHold(int hash) {
    int bit = mix(hash) >>> bitShift;
    return (bits[bit >>> 6] & (1L << bit)) != 0;
  }

  /** The numbers of the words that this is a form of. */
  int[] meanings(int hash, char[] text, int start, int end) {
    int slot = mix(hash) & (slots.length - 1);
    for (String form = slots[slot]; form != null; form = slots[slot]) {
      if (form.hashCode() == hash && isWord(form, text, start, end)) {
        return meanings[slot];
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    return NOTHING;
  }

  private static boolean isWord(String form, char[] text, int start, int end) {
    if (form.length() != end - start) {
      return false;
    }
    for (int i = start; i < end; i++) {
      if (form.charAt(i - start) != Folding.letter(text, i)) {
        return false;
      }
    }
    return true;
  }

  /** Gives words their numbers. */
  static final class Builder {
    private final Map<String, Integer> numbers = new HashMap<>();
    private final Map<String, List<Integer>> forms = new LinkedHashMap<>();

    /** The word's number; the same word with and without its inflections are two. */
    int add(String word, Set<String> wordForms, boolean inflected) {
      return numbers.computeIfAbsent(
          inflected ? word + " " : word,
          key -> {
            int number = numbers.size();
            wordForms.forEach(
                form -> forms.computeIfAbsent(form, f -> new ArrayList<>(1)).add(number));
            return number;
          });
    }

    WordTable build() {
      return new WordTable(forms);
    }
  }
}
