package io.github.nylaswebhook.cli;

import okio.Buffer;

/** A way to write explanations down, each as soon as it is there. */
interface Report {
  /** Adds a message. */
  void explain(Explanation explanation, Buffer out);

  /** Adds what stands in the place of a message that couldn't be read. */
  void broken(long line, String error, Buffer out);
}
