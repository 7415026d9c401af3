package io.github.nylaswebhook.categorize;

import io.github.nylaswebhook.message.MessageText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The keywords of all conditions, which are looked for together; one that several conditions have
 * is looked for once. Immutable.
 */
final class Keywords {
  static final String SUBJECT = TextPart.SUBJECT.label();
  static final String BODY = TextPart.BODY.label();

  private final KeywordMatcher matcher;

  /** For each keyword of the matcher, the conditions for which it is enough to be there. */
  private final List<List<Use>> uses;

  /** The keywords of which it matters where they are, and how often. */
  private final BitSet placed;

  private final List<Excepting> excepting;
  private final int conditions;

  /** A keyword of a condition without exceptions, as the condition spells it. */
  private record Use(int condition, TextPart in, String text) {}

  /** A condition with exceptions: the matcher's numbers of both. */
  private record Excepting(
      int condition, TextPart in, Map<Integer, String> keywords, List<Integer> exceptions) {}

  /** A keyword that is in a mail, where, and in which words first. */
  record Found(String field, String keyword, String matched) {}

  private Keywords(Builder builder) {
    matcher = builder.matcher.build();
    uses = builder.uses.stream().map(List::copyOf).toList();
    placed = (BitSet) builder.placed.clone();
    excepting = List.copyOf(builder.excepting);
    conditions = builder.conditions;
  }

  /** For each condition, its keywords that were found; each once for a field. */
  List<List<Found>> find(MessageText text) {
    List<List<Found>> found = new ArrayList<>(Collections.nCopies(conditions, List.of()));
    find(text.subject(), TextPart.SUBJECT, found);
    find(text.body(), TextPart.BODY, found);
    return found;
  }

  private void find(String text, TextPart part, List<List<Found>> found) {
    BitSet seen = new BitSet();
    Map<Integer, Places> places = new HashMap<>();
    matcher.find(
        text,
        (id, folded, start, end) -> {
          if (!seen.get(id)) {
            seen.set(id);
            for (Use use : uses.get(id)) {
              if (use.in.includes(part)) {
                add(
                    use.condition,
                    new Found(part.label(), use.text, quote(folded, start, end)),
                    found);
              }
            }
          }
          if (placed.get(id)) {
            places.computeIfAbsent(id, i -> new Places(folded)).add(start, end);
          }
        });
    if (!places.isEmpty()) {
      for (Excepting condition : excepting) {
        if (condition.in.includes(part)) {
          find(condition, places, part, found);
        }
      }
    }
  }

  private static void find(
      Excepting condition, Map<Integer, Places> places, TextPart part, List<List<Found>> found) {
    record Place(int end, Found found) {}
    List<Place> counted = new ArrayList<>();
    Exceptions exceptions = null;
    for (Map.Entry<Integer, String> keyword : condition.keywords.entrySet()) {
      Places all = places.get(keyword.getKey());
      if (all == null) {
        continue;
      }
      if (exceptions == null) {
        exceptions = Exceptions.of(condition, places);
      }
      for (int i = 0; i < all.size; i++) {
        if (!exceptions.include(all.starts[i], all.ends[i])) {
          String words = quote(all.text, all.starts[i], all.ends[i]);
          counted.add(new Place(all.ends[i], new Found(part.label(), keyword.getValue(), words)));
          break;
        }
      }
    }
    // As they come in the text.
    counted.sort(Comparator.comparingInt(Place::end));
    counted.forEach(place -> add(condition.condition, place.found, found));
  }

  private static void add(int condition, Found one, List<List<Found>> found) {
    List<Found> known = found.get(condition);
    if (known.isEmpty()) {
      known = new ArrayList<>(2);
      found.set(condition, known);
    }
    known.add(one);
  }

  private static String quote(String text, int start, int end) {
    return text.substring(start, end).toLowerCase(Locale.ROOT).replaceAll("\\s+", " ");
  }

  /** Where a keyword stands. */
  private static final class Places {
    private final String text;
    private int[] starts = new int[4];
    private int[] ends = new int[4];
    private int size;

    Places(String text) {
      this.text = text;
    }

    void add(int start, int end) {
      if (size == starts.length) {
        starts = Arrays.copyOf(starts, size * 2);
        ends = Arrays.copyOf(ends, size * 2);
      }
      starts[size] = start;
      ends[size++] = end;
    }
  }

  /** Where a condition's exceptions stand, so that it takes few steps to ask for one place. */
  private static final class Exceptions {
    /** In order. */
    private final int[] starts;

    /** The furthest end of those up to this one. */
    private final int[] ends;

    private Exceptions(int[] starts, int[] ends) {
      this.starts = starts;
      this.ends = ends;
    }

    static Exceptions of(Excepting condition, Map<Integer, Places> places) {
      List<Places> given = new ArrayList<>();
      for (int id : condition.exceptions) {
        Places all = places.get(id);
        if (all != null) {
          given.add(all);
        }
      }
      // A start and its end in one number, for them to be sorted without objects.
      long[] spans = new long[given.stream().mapToInt(all -> all.size).sum()];
      int size = 0;
      for (Places all : given) {
        for (int i = 0; i < all.size; i++) {
          spans[size++] = (long) all.starts[i] << 32 | all.ends[i];
        }
      }
      Arrays.sort(spans);
      int[] starts = new int[size];
      int[] ends = new int[size];
      for (int i = 0; i < size; i++) {
        starts[i] = (int) (spans[i] >>> 32);
        ends[i] = i == 0 ? (int) spans[i] : Math.max((int) spans[i], ends[i - 1]);
      }
      return new Exceptions(starts, ends);
    }

    /** Whether one of them holds all of this. */
    boolean include(int start, int end) {
      int at = Arrays.binarySearch(starts, start);
      if (at < 0) {
        at = -at - 2;
      }
      while (at >= 0 && at + 1 < starts.length && starts[at + 1] == start) {
        at++;
      }
      return at >= 0 && ends[at] >= end;
    }
  }

  /** Takes conditions, which get the numbers 0, 1, 2, and so on. */
  static final class Builder {
    private final KeywordMatcher.Builder matcher = new KeywordMatcher.Builder();
    private final Map<String, Integer> ids = new HashMap<>();
    private final List<List<Use>> uses = new ArrayList<>();
    private final BitSet placed = new BitSet();
    private final List<Excepting> excepting = new ArrayList<>();
    private int conditions;

    int add(Condition.Text condition) {
      int number = conditions++;
      Map<Integer, String> keywords = new LinkedHashMap<>();
      for (String keyword : condition.keywords()) {
        // A keyword that is there twice is evidence once.
        keywords.putIfAbsent(id(keyword, condition.inflected()), keyword);
      }
      if (condition.except().isEmpty()) {
        keywords.forEach((id, text) -> uses.get(id).add(new Use(number, condition.in(), text)));
        return number;
      }
      List<Integer> exceptions =
          condition.except().stream().map(phrase -> id(phrase, condition.inflected())).toList();
      keywords.keySet().forEach(placed::set);
      exceptions.forEach(placed::set);
      excepting.add(new Excepting(number, condition.in(), keywords, exceptions));
      return number;
    }

    private int id(String keyword, boolean inflected) {
      String folded = Folding.fold(keyword.strip()).toLowerCase(Locale.ROOT);
      Integer known = ids.get(folded + inflected);
      if (known == null) {
        known = matcher.add(keyword, inflected);
        ids.put(folded + inflected, known);
        uses.add(new ArrayList<>(1));
      }
      return known;
    }

    Keywords build() {
      return new Keywords(this);
    }
  }
}
