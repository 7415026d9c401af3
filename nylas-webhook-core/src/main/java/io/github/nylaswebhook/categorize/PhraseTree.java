package io.github.nylaswebhook.categorize;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Keywords as rows of numbered words, which share their beginnings. Immutable. */
final class PhraseTree {
  static final int NONE = Transitions.NONE;

  private static final int[] NOTHING = {};

  /** For each word, where a keyword that begins with it goes on. */
  private final int[] first;

  private final Transitions next;
  private final int[][] ends;
  private final boolean[] goesOn;

  private PhraseTree(Builder builder) {
    int nodes = builder.ends.size();
    ends = new int[nodes][];
    for (int i = 0; i < nodes; i++) {
      List<Integer> at = builder.ends.get(i);
      ends[i] = at.isEmpty() ? NOTHING : at.stream().mapToInt(Integer::intValue).toArray();
    }
    goesOn = new boolean[nodes];
    builder.inner.forEach(node -> goesOn[node] = true);
    first = new int[builder.words];
    Arrays.fill(first, NONE);
    builder.first.forEach((word, node) -> first[word] = node);
    next = new Transitions(builder.next);
  }

  int first(int word) {
    return first[word];
  }

  int next(int node, int word) {
    return next.next(node, word);
  }

  /** The keywords that end there. */
  int[] ends(int node) {
    return ends[node];
  }

  boolean goesOn(int node) {
    return goesOn[node];
  }

  /** Takes keywords. */
  static final class Builder {
    private final Map<Integer, Integer> first = new HashMap<>();
    private final Map<Long, Integer> next = new HashMap<>();
    private final Set<Integer> inner = new HashSet<>();
    private final List<List<Integer>> ends = new ArrayList<>();
    private int words;

    void add(int[] row, int keyword) {
      int node = NONE;
      for (int word : row) {
        words = Math.max(words, word + 1);
        if (node == NONE) {
          node = first.computeIfAbsent(word, w -> newNode());
        } else {
          inner.add(node);
          node = next.computeIfAbsent(Transitions.key(node, word), k -> newNode());
        }
      }
      ends.get(node).add(keyword);
    }

    private int newNode() {
      ends.add(new ArrayList<>(1));
      return ends.size() - 1;
    }

    PhraseTree build() {
      return new PhraseTree(this);
    }
  }
}
