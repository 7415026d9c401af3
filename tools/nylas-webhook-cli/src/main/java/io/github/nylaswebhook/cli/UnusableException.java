package io.github.nylaswebhook.cli;

/** A command can't go on. Says why, and what to do, for people. */
final class UnusableException extends Exception {
  private static final long serialVersionUID = 1;

  UnusableException(String message) {
    super(message, null, false, false);
  }
}
