package io.github.nylaswebhook.samples.supportdesk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command line: what it says, and its exit codes. */
class SupportDeskTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(List<String> args, Map<String, String> environment) {
    return SupportDesk.run(
        args, environment, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
  }

  @Test
  void theSimulationRoutesEveryExpectedMailOnce() {
    assertThat(run(List.of("--simulate"), Map.of())).as(out.toString(UTF_8)).isZero();
    List<String> lines = out.toString(UTF_8).lines().toList();
    assertThat(lines.get(lines.size() - 1))
        .matches("routed=35 duplicates=14 skipped=16 doubled=0 missing=0");
    assertThat(lines).filteredOn(line -> line.startsWith("DESK-")).hasSize(35);
    assertThat(lines).noneMatch(line -> line.startsWith("WRONG"));
  }

  @Test
  void whatIsMissingInTheEnvironmentIsNamedInOneLine() {
    assertThat(run(List.of(), Map.of())).isEqualTo(2);
    assertThat(err.toString(UTF_8).lines())
        .singleElement()
        .asString()
        .contains("NYLAS_WEBHOOK_SECRET", "NYLAS_API_KEY");
  }

  @Test
  void onlyWhatIsMissingIsNamed() {
    assertThat(run(List.of(), Map.of("NYLAS_API_KEY", "k", "NYLAS_WEBHOOK_SECRET", " ")))
        .isEqualTo(2);
    assertThat(err.toString(UTF_8))
        .contains("NYLAS_WEBHOOK_SECRET")
        .doesNotContain("NYLAS_API_KEY");
  }

  @ParameterizedTest
  @CsvSource({
    "PORT, http",
    "PORT, 65536",
    "PORT, -1",
    "NYLAS_API_URL, api.us.nylas.com",
    "NYLAS_API_URL, ftp://api.us.nylas.com",
    "NYLAS_API_URL, http://a b",
    "NYLAS_WEBHOOK_SECRET, ','",
    "NYLAS_API_KEY, two words"
  })
  void aValueThatCannotBeIsNamed(String name, String value) {
    Map<String, String> environment =
        new HashMap<>(Map.of("NYLAS_WEBHOOK_SECRET", "s", "NYLAS_API_KEY", "k"));
    environment.put(name, value);
    assertThat(run(List.of(), environment)).isEqualTo(2);
    assertThat(err.toString(UTF_8).lines()).singleElement().asString().contains(name);
  }

  @Test
  void aPortThatIsTakenIsSaidToBe() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
      Map<String, String> environment =
          Map.of(
              "NYLAS_WEBHOOK_SECRET", "s",
              "NYLAS_API_KEY", "k",
              "PORT", Integer.toString(taken.getLocalPort()));
      assertThat(run(List.of(), environment)).isEqualTo(2);
      assertThat(err.toString(UTF_8)).contains("PORT", Integer.toString(taken.getLocalPort()));
    }
  }

  @Test
  void anUnknownOptionIsNamed() {
    assertThat(run(List.of("--similate"), Map.of())).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("--similate", "--help");
  }

  @Test
  void helpIsGiven() {
    assertThat(run(List.of("--help"), Map.of())).isZero();
    assertThat(out.toString(UTF_8)).contains("--simulate", "NYLAS_WEBHOOK_SECRET", "TICKETS_TOKEN");
  }
}
