package io.github.nylaswebhook.jdbc;

import java.util.Collections;

/**
 * One change to one row, and the same to several rows at once. All forms take the parameters of a
 * row in the same order.
 *
 * @param one for one row; it counts 1, or 0 where the row isn't as it has to be
 * @param head what a statement for several rows begins with; empty where there is no such statement
 * @param row a row's parameters in such a statement
 * @param tail what it ends with; its result are the keys of those that were changed
 * @param exists finds a row by its key, where a count of 0 may also mean that the database refuses
 *     it; empty elsewhere
 */
record Write(String one, String head, String row, String tail, String exists) {
  /** A change that is only made row by row. */
  static Write of(String one) {
    return new Write(one, "", "", "", "");
  }

  /**
   * Whether one statement may change several rows and say which: a round trip, a plan and a commit
   * for all of them.
   */
  boolean severalPerStatement() {
    return !head.isEmpty();
  }

  /** A statement for so many rows. */
  String several(int rows) {
    return head + String.join(", ", Collections.nCopies(rows, row)) + tail;
  }
}
