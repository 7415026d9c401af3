package io.github.nylaswebhook.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar as it is run: a process of its own, here where the platform knows nothing but ASCII. */
class RunnableJarTest {
  private static final String MAIL = "{\"id\":\"grüße-東京\",\"subject\":\"Hello\"}\n";

  @TempDir private Path folder;
  private final List<Process> started = new ArrayList<>();
  private String jar;

  @BeforeEach
  void findJar() {
    jar = System.getProperty("nylas-webhook.jar");
    assumeTrue(jar != null, "the jar is made after the tests' own phase");
  }

  @AfterEach
  void endEverything() {
    started.forEach(Process::destroyForcibly);
  }

  private Process start(List<String> jvm, String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm);
    command.addAll(List.of("-Dfile.encoding=US-ASCII", "-jar", jar));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("LC_ALL", "C");
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "COLUMNS"));
    builder.redirectError(folder.resolve("stderr").toFile());
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private Ran run(String input, String... args) throws Exception {
    return ended(feed(start(List.of(), args), input));
  }

  private static Process feed(Process process, String input) throws IOException {
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(UTF_8));
    }
    return process;
  }

  private Ran ended(Process process) throws Exception {
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ran(process.exitValue(), out, Files.readString(folder.resolve("stderr")));
  }

  @Test
  void itReadsAndWritesUtf8WhateverThePlatformHas() throws Exception {
    Ran ran = run(MAIL + "{\"größe\": x}\n" + MAIL, "explain");
    assertThat(ran.lines()).hasSize(3);
    assertThat(ran.lines()).first().asString().startsWith("{\"id\":\"grüße-東京\",");
    assertThat(ran.lines().get(1))
        .isEqualTo("{\"error\":\"malformed JSON at $.größe\",\"line\":2}");
    assertThat(ran.err()).isEqualTo("nylas-webhook explain: line 2: malformed JSON at $.größe\n");
    assertThat(ran.exit()).isEqualTo(1);

    Files.writeString(folder.resolve("mails.jsonl"), MAIL);
    Ran ofFile = run("", "explain", "--format", "table", "--own=a@b.c", "--text", "mails.jsonl");
    assertThat(ofFile.out()).contains("\ngrüße-東京 ").doesNotContain("\u001b");
    assertThat(ofFile.err()).isEmpty();
    assertThat(ofFile.exit()).isZero();
  }

  @Test
  void itSaysWhatItIsAndWhatWasWrong() throws Exception {
    assertThat(run("", "--version").out()).startsWith("nylas-webhook 0.").doesNotContain("$");
    assertThat(run("", "explain", "--help").out()).contains("--own", "…");
    assertThat(run("", "explain", "--bad"))
        .isEqualTo(
            new Ran(2, "", "Unknown option: '--bad'\nTry 'nylas-webhook explain --help'.\n"));
    assertThat(run("", "explain", "none.jsonl"))
        .isEqualTo(new Ran(2, "", "nylas-webhook explain: none.jsonl: there is no such file\n"));
    assertThat(run("").exit()).isEqualTo(2);
  }

  @Test
  void itEndsQuietlyWhenNobodyReadsOn() throws Exception {
    // More than any pipe holds.
    Files.writeString(folder.resolve("mails.jsonl"), MAIL.repeat(20_000));
    Process process = start(List.of(), "explain", "mails.jsonl");
    try (BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      assertThat(out.readLine()).startsWith("{\"id\"");
    }
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(folder.resolve("stderr")).isEmptyFile();
    assertThat(process.exitValue()).isZero();
  }

  @Test
  void aLongLineIsReadAndALongerOneIsPassedOverWithoutMemoryForIt() throws Exception {
    byte[] piece = "x".repeat(1 << 20).getBytes(UTF_8);
    Process process = start(List.of("-Xmx320m"), "explain");
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write("{\"id\":\"long\",\"body\":\"".getBytes(UTF_8));
      for (int i = 0; i < 63; i++) {
        stdin.write(piece);
      }
      stdin.write("\"}\n{\"id\":\"".getBytes(UTF_8));
      for (int i = 0; i < 400; i++) {
        stdin.write(piece);
      }
      stdin.write(("\"}\n" + MAIL).getBytes(UTF_8));
    }
    Ran ran = ended(process);
    assertThat(ran.err()).isEqualTo("nylas-webhook explain: line 2: longer than 67108864 bytes\n");
    assertThat(ran.lines()).hasSize(3);
    assertThat(ran.lines()).first().asString().startsWith("{\"id\":\"long\",\"kind\":\"human\"");
    assertThat(ran.lines()).last().asString().startsWith("{\"id\":\"grüße-東京\"");
    assertThat(ran.exit()).isEqualTo(1);
  }

  @Test
  void aLineThatTakesMoreMemoryThanThereIsEndsNothing() throws Exception {
    String line = "{\"id\":\"many\",\"headers\":[" + "{},".repeat(2_000_000) + "{}]}\n";
    Ran ran = ended(feed(start(List.of("-Xmx64m"), "explain"), line + MAIL));
    assertThat(ran.err()).startsWith("nylas-webhook explain: line 1: too much for the memory");
    assertThat(ran.lines()).hasSize(2).last().asString().startsWith("{\"id\":\"grüße-東京\"");
    assertThat(ran.exit()).isEqualTo(1);
  }

  @Test
  void itSaysWhoseWorkItHolds() throws Exception {
    try (JarFile file = new JarFile(jar)) {
      assertThat(file.getEntry("META-INF/LICENSE")).isNotNull();
      String others =
          new String(
              file.getInputStream(file.getEntry("META-INF/THIRD-PARTY.txt")).readAllBytes(), UTF_8);
      assertThat(others).contains("picocli", "jsoup", "SLF4J", "RE2/J");
      assertThat(file.stream().map(entry -> entry.getName()))
          .noneMatch(name -> name.endsWith("module-info.class"));
    }
  }
}
