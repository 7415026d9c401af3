package io.github.nylaswebhook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;

class TableReportTest {
  private static final String MAILS =
      """
      {"id":"1925f0c6a3b1d2e4f5-the-end","subject":"The whole office is down since this morning, please help","headers":[{"name":"Auto-Submitted","value":"auto-replied"}]}
      {"id":"m-2","subject":"東京の天気は今日も晴れです"}
      {"id":
      {"id":"m-3","subject":"\\u001b[31mred\\u0007\\u202e\\nsecond","body":"one\\n\\u001b[2Jtwo"}
      """;

  @Test
  void columnsStandBelowEachOther() {
    Ran ran = Ran.with(MAILS, "explain", "--format", "table");
    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.lines())
        .containsExactly(
            ("ID             KIND                POLICY          CATEGORY        PRIORITY  "
                + "SUBJECT           WHY"),
            ("1925f0…he-end  auto_reply          attach          incidents       high      "
                + "The whole offic…  auto-submitted: auto-rep…"),
            ("m-2            human               route           general         low       "
                + "東京の天気は今…   "),
            "line 3: JSON that ends too early; give one object per line, as jq -c . FILE does",
            ("m-3            human               route           general         low       "
                + " [31mred  second  "));
    assertThat(ran.complaints()).hasSize(1);
  }

  @Test
  void nothingInAMailIsObeyedByTheTerminal() {
    Ran ran = Ran.with(MAILS, "explain", "--format=TABLE", "--text");
    assertThat(ran.out()).doesNotContain("\u001b", "\u0007", "\u202e").contains("\n     [2Jtwo\n");
  }

  @Test
  void thereIsColourOnlyWhereItIsWanted() {
    Ran ran = Ran.with(MAILS, Ansi.ON, "explain", "--format", "table");
    assertThat(ran.out())
        .contains(
            "\u001b[33mauto_reply        \u001b[0m",
            "\u001b[31mhigh    \u001b[0m",
            "\u001b[31mline 3: ");
    assertThat(ran.out().replaceAll("\u001b\\[[0-9;]*m", ""))
        .isEqualTo(Ran.with(MAILS, "explain", "--format", "table").out());
  }

  @Test
  void noRowIsWiderThanItShouldBe() {
    Ran ran = Ran.with(MAILS, "explain", "--format", "table");
    assertThat(ran.lines())
        .allSatisfy(row -> assertThat(Columns.width(row)).isLessThanOrEqualTo(TableReport.WIDTH));
  }
}
