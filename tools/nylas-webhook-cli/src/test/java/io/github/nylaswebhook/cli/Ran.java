package io.github.nylaswebhook.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.List;
import picocli.CommandLine.Help.Ansi;

/** What came of a command that was run in this process. */
record Ran(int exit, String out, String err) {

  static Ran with(String input, String... args) {
    return with(input, Ansi.OFF, args);
  }

  static Ran with(String input, Ansi ansi, String... args) {
    return with(new ByteArrayInputStream(input.getBytes(UTF_8)), ansi, args);
  }

  static Ran with(InputStream input, Ansi ansi, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exit = NylasWebhook.run(new StandardStreams(input, out, err), ansi, args);
    return new Ran(exit, out.toString(UTF_8), err.toString(UTF_8));
  }

  List<String> lines() {
    return out.lines().toList();
  }

  List<String> complaints() {
    return err.lines().toList();
  }
}
