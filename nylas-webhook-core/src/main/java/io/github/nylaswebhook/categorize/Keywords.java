package io.github.nylaswebhook.categorize;

import io.github.nylaswebhook.message.MessageText;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The keywords of all conditions, which are looked for together. Immutable. */
final class Keywords {
  static final String SUBJECT = TextPart.SUBJECT.label();
  static final String BODY = TextPart.BODY.label();

  /** In characters, the space between the words included; what is longer excepts nothing. */
  private static final int LONGEST_EXCEPTION = 1000;

  private final KeywordMatcher matcher;
  private final List<Keyword> keywords;
  private final int conditions;

  /**
   * A keyword of a condition.
   *
   * @param exception whether it is one within which the condition's others don't count
   * @param hasExceptions whether there are such
   */
  private record Keyword(
      int condition, TextPart in, String text, boolean exception, boolean hasExceptions) {}

  /** A keyword that is in a mail, where, and in which words first. */
  record Found(String field, String keyword, String matched) {}

  /** Where a keyword stands whose exceptions aren't known yet. */
  private record Span(int id, Keyword keyword, String text, int start, int end) {
    boolean isWithin(Span other) {
      return other.keyword.condition == keyword.condition
          && other.start <= start
          && end <= other.end;
    }
  }

  private Keywords(Builder builder) {
    matcher = builder.matcher.build();
    keywords = List.copyOf(builder.keywords);
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
    List<Span> open = new ArrayList<>();
    List<Span> exceptions = new ArrayList<>();
    matcher.find(
        text,
        (id, folded, start, end) -> {
          if (seen.get(id)) {
            return;
          }
          Keyword keyword = keywords.get(id);
          if (!keyword.in.includes(part)) {
            seen.set(id);
            return;
          }
          Span span = new Span(id, keyword, folded, start, end);
          if (!keyword.hasExceptions) {
            seen.set(id);
            add(span, part, found);
          } else {
            // An exception may end after the keyword does.
            (keyword.exception ? exceptions : open).add(span);
          }
        });
    open.sort(Comparator.comparingInt(Span::end));
    exceptions.sort(Comparator.comparingInt(Span::end));
    int from = 0;
    for (Span span : open) {
      while (from < exceptions.size() && exceptions.get(from).end < span.end) {
        from++;
      }
      if (!seen.get(span.id) && !isExcepted(span, exceptions, from)) {
        seen.set(span.id);
        add(span, part, found);
      }
    }
  }

  private static boolean isExcepted(Span span, List<Span> exceptions, int from) {
    for (int i = from; i < exceptions.size(); i++) {
      if (span.isWithin(exceptions.get(i))) {
        return true;
      }
      if (exceptions.get(i).end - span.end > LONGEST_EXCEPTION) {
        return false;
      }
    }
    return false;
  }

  private static void add(Span span, TextPart part, List<List<Found>> found) {
    List<Found> known = found.get(span.keyword.condition);
    if (known.isEmpty()) {
      known = new ArrayList<>(2);
      found.set(span.keyword.condition, known);
    }
    String words =
        span.text.substring(span.start, span.end).toLowerCase(Locale.ROOT).replaceAll("\\s+", " ");
    known.add(new Found(part.label(), span.keyword.text, words));
  }

  /** Takes conditions, which get the numbers 0, 1, 2, and so on. */
  static final class Builder {
    private final KeywordMatcher.Builder matcher = new KeywordMatcher.Builder();
    private final List<Keyword> keywords = new ArrayList<>();
    private int conditions;

    int add(Condition.Text condition) {
      int number = conditions++;
      boolean hasExceptions = !condition.except().isEmpty();
      for (String keyword : condition.keywords()) {
        matcher.add(keyword, condition.inflected());
        keywords.add(new Keyword(number, condition.in(), keyword, false, hasExceptions));
      }
      for (String phrase : condition.except()) {
        matcher.add(phrase, condition.inflected());
        keywords.add(new Keyword(number, condition.in(), phrase, true, true));
      }
      return number;
    }

    Keywords build() {
      return new Keywords(this);
    }
  }
}
