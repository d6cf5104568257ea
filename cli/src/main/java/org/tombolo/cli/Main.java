package org.tombolo.cli;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/// The `tombolo` command.
@Command(
    name = "tombolo",
    description = {
      "Trains neural networks on what this machine has: its processor, or any OpenCL device.",
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    descriptionHeading = "%n",
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Start here:",
      "  tombolo doctor          is everything there, and does it work?",
      "  tombolo train digits    learn to read handwritten digits",
      "  tombolo train --help    what can be chosen",
      "",
      "Exit status: 0 done; 1 the work failed; 2 a mistake in the command or in a file it names;",
      "130 interrupted."
    })
public final class Main {
  private static final int HELP_COLUMNS = 100;

  private final Console console;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of an error.")
  private boolean debug;

  private Main(Console console) {
    this.console = console;
  }

  /// Runs the command and ends the process with its exit status.
  ///
  /// @param arguments a subcommand and what it takes
  public static void main(String[] arguments) {
    System.exit(run(Console.system(), arguments));
  }

  /// Runs the command.
  ///
  /// @return the exit status
  static int run(Console console, String... arguments) {
    // Numbers look the same everywhere, so that programs can read them.
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
    Main main = new Main(console);
    try {
      return main.commandLine().execute(arguments);
    } catch (OutOfMemoryError e) {
      return main.failed(e);
    }
  }

  private CommandLine commandLine() {
    CommandLine root = new CommandLine(this);
    List.of(
            new TrainCommand(console),
            new ExplainCommand(console),
            new DevicesCommand(console),
            new CalibrateCommand(console),
            new TuneCommand(console),
            new DoctorCommand(console),
            new ConformanceCommand(console),
            new ProveTransfersCommand(console),
            new InspectCommand(console),
            new RunCommand(console),
            new ExportCommand(console),
            new OnnxTestsCommand(console),
            new ExampleCommand(console))
        .forEach(root::addSubcommand);
    // Subcommands take these settings over because they are there already.
    return root.setOut(console.out())
        .setErr(console.err())
        .setUsageHelpWidth(HELP_COLUMNS)
        .setParameterExceptionHandler((mistake, _) -> mistaken(mistake))
        .setExecutionExceptionHandler((failure, _, _) -> failed(failure));
  }

  private int mistaken(ParameterException mistake) {
    StringBuilder text = new StringBuilder(String.valueOf(mistake.getMessage()));
    if (mistake instanceof UnmatchedArgumentException unmatched) {
      String given = unmatched.getUnmatched().getFirst();
      unmatched.getSuggestions().stream()
          .min(Comparator.comparingInt(near -> distance(given, near)))
          .ifPresent(near -> text.append("; did you mean ").append(near).append('?'));
    }
    String command = mistake.getCommandLine().getCommandSpec().qualifiedName();
    console.error("%s\n  try: %s --help".formatted(text, command));
    trace(mistake);
    return ExitStatus.MISTAKE;
  }

  /// How many letters have to be put in, left out or exchanged to make one word of another
  /// (Levenshtein).
  private static int distance(String from, String to) {
    int[] row = IntStream.rangeClosed(0, to.length()).toArray();
    for (int i = 0; i < from.length(); i++) {
      int diagonal = row[0]++;
      for (int j = 0; j < to.length(); j++) {
        int exchanged = diagonal + (from.charAt(i) == to.charAt(j) ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = Math.min(exchanged, 1 + Math.min(row[j], row[j + 1]));
      }
    }
    return row[to.length()];
  }

  private int failed(Throwable failure) {
    console.error(Failures.text(failure));
    trace(failure);
    return Failures.status(failure);
  }

  private void trace(Throwable failure) {
    if (debug) {
      failure.printStackTrace(console.err());
      console.err().flush();
    }
  }
}
