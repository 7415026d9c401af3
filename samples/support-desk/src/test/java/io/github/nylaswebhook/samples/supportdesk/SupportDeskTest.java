package io.github.nylaswebhook.samples.supportdesk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line: what it says, and its exit codes. */
class SupportDeskTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir private Path folder;

  private int run(List<String> args, Map<String, String> given) {
    Map<String, String> environment = new HashMap<>(given);
    environment.putIfAbsent("DATA_DIR", folder.resolve("data").toString());
    return SupportDesk.run(
        args, environment, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
  }

  private String singleError() {
    assertThat(err.toString(UTF_8).lines()).hasSize(1);
    return err.toString(UTF_8).strip();
  }

  @Test
  void theSimulationRoutesEveryExpectedMailOnceAndLeavesNoDatabaseBehind() {
    String storage = simulate("--simulate");
    assertThat(storage)
        .matches(
            "Storage: .+support-desk\\.db \\(embedded\\); 0 deliveries wait, 0 dead letters, 0 tickets");
    Path file = Path.of(storage.substring("Storage: ".length(), storage.indexOf(" (embedded)")));
    assertThat(file.getParent()).doesNotExist();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void theSimulationCanDoWithoutADatabase() {
    assertThat(simulate("--simulate", "--memory")).startsWith("Storage: memory; ");
  }

  /** Plays it through; the line that says where it kept its work. */
  private String simulate(String... args) {
    assertThat(run(List.of(args), Map.of())).as(out.toString(UTF_8)).isZero();
    List<String> lines = out.toString(UTF_8).lines().toList();
    assertThat(lines.get(lines.size() - 1))
        .matches("routed=41 duplicates=14 skipped=16 doubled=0 missing=0");
    assertThat(lines).filteredOn(line -> line.startsWith("DESK-")).hasSize(41);
    assertThat(lines).noneMatch(line -> line.startsWith("WRONG"));
    return lines.get(0);
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
    "NYLAS_API_KEY, two words",
    "DATABASE_URL, postgresql://localhost/desk",
    "DATABASE_URL, postgres://desk:hunter2@localhost/desk",
    "DATABASE_URL, jdbc:oracle:thin:hunter2@localhost:1521:desk",
    "DATABASE_URL, jdbc:sqlite:desk.db",
    "DATABASE_URL, jdbc:",
    "DATABASE_URL, jdbc:postgresql://desk:hunter2@localhost/desk",
    "DATABASE_URL, jdbc:postgresql://localhost:port/desk?password=hunter2",
    "REDIS_URL, localhost:6379",
    "REDIS_URL, http://:hunter2@localhost:6379",
    "REDIS_URL, redis://",
    "REDIS_URL, redis://:hunter2@local host"
  })
  void aValueThatCannotBeIsNamed(String name, String value) {
    Map<String, String> environment =
        new HashMap<>(Map.of("NYLAS_WEBHOOK_SECRET", "s", "NYLAS_API_KEY", "k"));
    environment.put(name, value);
    assertThat(run(List.of(), environment)).isEqualTo(2);
    assertThat(singleError()).contains(name).doesNotContain("hunter2");
    assertThat(out.toString(UTF_8)).isEmpty();
  }

  @Test
  void withoutADatabaseUrlADatabaseIsEmbeddedInTheDataFolder() throws Exception {
    assertThat(StorageSettings.of(Map.of(), false))
        .isEqualTo(new StorageSettings.Embedded(Path.of("data")));
    assertThat(StorageSettings.of(Map.of("DATA_DIR", "/srv/desk", "DATABASE_URL", " "), false))
        .isEqualTo(new StorageSettings.Embedded(Path.of("/srv/desk")));
    assertThat(StorageSettings.of(Map.of("DATABASE_URL", "jdbc:mariadb://h/desk"), true))
        .isEqualTo(new StorageSettings.Memory());
  }

  @Test
  void aDatabaseIsShownWithoutWhatItsUrlMayHide() throws Exception {
    StorageSettings settings =
        StorageSettings.of(
            Map.of(
                "DATABASE_URL", "jdbc:mysql://h:3306/desk?password=hunter2",
                "DATABASE_USER", "desk",
                "DATABASE_PASSWORD", "hunter2"),
            false);
    assertThat(settings)
        .isEqualTo(
            new StorageSettings.Server(
                // The driver that is here speaks with MySQL under its own name only.
                "jdbc:mariadb://h:3306/desk?password=hunter2",
                "jdbc:mysql://h:3306/desk",
                "desk",
                "hunter2"))
        .hasToString("jdbc:mysql://h:3306/desk");
    assertThat(RedisStorage.name("rediss://user:p@ss@h:6379/1?timeout=2s"))
        .isEqualTo("rediss://h:6379/1");
  }

  private int serve(String name, String value) {
    return run(List.of(), Map.of("NYLAS_WEBHOOK_SECRET", "s", "NYLAS_API_KEY", "k", name, value));
  }

  @Test
  void aFileOfRulesThatCannotBeUsedIsSaidToBeInOneLine() throws Exception {
    Path file = folder.resolve("rules.json");
    assertThat(serve("RULES_FILE", file.toString())).isEqualTo(2);
    assertThat(singleError()).contains("RULES_FILE", file.toString(), "no such file");
    err.reset();
    Files.writeString(file, "{\"rules\":[{\"category\":\"a\",\"any\":[{}]},{}]}");
    assertThat(serve("RULES_FILE", file.toString())).isEqualTo(2);
    assertThat(singleError()).contains("RULES_FILE", "$.rules[0].any[0]", "$.rules[1]");
    err.reset();
    Files.writeString(folder.resolve("rules.yaml"), "rules: [}");
    assertThat(serve("RULES_FILE", folder.resolve("rules.yaml").toString())).isEqualTo(2);
    assertThat(singleError()).contains("RULES_FILE", "well-formed YAML");
  }

  @Test
  void whoIsImportantIsSaidInOnePlace() throws Exception {
    Map<String, String> environment =
        Map.of(
            "NYLAS_WEBHOOK_SECRET", "s",
            "NYLAS_API_KEY", "k",
            "RULES_FILE", "rules.json",
            "VIP_DOMAINS", "x.example");
    assertThat(run(List.of(), environment)).isEqualTo(2);
    assertThat(singleError()).contains("VIP_DOMAINS", "RULES_FILE");
  }

  @Test
  void aDataFolderThatIsNoneIsSaidToBe() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    assertThat(serve("DATA_DIR", file.toString())).isEqualTo(2);
    assertThat(singleError()).contains(file.toString(), "isn't a folder", "DATA_DIR", "--memory");
  }

  @Test
  void aDataFolderThatCannotBeMadeIsSaidToBe() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    assertThat(serve("DATA_DIR", file.resolve("data").toString())).isEqualTo(2);
    assertThat(singleError()).contains(file.toString(), "DATA_DIR");
  }

  @Test
  void aFileThatIsNoDatabaseIsSaidToBe() throws Exception {
    Path file = folder.resolve(DatabaseStorage.FILE);
    Files.writeString(file, "This is a letter, and no database at all; nobody can query it.");
    assertThat(serve("DATA_DIR", folder.toString())).isEqualTo(2);
    assertThat(singleError()).contains(file.toString(), "not a database", "Move it away");
    assertThat(file).content().startsWith("This is a letter");
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdbc:postgresql:", "jdbc:mariadb:", "jdbc:mysql:", "redis:"})
  void whatCannotBeReachedIsSaidToBe(String scheme) throws Exception {
    String address;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      address = scheme + "//127.0.0.1:" + free.getLocalPort() + "/1";
    }
    String name = scheme.equals("redis:") ? "REDIS_URL" : "DATABASE_URL";
    assertThat(serve(name, address)).isEqualTo(2);
    assertThat(singleError()).contains(address, "refused", "Is it running", name);
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
    assertThat(out.toString(UTF_8))
        .contains("--simulate", "NYLAS_WEBHOOK_SECRET", "TICKETS_TOKEN")
        .contains(
            "--memory", "DATA_DIR", "DATABASE_URL", "DATABASE_PASSWORD", "REDIS_URL", "RULES_FILE");
  }
}
