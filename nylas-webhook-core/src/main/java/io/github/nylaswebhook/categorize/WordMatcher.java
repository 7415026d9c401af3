package io.github.nylaswebhook.categorize;

import io.github.nylaswebhook.message.MessageText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Finds whole words and phrases, with their plain English inflections, in one pass over the text:
 * the words of the keywords form a tree that is walked down from each word of the text, so the time
 * doesn't grow with the number of keywords. Immutable once built.
 *
 * @param <K> what a keyword stands for
 */
final class WordMatcher<K> {
  private final Node<K> root = new Node<>();

  /** For each form of a word, the words of keywords that it may be. */
  private final Map<String, Set<String>> bases = new HashMap<>();

  private static final class Node<K> {
    private final Map<String, Node<K>> next = new HashMap<>();
    private final List<K> ends = new ArrayList<>();
  }

  /** Adds a word or phrase; each of its words matches in its inflections too. */
  void add(String keyword, K meaning) {
    Node<K> node = root;
    for (String word : words(MessageText.fold(keyword))) {
      for (String form : inflections(word)) {
        Set<String> known = bases.computeIfAbsent(form, f -> new LinkedHashSet<>());
        known.add(word);
      }
      node = node.next.computeIfAbsent(word, w -> new Node<>());
    }
    node.ends.add(meaning);
  }

  /** Calls back for each occurrence, with what its keyword stands for and the words found. */
  void find(String text, BiConsumer<K, String> found) {
    List<String> words = words(MessageText.fold(text));
    for (int start = 0; start < words.size(); start++) {
      walk(root, words, start, start, found);
    }
  }

  /** As deep as the longest phrase has words. */
  private void walk(
      Node<K> node, List<String> words, int start, int at, BiConsumer<K, String> found) {
    if (at == words.size()) {
      return;
    }
    for (String base : bases.getOrDefault(words.get(at), Set.of())) {
      Node<K> next = node.next.get(base);
      if (next == null) {
        continue;
      }
      if (!next.ends.isEmpty()) {
        String matched = String.join(" ", words.subList(start, at + 1));
        next.ends.forEach(meaning -> found.accept(meaning, matched));
      }
      walk(next, words, start, at + 1, found);
    }
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    int start = -1;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      boolean inside =
          Character.isLetterOrDigit(c) || Character.getType(c) == Character.NON_SPACING_MARK;
      if (inside && start < 0) {
        start = i;
      } else if (!inside && start >= 0) {
        words.add(text.substring(start, i));
        start = -1;
      }
      i += Character.charCount(c);
    }
    if (start >= 0) {
      words.add(text.substring(start));
    }
    return words;
  }

  /**
   * invoice → invoices, invoiced, invoicing; crash → crashes, …; cancel → cancelled, canceled, ….
   */
  static Set<String> inflections(String word) {
    Set<String> forms = new LinkedHashSet<>();
    forms.add(word);
    int length = word.length();
    // Two letters or a number are no stem: "ip" isn't "iping".
    if (length < 3 || !word.chars().allMatch(c -> c >= 'a' && c <= 'z')) {
      return forms;
    }
    char last = word.charAt(length - 1);
    String stem = word.substring(0, length - 1);
    forms.add(word + "s");
    if (last == 'e') {
      forms.add(word + "d");
      forms.add(stem + "ing");
      return forms;
    }
    forms.add(word + "es");
    forms.add(word + "ed");
    forms.add(word + "ing");
    if (last == 'y' && !isVowel(word.charAt(length - 2))) {
      forms.add(stem + "ies");
      forms.add(stem + "ied");
    }
    boolean doubles =
        !isVowel(last)
            && "wxy".indexOf(last) < 0
            && isVowel(word.charAt(length - 2))
            && !isVowel(word.charAt(length - 3));
    if (doubles) {
      forms.add(word + last + "ed");
      forms.add(word + last + "ing");
    }
    return forms;
  }

  private static boolean isVowel(char c) {
    return "aeiou".indexOf(c) >= 0;
  }
}
