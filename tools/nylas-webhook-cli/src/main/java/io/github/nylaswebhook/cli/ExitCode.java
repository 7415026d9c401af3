package io.github.nylaswebhook.cli;

/** What the process ends with. */
final class ExitCode {
  static final int FINE = 0;
  static final int PARTLY = 1;
  static final int UNUSABLE = 2;

  private ExitCode() {}
}
