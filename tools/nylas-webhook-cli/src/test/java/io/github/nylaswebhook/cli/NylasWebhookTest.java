package io.github.nylaswebhook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Help.Ansi;

class NylasWebhookTest {
  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h", "help"})
  void itSaysWhatCommandsThereAre(String arg) {
    Ran ran = Ran.with("", arg);
    assertThat(ran.exit()).isZero();
    assertThat(ran.out()).startsWith("Usage: nylas-webhook").contains("explain", "help");
    assertThat(ran.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"explain --help", "help explain", "explain -h"})
  void itSaysWhatACommandTakes(String args) {
    Ran ran = Ran.with("", args.split(" ", -1));
    assertThat(ran.exit()).isZero();
    assertThat(ran.out())
        .startsWith("Usage: nylas-webhook explain")
        .contains("--rules", "--own", "--format", "--text", "[FILE]", "Exit codes");
    assertThat(ran.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "explain --version", "explain -V"})
  void itSaysItsVersion(String args) {
    Ran ran = Ran.with("", args.split(" ", -1));
    assertThat(ran.out()).matches("nylas-webhook [0-9]+\\.[0-9]+\\.[0-9]+.*\n");
    assertThat(ran.exit()).isZero();
  }

  @Test
  void withoutACommandItSaysHowItIsUsed() {
    Ran ran = Ran.with("{}");
    assertThat(ran.exit()).isEqualTo(2);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err()).startsWith("Usage: nylas-webhook");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --bad                          | Unknown option: '--bad' | nylas-webhook
          explian                        | Did you mean: nylas-webhook explain? | nylas-webhook
          explain --bad                  | Unknown option: '--bad' | nylas-webhook explain
          explain --format xml           | expected one of [json, table] | nylas-webhook explain
          explain --own                  | Missing required parameter for option '--own' | nylas-webhook explain
          explain --own desk             | --own wants one address, such as support@acme.example, not 'desk' | nylas-webhook explain
          explain --own <a@b.c>          | --own wants one address | nylas-webhook explain
          explain --own a@b.c,d@e.f      | --own wants one address | nylas-webhook explain
          explain a b                    | Unmatched argument at index 2: 'b' | nylas-webhook explain
          """)
  void wrongUsageIsNamed(String args, String complaint, String command) {
    Ran ran = Ran.with("{}", args.split(" ", -1));
    assertThat(ran.exit()).isEqualTo(2);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err())
        .contains(complaint)
        .endsWith("Try '" + command + " --help'.\n")
        .doesNotContain("\tat ", "Exception");
    assertThat(ran.complaints()).hasSizeLessThanOrEqualTo(3);
  }

  @Test
  void helpIsColouredOnlyWhereColourIsWanted() {
    assertThat(Ran.with("", Ansi.ON, "--help").out()).contains("\u001b[");
    assertThat(Ran.with("", Ansi.OFF, "--help").out()).doesNotContain("\u001b");
  }
}
