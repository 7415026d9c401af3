package io.github.nylaswebhook.containers;

import static java.nio.charset.StandardCharsets.UTF_8;
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
 * Puts what the contract's runs in all containers have left into the README, between two marks. Who
 * changes a container's version sees this test fail once, looks at the table, and commits it.
 */
class ReadmeTableTest {
  private static final Path ROOT = Path.of("../../..");
  private static final Path README = ROOT.resolve("README.md");
  private static final String BEGIN = "<!-- containers: written by the tests -->\n";
  private static final String END = "<!-- containers: end -->\n";

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

  /** How many cases passed of those that a container can be asked. */
  private record Figure(int passed, int asked) {
    Figure plus(Figure other) {
      return new Figure(passed + other.passed, asked + other.asked);
    }

    @Override
    public String toString() {
      return passed == asked ? Integer.toString(passed) : passed + " of " + asked;
    }
  }

  @Test
  void theReadmesTableIsWhatTheTestsFound() throws IOException {
    List<Row> rows = new ArrayList<>();
    Map<String, List<String>> notAsked = new TreeMap<>();
    for (Map.Entry<String, String> report : REPORTS.entrySet()) {
      Path file = ROOT.resolve(report.getKey());
      assumeTrue(Files.exists(file), () -> "Only some modules were tested: there is no " + file);
      rows.add(row(report.getValue(), file, notAsked));
    }
    String readme = Files.readString(README);
    int begin = readme.indexOf(BEGIN);
    int end = readme.indexOf(END);
    assertTrue(begin >= 0 && end > begin, "README.md has both marks");
    begin += BEGIN.length();
    String written = readme.substring(begin, end);

    String table = table(rows, notAsked);

    if (!written.equals(table)) {
      Files.writeString(README, readme.substring(0, begin) + table + readme.substring(end));
    }
    assertEquals(
        table, written, "README.md had another table, and has been rewritten: look, and commit it");
  }

  private static Row row(String adapter, Path file, Map<String, List<String>> notAsked)
      throws IOException {
    Properties report = new Properties();
    try (Reader in = Files.newBufferedReader(file, UTF_8)) {
      report.load(in);
    }
    String container = report.getProperty("container");
    Map<String, Figure> figures = new LinkedHashMap<>();
    for (String group : GROUPS) {
      Figure figure = new Figure(0, 0);
      for (String name : new TreeSet<>(report.stringPropertyNames())) {
        if (name.startsWith("case." + group + ".")) {
          switch (report.getProperty(name)) {
            case "passed" -> figure = figure.plus(new Figure(1, 1));
            case "failed" -> figure = figure.plus(new Figure(0, 1));
            default ->
                notAsked
                    .computeIfAbsent(
                        name.substring(name.lastIndexOf('.') + 1), c -> new ArrayList<>())
                    .add(container);
          }
        }
      }
      figures.put(group, figure);
    }
    return new Row(adapter, container, figures);
  }

  private static String table(List<Row> rows, Map<String, List<String>> notAsked) {
    StringBuilder table = new StringBuilder("| adapter | container |");
    GROUPS.forEach(group -> table.append(" ").append(group).append(" |"));
    table.append(" cases |\n|---|---|").append("---|".repeat(GROUPS.size() + 1)).append("\n");
    rows.forEach(table::append);
    notAsked.forEach(
        (name, containers) ->
            table
                .append("\nNot asked for `")
                .append(name)
                .append("`, which can't be had there: ")
                .append(String.join(", ", containers))
                .append(".\n"));
    return table.toString();
  }
}
