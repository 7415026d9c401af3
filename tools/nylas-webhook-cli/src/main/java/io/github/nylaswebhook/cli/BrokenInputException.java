package io.github.nylaswebhook.cli;

/** Part of the input is no message. */
final class BrokenInputException extends Exception {
  private static final long serialVersionUID = 1;

  private final String what;

  BrokenInputException(String what) {
    super(what, null, false, false);
    this.what = what;
  }

  /** What it is instead, for people. */
  String what() {
    return what;
  }
}
