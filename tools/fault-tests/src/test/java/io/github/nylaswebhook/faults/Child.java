package io.github.nylaswebhook.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A JVM of its own on the test's class path. What it prints is in a file; it never outlives us. */
final class Child implements AutoCloseable {
  private static final Set<Process> LIVING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> LIVING.forEach(Process::destroyForcibly)));
  }

  private final Process process;
  private final Path output;

  private Child(Process process, Path output) {
    this.process = process;
    this.output = output;
    LIVING.add(process);
  }

  static Command command(String mainClass) {
    return new Command(mainClass);
  }

  long pid() {
    return process.pid();
  }

  Duration cpuTime() {
    return process.info().totalCpuDuration().orElseThrow();
  }

  List<String> lines() {
    try {
      return Files.readString(output, UTF_8).lines().toList();
    } catch (IOException e) {
      throw new IllegalStateException("No output", e);
    }
  }

  /** What follows this in the first line that begins so. */
  String awaitLine(String beginning) {
    Awaitility.await("a line that begins with \"" + beginning + "\" in " + output)
        .atMost(Faults.PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> {
              if (!process.isAlive() && line(beginning).isEmpty()) {
                throw new IllegalStateException("It ended by itself: " + lines());
              }
              return line(beginning).isPresent();
            });
    return line(beginning).orElseThrow().substring(beginning.length());
  }

  private Optional<String> line(String beginning) {
    return lines().stream().filter(line -> line.startsWith(beginning)).findFirst();
  }

  /** SIGKILL; returns when it is dead. */
  void kill() {
    process.destroyForcibly();
    process.onExit().orTimeout(30, TimeUnit.SECONDS).join();
    LIVING.remove(process);
  }

  @Override
  public void close() {
    kill();
  }

  /** How it is to be started. */
  static final class Command {
    private final String mainClass;
    private final List<String> properties = new ArrayList<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private int fileKilobytes;

    private Command(String mainClass) {
      this.mainClass = mainClass;
    }

    Command property(String name, Object value) {
      properties.add("-D" + name + "=" + value);
      return this;
    }

    Command environment(String name, String value) {
      environment.put(name, value);
      return this;
    }

    /** The kernel lets it write no file that is longer (EFBIG). */
    Command longestFile(int kilobytes) {
      fileKilobytes = kilobytes;
      return this;
    }

    /** Starts it in this folder, where its output will be in a file of that name. */
    Child start(Path folder, String name) throws IOException {
      List<String> command = new ArrayList<>();
      if (fileKilobytes > 0) {
        command.addAll(
            List.of("bash", "-c", "ulimit -f $0; exec \"$@\"", Integer.toString(fileKilobytes)));
      }
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      // Small, and soon there.
      command.addAll(
          List.of(
              "-Xmx256m",
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-XX:-UsePerfData",
              "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir")));
      command.addAll(properties);
      command.add("-cp");
      // Surefire's own class path is a jar with a manifest; this is what it stands for.
      command.add(
          System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
      command.add(mainClass);
      Path output = folder.resolve(name + ".log");
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().putAll(environment);
      builder.directory(folder.toFile());
      builder.redirectErrorStream(true);
      builder.redirectOutput(output.toFile());
      return new Child(builder.start(), output);
    }
  }
}
