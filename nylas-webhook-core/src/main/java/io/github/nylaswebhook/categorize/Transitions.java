package io.github.nylaswebhook.categorize;

import java.util.Arrays;
import java.util.Map;

/** From a node, by a number, to a node: a hash table without boxes. Immutable. */
final class Transitions {
  static final int NONE = -1;

  private final long[] keys;
  private final int[] targets;

  Transitions(Map<Long, Integer> from) {
    int capacity = 16;
    while (capacity < from.size() * 2) {
      capacity <<= 1;
    }
    keys = new long[capacity];
    targets = new int[capacity];
    Arrays.fill(keys, NONE);
    from.forEach(
        (key, node) -> {
          int slot = slot(key);
          while (keys[slot] != NONE) {
            slot = (slot + 1) & (keys.length - 1);
          }
          keys[slot] = key;
          targets[slot] = node;
        });
  }

  private int slot(long key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    return (int) (mixed >>> 40) & (keys.length - 1);
  }

  /** How the way from this node by this number is called. */
  static long key(int node, int by) {
    return ((long) node << 32) | by;
  }

  int next(int node, int by) {
    long key = key(node, by);
    for (int slot = slot(key); keys[slot] != NONE; slot = (slot + 1) & (keys.length - 1)) {
      if (keys[slot] == key) {
        return targets[slot];
      }
    }
    return NONE;
  }
}
