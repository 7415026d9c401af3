package io.github.nylaswebhook.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The program {@code nylas-webhook}. Everything it reads and writes is UTF-8, whatever the
 * platform's charset is.
 *
 * <p>It exits with 0 if all went well, with 1 if part of the input couldn't be used, and with 2 if
 * it was called wrongly or what it was told to use can't be used; what was wrong is said on
 * standard error.
 */
@Command(
    name = "nylas-webhook",
    description = "Works with Nylas e-mail webhooks and the messages that they tell of.",
    mixinStandardHelpOptions = true,
    versionProvider = BuildVersion.class,
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footer = {"", "'nylas-webhook help COMMAND' tells more of one."})
public final class NylasWebhook implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  private NylasWebhook() {}

  /** Runs the command that the arguments name, and ends the process. */
  public static void main(String[] args) {
    // Not System.out: it encodes as the platform does, and keeps to itself that nobody reads on.
    StandardStreams streams =
        new StandardStreams(
            new FileInputStream(FileDescriptor.in),
            new FileOutputStream(FileDescriptor.out),
            new FileOutputStream(FileDescriptor.err));
    System.exit(run(streams, Ansi.AUTO, args));
  }

  /** Runs a command on these streams. */
  static int run(StandardStreams streams, Ansi ansi, String... args) {
    PrintWriter out = new PrintWriter(new OutputStreamWriter(streams.out(), UTF_8), true);
    PrintWriter err = new PrintWriter(new OutputStreamWriter(streams.err(), UTF_8), true);
    CommandLine program =
        new CommandLine(new NylasWebhook())
            .addSubcommand(new ExplainCommand(streams, err, ansi))
            .addSubcommand(new CommandLine.HelpCommand())
            .setOut(out)
            .setErr(err)
            .setColorScheme(CommandLine.Help.defaultColorScheme(ansi))
            // A name that begins with @ is a file's like any other.
            .setExpandAtFiles(false)
            .setParameterExceptionHandler(NylasWebhook::misused)
            .setExecutionExceptionHandler(
                (failure, command, parsed) -> {
                  err.println(command.getCommandSpec().qualifiedName() + ": " + failure);
                  return ExitCode.UNUSABLE;
                });
    try {
      return program.execute(args);
    } catch (OutOfMemoryError e) {
      err.println("nylas-webhook: not enough memory; java -Xmx4g -jar … gives it more");
      return ExitCode.UNUSABLE;
    } finally {
      out.flush();
      err.flush();
    }
  }

  /** Without a command there is nothing to do. */
  @Override
  public Integer call() {
    CommandLine program = spec.commandLine();
    program.usage(program.getErr(), program.getColorScheme());
    return ExitCode.UNUSABLE;
  }

  /** Says what was wrong and where to read more; the whole help would hide it. */
  private static int misused(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(command.getColorScheme().errorText(e.getMessage()));
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return ExitCode.UNUSABLE;
  }
}
