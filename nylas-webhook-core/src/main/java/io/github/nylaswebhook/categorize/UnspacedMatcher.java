package io.github.nylaswebhook.categorize;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * Finds keywords anywhere in the text, for scripts that don't put spaces between words. Aho and
 * Corasick's automaton: one step for each character, however many keywords there are. Immutable.
 */
final class UnspacedMatcher {
  private static final int ROOT = 0;

  private final Transitions next;

  /** From the root by each character: most steps of a text begin there. */
  private final int[] beginnings = new int[1 << 16];

  /** For each node, the one of its longest suffix that is a beginning of a keyword. */
  private final int[] fail;

  /** For each node, the one of its longest suffix that is a keyword; the root if none is. */
  private final int[] shorter;

  private final int[] depth;

  /** Whether there is a space on the way to the node. */
  private final boolean[] spaced;

  private final int[][] keywords;

  private UnspacedMatcher(Builder builder) {
    int size = builder.nodes.size();
    next = new Transitions(builder.next);
    fail = new int[size];
    shorter = new int[size];
    depth = new int[size];
    spaced = new boolean[size];
    keywords = new int[size][];
    for (int node = 0; node < size; node++) {
      keywords[node] =
          builder.nodes.get(node).keywords.stream().mapToInt(Integer::intValue).toArray();
    }
    builder.nodes.get(ROOT).children.forEach((c, child) -> beginnings[c] = child);
    Queue<Integer> open = new ArrayDeque<>(List.of(ROOT));
    for (Integer node = open.poll(); node != null; node = open.poll()) {
      int parent = node;
      builder
          .nodes
          .get(parent)
          .children
          .forEach(
              (c, child) -> {
                depth[child] = depth[parent] + 1;
                spaced[child] = spaced[parent] || c == ' ';
                fail[child] = parent == ROOT ? ROOT : step(fail[parent], c);
                shorter[child] =
                    keywords[fail[child]].length > 0 ? fail[child] : shorter[fail[child]];
                open.add(child);
              });
    }
  }

  private int step(int from, char c) {
    for (int node = from; node != ROOT; node = fail[node]) {
      int to = next.next(node, c);
      if (to != Transitions.NONE) {
        return to;
      }
    }
    return beginnings[c];
  }

  /** The text must be folded, in lower case. Space of any kind and length is one blank. */
  void find(String text, KeywordMatcher.Hits hits) {
    int node = ROOT;
    boolean blank = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean blankBefore = blank;
      blank = Character.isWhitespace(c);
      if (blank && blankBefore) {
        continue;
      }
      node = step(node, blank ? ' ' : c);
      int end = keywords[node].length > 0 ? node : shorter[node];
      for (; end != ROOT; end = shorter[end]) {
        int start = spaced[end] ? start(text, i + 1, depth[end]) : i + 1 - depth[end];
        for (int keyword : keywords[end]) {
          hits.found(keyword, text, start, i + 1);
        }
      }
    }
  }

  /** So many steps back, space of any length being one. */
  private static int start(String text, int end, int steps) {
    int start = end;
    for (int i = 0; i < steps; i++) {
      start--;
      if (Character.isWhitespace(text.charAt(start))) {
        while (start > 0 && Character.isWhitespace(text.charAt(start - 1))) {
          start--;
        }
      }
    }
    return start;
  }

  /** Takes keywords. */
  static final class Builder {
    private final List<Node> nodes = new ArrayList<>(List.of(new Node()));
    private final Map<Long, Integer> next = new HashMap<>();

    private static final class Node {
      private final Map<Character, Integer> children = new HashMap<>(4);
      private final List<Integer> keywords = new ArrayList<>(1);
    }

    /** The keyword must be folded, in lower case. */
    void add(String keyword, int id) {
      int node = ROOT;
      for (int i = 0; i < keyword.length(); i++) {
        char c = Character.isWhitespace(keyword.charAt(i)) ? ' ' : keyword.charAt(i);
        Integer child = nodes.get(node).children.get(c);
        if (child == null) {
          child = nodes.size();
          nodes.add(new Node());
          nodes.get(node).children.put(c, child);
          next.put(Transitions.key(node, c), child);
        }
        node = child;
      }
      nodes.get(node).keywords.add(id);
    }

    boolean isEmpty() {
      return nodes.size() == 1;
    }

    UnspacedMatcher build() {
      return new UnspacedMatcher(this);
    }
  }
}
