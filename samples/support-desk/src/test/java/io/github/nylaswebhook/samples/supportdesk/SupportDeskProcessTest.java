package io.github.nylaswebhook.samples.supportdesk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.test.Destination;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The desk as it is run: a process of its own, told everything by its environment. */
class SupportDeskProcessTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String LISTENING = "Listening on ";

  @TempDir private Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Process> started = new ArrayList<>();
  private FakeNylas nylas;

  @BeforeEach
  void startNylas() {
    nylas = FakeNylas.start();
  }

  @AfterEach
  void endEverything() {
    started.forEach(Process::destroyForcibly);
    nylas.close();
  }

  /** A running desk, and what it said until it listened. */
  private record Desk(Process process, String storage, URI endpoint) {}

  private Process process(Map<String, String> environment, String... args) throws IOException {
    ProcessBuilder command =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            // It may be relative, and the process is elsewhere.
            Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator)),
            SupportDesk.class.getName());
    command.command().addAll(List.of(args));
    command.directory(folder.toFile());
    command
        .environment()
        .keySet()
        .removeAll(
            List.of(
                "DATA_DIR",
                "DATABASE_URL",
                "REDIS_URL",
                "TICKETS_TOKEN",
                "RULES_FILE",
                "VIP_DOMAINS"));
    command.environment().put("NYLAS_WEBHOOK_SECRET", "an older one," + nylas.webhookSecret());
    command.environment().put("NYLAS_API_KEY", nylas.apiKey());
    command.environment().put("NYLAS_API_URL", nylas.url());
    command.environment().put("PORT", "0");
    command.environment().putAll(environment);
    command.redirectError(folder.resolve("stderr").toFile());
    Process process = command.start();
    started.add(process);
    return process;
  }

  private Desk start(Map<String, String> environment, String... args) throws IOException {
    Process process = process(environment, args);
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    String storage = output.readLine();
    assertThat(storage).as(Files.readString(folder.resolve("stderr"))).startsWith("Storage: ");
    String line = output.readLine();
    assertThat(line).matches("Listening on http://localhost:[0-9]+/webhooks/nylas");
    return new Desk(process, storage, URI.create(line.substring(LISTENING.length())));
  }

  private void deliver(Desk desk, Mail... mails) throws IOException {
    Destination destination = nylas.subscribe(desk.endpoint.toString());
    for (Mail mail : mails) {
      nylas.add(mail);
      assertThat(destination.deliver(NotificationFixture.created(mail)).join().delivered())
          .isTrue();
    }
  }

  private String tickets(Desk desk) throws Exception {
    return get(desk, "/tickets");
  }

  private String get(Desk desk, String path) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(desk.endpoint.resolve(path)).build();
    return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  private static void end(Desk desk) throws InterruptedException {
    desk.process.destroy();
    assertThat(desk.process.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void itServesWithTwoVariablesAndEndsWhenItIsTold() throws Exception {
    Desk desk = start(Map.of("SUPPORT_ADDRESSES", "desk@acme.example"));
    deliver(
        desk,
        Mail.of("grant-1", "m-1").from("", "desk@acme.example"),
        Mail.of("grant-1", "m-2").from("", "cto@bigcorp.com"));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(tickets(desk))
                    .contains("m-2", "\"priority\":\"high\"")
                    .doesNotContain("m-1"));
    end(desk);
    Desk next = start(Map.of());
    assertThat(next.storage)
        .isEqualTo(
            "Storage: data/support-desk.db (embedded); 0 deliveries wait, 0 dead letters, 1 ticket");
    assertThat(tickets(next)).contains("m-2");
  }

  @Test
  void whatItAcknowledgedBeforeItWasKilledIsATicketAfterItsNextStart() throws Exception {
    Mail mail = Mail.of("grant-1", "m-1");
    try (ServerSocket silence = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Desk killed = start(Map.of("NYLAS_API_URL", "http://127.0.0.1:" + silence.getLocalPort()));
      assertThat(killed.storage)
          .isEqualTo(
              "Storage: data/support-desk.db (embedded); 0 deliveries wait, 0 dead letters, 0 tickets");
      deliver(killed, mail);
      silence.setSoTimeout((int) PATIENCE.toMillis());
      // It has claimed the message and asks for it, and isn't answered.
      try (Socket asked = silence.accept()) {
        assertThat(asked.isConnected()).isTrue();
        killed.process.destroyForcibly();
        assertThat(killed.process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      }
    }

    Desk next = start(Map.of());
    assertThat(next.storage)
        .isEqualTo(
            "Storage: data/support-desk.db (embedded); 1 delivery waits, 0 dead letters, 0 tickets");
    // Sooner than the claim's lease ends.
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(tickets(next)).contains("m-1"));
  }

  @Test
  void rulesFromAFileAreReadAnewWhenItChangesAndABadOneIsAProblem() throws Exception {
    Path file = folder.resolve("rules.yaml");
    String rules = "rules: [{category: %s, any: [{words: subject}]}]";
    Files.writeString(file, String.format(rules, "first"));
    Desk desk = start(Map.of("RULES_FILE", file.toString()), "--memory");
    deliver(desk, Mail.of("grant-1", "m-1").subject("subject"));
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(tickets(desk)).contains("first"));
    Files.writeString(file, "rules: [{}]");
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(get(desk, "/healthz")).contains("$.rules[0]"));
    Files.writeString(file, String.format(rules, "second"));
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(get(desk, "/healthz")).contains("\"problems\":[]"));
    deliver(desk, Mail.of("grant-1", "m-2").subject("subject"));
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(tickets(desk)).contains("second"));
    end(desk);
  }

  @Test
  void aSecondDeskInTheSameFolderSaysThatTheFirstIsThere() throws Exception {
    Desk first = start(Map.of());
    Process second = process(Map.of());
    assertThat(second.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(second.exitValue()).isEqualTo(2);
    assertThat(Files.readAllLines(folder.resolve("stderr")))
        .singleElement()
        .asString()
        .startsWith("data/support-desk.db is in use by another process")
        .contains("DATA_DIR");
    assertThat(second.getInputStream().readAllBytes()).isEmpty();
    assertThat(tickets(first)).isEqualTo("[]");
  }

  @Test
  void inMemoryItLeavesNothingBehind() throws Exception {
    Desk desk = start(Map.of(), "--memory");
    assertThat(desk.storage)
        .isEqualTo(
            "Storage: memory; what is acknowledged and not yet routed ends with this process");
    deliver(desk, Mail.of("grant-1", "m-1"));
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(tickets(desk)).contains("m-1"));
    end(desk);
    assertThat(folder.resolve("data")).doesNotExist();
  }
}
