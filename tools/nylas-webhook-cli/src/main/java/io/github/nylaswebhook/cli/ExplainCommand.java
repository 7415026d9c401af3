package io.github.nylaswebhook.cli;

import io.github.nylaswebhook.categorize.RuleFile;
import io.github.nylaswebhook.categorize.RuleFormatException;
import io.github.nylaswebhook.categorize.RuleSet;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Says of each message what it would be taken for, and why; nothing is sent anywhere. */
@Command(
    name = "explain",
    description =
        "Says of each Nylas message object what it is taken for and why: its kind, what becomes of"
            + " it, its category and its priority.",
    mixinStandardHelpOptions = true,
    versionProvider = BuildVersion.class,
    footer = {
      "",
      "The input is UTF-8 with one JSON object per line: a message object, an answer of the"
          + " messages API, or a notification of message.created or message.updated. Pretty-printed"
          + " objects are taken, too. What can't be read is reported on standard error, and as"
          + " {\"error\":…,\"line\":…} in its place.",
      "",
      "Exit codes: 0 all were explained; 1 some couldn't be read; 2 wrong usage, or a file that"
          + " can't be used.",
      "",
      "Example: nylas-webhook explain --own support@acme.example --format table mails.jsonl"
    })
final class ExplainCommand implements Callable<Integer> {
  private static final String NAME = "nylas-webhook explain: ";

  private final StandardStreams streams;
  private final PrintWriter err;
  private final Ansi ansi;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--own",
      paramLabel = "ADDRESS",
      description = "An address of yours, whose mail is nobody's question. May be repeated.")
  private List<String> own = new ArrayList<>();

  @Option(
      names = "--rules",
      paramLabel = "FILE",
      description =
          "A file of rules, in JSON or YAML, that say what a mail is about, in place of the standard"
              + " ones.")
  private @Nullable String rulesFile;

  @Option(names = "--text", description = "Adds what a person wrote, as the rules see it.")
  private boolean text;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "json",
      converter = FormatName.class,
      description = "json, one object per line, or table, for people. Default: json.")
  private Format format = Format.JSON;

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "What to read. Without it, or with -, standard input is read.")
  private @Nullable String file;

  enum Format {
    JSON,
    TABLE
  }

  /** In lower case, also in what picocli says of a wrong one. */
  static final class FormatName implements ITypeConverter<Format> {
    @Override
    public Format convert(String name) {
      return switch (name.toLowerCase(Locale.ROOT)) {
        case "json" -> Format.JSON;
        case "table" -> Format.TABLE;
        default ->
            throw new TypeConversionException(
                "expected one of [json, table] but was '" + name + "'");
      };
    }
  }

  ExplainCommand(StandardStreams streams, PrintWriter err, Ansi ansi) {
    this.streams = streams;
    this.err = err;
    this.ansi = ansi;
  }

  @Override
  public Integer call() {
    Set<String> ownAddresses = ownAddresses();
    RuleSet rules;
    try {
      rules = rules();
    } catch (UnusableException e) {
      err.println(NAME + e.getMessage());
      return ExitCode.UNUSABLE;
    } catch (RuleFormatException e) {
      // One to a line: their reader says where each is.
      err.println(NAME + rulesFile + " can't be used:");
      err.println(e.getMessage());
      return ExitCode.UNUSABLE;
    } catch (IOException e) {
      err.println(NAME + rulesFile + " can't be used: " + e.getMessage());
      return ExitCode.UNUSABLE;
    }
    try (InputStream in = open()) {
      Report report =
          switch (format) {
            case JSON -> new JsonReport(text);
            case TABLE -> new TableReport(text, ansi, width());
          };
      return new Explaining(rules, ownAddresses, report, streams.out(), this::broken).all(in)
          ? ExitCode.FINE
          : ExitCode.PARTLY;
    } catch (UnusableException e) {
      err.println(NAME + e.getMessage());
      return ExitCode.UNUSABLE;
    } catch (IOException e) {
      err.println(NAME + input() + " can't be read: " + e.getMessage());
      return ExitCode.UNUSABLE;
    }
  }

  private void broken(long line, String error) {
    err.println(NAME + "line " + line + ": " + error);
  }

  private Set<String> ownAddresses() {
    for (String address : own) {
      if (!address.strip().matches("[^\\s<>,;]+@[^\\s<>,;@]+")) {
        throw new ParameterException(
            spec.commandLine(),
            "--own wants one address, such as support@acme.example, not '" + address + "'");
      }
    }
    return new LinkedHashSet<>(own);
  }

  private String input() {
    return file == null || file.equals("-") ? "standard input" : file;
  }

  private InputStream open() throws UnusableException, IOException {
    String name = file;
    if (name == null || name.equals("-")) {
      return streams.in();
    }
    return InputFile.use(name, Files::newInputStream);
  }

  private RuleSet rules() throws UnusableException, IOException {
    String name = rulesFile;
    return name == null ? RuleSet.standard() : InputFile.use(name, RuleFile::read);
  }

  /** As the shell says, if it exports what it knows; no terminal is wider than this. */
  private static int width() {
    try {
      return Math.min(1000, Integer.parseInt(System.getenv().getOrDefault("COLUMNS", "")));
    } catch (NumberFormatException e) {
      return TableReport.WIDTH;
    }
  }
}
