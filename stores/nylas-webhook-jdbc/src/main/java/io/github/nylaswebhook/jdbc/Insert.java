package io.github.nylaswebhook.jdbc;

import java.util.Collections;

/**
 * An insertion that changes nothing where there is a row of that key.
 *
 * @param form with a place for the table and its columns, and one for the rows
 * @param into the table and its columns
 * @param row one row's values and parameters
 * @param returning makes the keys of what was inserted the result; empty where nothing does
 */
record Insert(String form, String into, String row, String returning) {
  /** A statement for one row, which counts 1 or 0. */
  String one() {
    return form.formatted(into, row);
  }

  /**
   * Whether one statement may insert several and say which: a round trip and a plan for all of
   * them, instead of for each.
   */
  boolean severalPerStatement() {
    return !returning.isEmpty();
  }

  /** A statement for so many rows, which gives the keys of those that weren't there. */
  String several(int rows) {
    return form.formatted(into, String.join(", ", Collections.nCopies(rows, row))) + returning;
  }
}
