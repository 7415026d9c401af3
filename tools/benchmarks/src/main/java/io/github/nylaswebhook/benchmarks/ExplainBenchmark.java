package io.github.nylaswebhook.benchmarks;

import com.squareup.moshi.JsonWriter;
import io.github.nylaswebhook.categorize.RuleSet;
import io.github.nylaswebhook.filter.MessageFilter;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import okio.BufferedSink;
import okio.Okio;

/**
 * How many typical messages a second {@code nylas-webhook explain} reads, judges, categorizes and
 * writes on one core, the start of its JVM included; and what becomes of the time within core. With
 * {@code taskset} the process has one core for everything, garbage collection and compiler too.
 *
 * <pre>{@code
 * java -cp tools/benchmarks/target/benchmarks.jar \
 *     io.github.nylaswebhook.benchmarks.ExplainBenchmark \
 *     tools/nylas-webhook-cli/target/nylas-webhook.jar
 * }</pre>
 *
 * <p>Two more arguments are the number of messages and a file that keeps them.
 */
public final class ExplainBenchmark {
  private static final int MESSAGES = 50_000;
  private static final int ROUNDS = 5;
  private static final int IN_PROCESS = 5_000;

  private ExplainBenchmark() {}

  public static void main(String[] args) throws Exception {
    if (args.length < 1 || args.length > 3 || !Files.isReadable(Path.of(args[0]))) {
      System.err.println("Give the path of nylas-webhook.jar");
      System.exit(2);
    }
    int messages = args.length > 1 ? Integer.parseInt(args[1]) : MESSAGES;
    Path input =
        args.length > 2 ? Path.of(args[2]) : Files.createTempFile("typical-mail", ".jsonl");
    try {
      generate(input, messages);
      System.out.printf(
          Locale.ROOT,
          "%d messages of %d bytes on average%n",
          messages,
          Files.size(input) / messages);
      List<Double> rates = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        double seconds = explain(args[0], input);
        rates.add(messages / seconds);
        System.out.printf(Locale.ROOT, "explain: %.2f s, %.0f/s%n", seconds, messages / seconds);
      }
      rates.sort(null);
      System.out.printf(Locale.ROOT, "explain, median: %.0f/s%n", rates.get(ROUNDS / 2));
      steps();
    } finally {
      if (args.length < 3) {
        Files.delete(input);
      }
    }
  }

  private static void generate(Path file, int messages) throws Exception {
    TypicalMail mails = new TypicalMail(1);
    try (BufferedSink out = Okio.buffer(Okio.sink(Files.newOutputStream(file)))) {
      for (int i = 0; i < messages; i++) {
        JsonWriter.of(out).jsonValue(mails.next(i).toJsonWithHeaders());
        out.writeByte('\n');
      }
    }
  }

  private static double explain(String jar, Path input) throws Exception {
    List<String> command = new ArrayList<>();
    if (new File("/usr/bin/taskset").canExecute()) {
      command.addAll(List.of("taskset", "-c", "0"));
    }
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-jar",
            jar,
            "explain",
            input.toString()));
    long start = System.nanoTime();
    int exit =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start()
            .waitFor();
    if (exit != 0) {
      throw new IllegalStateException("it exited with " + exit);
    }
    return (System.nanoTime() - start) / 1e9;
  }

  /** Warm, in this process, one after another. */
  private static void steps() throws Exception {
    TypicalMail mails = new TypicalMail(2);
    List<Message> all = new ArrayList<>();
    for (int i = 0; i < IN_PROCESS; i++) {
      all.add(Message.of(mails.next(i).toJsonWithHeaders()));
    }
    MessageFilter filter = MessageFilter.standard();
    RuleSet rules = RuleSet.standard();
    for (int round = 0; round < ROUNDS; round++) {
      long judging = 0;
      long reading = 0;
      long matching = 0;
      for (Message message : all) {
        MessageContext context = new MessageContext(message, Set.of("support@acme.test"));
        long start = System.nanoTime();
        filter.judge(message, context);
        long judged = System.nanoTime();
        context.text();
        long read = System.nanoTime();
        rules.categorize(message, context);
        long matched = System.nanoTime();
        judging += judged - start;
        reading += read - judged;
        matching += matched - read;
      }
      System.out.printf(
          Locale.ROOT,
          "warm: filter %.1f us, text %.1f us, rules %.1f us of each message%n",
          judging / 1e3 / IN_PROCESS,
          reading / 1e3 / IN_PROCESS,
          matching / 1e3 / IN_PROCESS);
    }
  }
}
