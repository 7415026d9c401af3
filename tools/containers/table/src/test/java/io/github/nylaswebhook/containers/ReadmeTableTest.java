package io.github.nylaswebhook.containers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Puts what the contract's runs in all containers have left into the README, and what was left out
 * there, with its reason, into docs/containers.md; each between two marks. Who changes a
 * container's version sees this test fail once, looks at the tables, and commits them.
 */
class ReadmeTableTest {
  private static final Path ROOT = Path.of("../../..");
  private static final String BEGIN = "<!-- written by the tests -->\n\n";
  private static final String LEFT_OUT = "left out: ";
  private static final String END = "\n<!-- end -->\n";

  /** The columns: the tags of the contract's cases. */
  private static final List<String> GROUPS =
      List.of("challenge", "body", "size", "headers", "way", "connection");

  /** In the table's order: the reports, and the adapters that they are about. */
  private static final Map<String, String> REPORTS = new LinkedHashMap<>();

  static {
    report("Servlet", "nylas-webhook-servlet", "servlet.JettyContractTest");
    report("Servlet", "tools/containers/tomcat-10", "containers.TomcatContractTest");
    report("Servlet", "tools/containers/tomcat-11", "containers.TomcatContractTest");
    report("Servlet", "tools/containers/undertow", "containers.UndertowContractTest");
    report("Spring", "nylas-webhook-spring", "spring.SpringMvcContractTest");
    report("Spring", "nylas-webhook-spring", "spring.SpringBootContractTest");
    report("Spring", "tools/containers/spring-boot-4", "spring.SpringBootContractTest");
    report("JAX-RS", "tools/containers/jersey-3", "jaxrs.JerseyGrizzlyTest");
    report("JAX-RS", "tools/containers/jersey-3", "jaxrs.JerseyServletTest");
    report("JAX-RS", "tools/containers/jersey-4", "jaxrs.JerseyGrizzlyTest");
    report("JAX-RS", "tools/containers/resteasy-6", "jaxrs.ResteasyUndertowTest");
    report("JAX-RS", "tools/containers/resteasy-7", "jaxrs.ResteasyUndertowTest");
    report("JAX-RS", "tools/containers/quarkus", "quarkus.QuarkusTest");
  }

  private static void report(String adapter, String module, String test) {
    REPORTS.put(
        module + "/target/endpoint-contract/io.github.nylaswebhook." + test + ".properties",
        adapter);
  }

  /** A container's figures. */
  private record Row(String adapter, String container, Map<String, Figure> figures) {
    @Override
    public String toString() {
      StringBuilder row = new StringBuilder("| " + adapter + " | " + container + " |");
      figures.values().forEach(figure -> row.append(" ").append(figure).append(" |"));
      return row.append(" ").append(total()).append(" |\n").toString();
    }

    private Figure total() {
      return figures.values().stream().reduce(new Figure(0, 0), Figure::plus);
    }
  }

  /** How many cases passed, and how many there are. */
  private record Figure(int passed, int all) {
    Figure plus(Figure other) {
      return new Figure(passed + other.passed, all + other.all);
    }

    @Override
    public String toString() {
      return passed == all ? Integer.toString(passed) : passed + " of " + all;
    }
  }

  @Test
  void theTablesAreWhatTheTestsFound() throws IOException {
    List<Row> rows = new ArrayList<>();
    Map<String, List<String>> leftOut = new TreeMap<>();
    for (Map.Entry<String, String> report : REPORTS.entrySet()) {
      Path file = ROOT.resolve(report.getKey());
      assumeTrue(Files.exists(file), () -> "Only some modules were tested: there is no " + file);
      rows.add(row(report.getValue(), file, leftOut));
    }
    assertAll(
        () -> assertWritten(ROOT.resolve("README.md"), table(rows)),
        () -> assertWritten(ROOT.resolve("docs/containers.md"), leftOut(leftOut)));
  }

  private static void assertWritten(Path file, String table) throws IOException {
    String text = Files.readString(file);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    int end = text.indexOf(END, begin);
    assertTrue(
        begin >= BEGIN.length() && end >= begin, file + " has both marks, and a line between");
    String written = text.substring(begin, end);
    if (!written.equals(table)) {
      Files.writeString(file, text.substring(0, begin) + table + text.substring(end));
    }
    assertEquals(
        table, written, file + " had another table, and has been rewritten: look, and commit it");
  }

  private static Row row(String adapter, Path file, Map<String, List<String>> leftOut)
      throws IOException {
    Properties report = new Properties();
    try (Reader in = Files.newBufferedReader(file, UTF_8)) {
      report.load(in);
    }
    String container = report.getProperty("container").replace(".Final", "");
    Map<String, Figure> figures = new LinkedHashMap<>();
    for (String group : GROUPS) {
      Figure figure = new Figure(0, 0);
      for (String name : new TreeSet<>(report.stringPropertyNames())) {
        if (name.startsWith("case." + group + ".")) {
          String result = report.getProperty(name);
          figure = figure.plus(new Figure(result.equals("passed") ? 1 : 0, 1));
          if (result.startsWith(LEFT_OUT)) {
            leftOut
                .computeIfAbsent(
                    "| `%s` | %s |"
                        .formatted(
                            name.substring(name.lastIndexOf('.') + 1),
                            result.substring(LEFT_OUT.length())),
                    none -> new ArrayList<>())
                .add(container);
          }
        }
      }
      figures.put(group, figure);
    }
    return new Row(adapter, container, figures);
  }

  private static String table(List<Row> rows) {
    StringBuilder table = new StringBuilder("| adapter | container |");
    GROUPS.forEach(group -> table.append(" ").append(group).append(" |"));
    table.append(" all |\n|---|---|").append("---|".repeat(GROUPS.size() + 1)).append("\n");
    rows.forEach(table::append);
    return table.toString();
  }

  private static String leftOut(Map<String, List<String>> leftOut) {
    StringBuilder table =
        new StringBuilder("| case | why it is left out | where |\n|---|---|---|\n");
    leftOut.forEach(
        (what, where) ->
            table.append(what).append(" ").append(String.join(", ", where)).append(" |\n"));
    return table.toString();
  }
}
