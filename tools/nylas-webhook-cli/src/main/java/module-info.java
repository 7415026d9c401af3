/** The command line: says of each mail what it is taken for, and why. */
module io.github.nylaswebhook.cli {
  requires com.squareup.moshi;
  requires info.picocli;
  requires io.github.nylaswebhook.core;
  requires kotlin.stdlib;
  requires okio;
  requires static org.jspecify;

  exports io.github.nylaswebhook.cli;

  // Options are fields that picocli sets.
  opens io.github.nylaswebhook.cli to
      info.picocli;
}
