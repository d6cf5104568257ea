package org.tombolo.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tombolo.onnx.suite.JUnitReport;
import org.tombolo.onnx.suite.Suite;
import org.tombolo.onnx.suite.TestResult;
import org.tombolo.onnx.suite.TestResult.Outcome;
import org.tombolo.scheduler.Engine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tombolo onnx-tests`: the conformance tests of ONNX.
@Command(
    name = "onnx-tests",
    header = "Run the conformance tests of ONNX on a device.",
    description = {
      "Runs each model of a zip on the inputs beside it and compares what comes out with the outputs"
          + " beside it: equal types and shapes, floats within 1e-3 relative and 1e-7 absolute, all"
          + " else exactly.",
      "",
      "The zip holds KIND/TEST/model.onnx with test_data_set_N/input_I.pb and output_I.pb. Exit status 0"
          + " if all tests pass that were asked for, 1 if one fails.",
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    descriptionHeading = "%n",
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Examples:",
      "  tombolo onnx-tests tests.zip --device reference",
      "  tombolo onnx-tests tests.zip --index index.tsv --tier core --device opencl",
      "  tombolo onnx-tests tests.zip --only node/test_conv",
    })
final class OnnxTestsCommand implements Callable<Integer> {
  private static final String REFERENCE = "reference";

  private final Console console;

  @Parameters(paramLabel = "ZIP", description = "The tests.")
  private Path zip = Path.of("");

  @Option(
      names = "--index",
      paramLabel = "FILE.tsv",
      description = "A table with columns kind, name and tier, with tabs between.")
  private @Nullable Path index;

  @Option(
      names = "--tier",
      paramLabel = "NAME",
      defaultValue = "",
      description = "Run only tests of this tier of the index, such as core.")
  private String tier = "";

  @Option(
      names = "--only",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Run only tests with this text in KIND/TEST.")
  private String only = "";

  @Option(
      names = {"-d", "--device", "--devices"},
      paramLabel = "DEVICE",
      defaultValue = "cpu",
      description =
          "Where to compute: reference, which is slow and in double precision; or cpu, opencl,"
              + " opencl:1, several with commas, auto. Default: ${DEFAULT-VALUE}.")
  private String device = "cpu";

  @Option(
      names = "--junit",
      paramLabel = "FILE.xml",
      description = "Write all results in the form that JUnit's tools read.")
  private @Nullable Path junit;

  @Option(
      names = "--failures",
      paramLabel = "FILE.txt",
      defaultValue = "onnx-tests-failures.txt",
      description = "Write the reason of each failure here. Default: ${DEFAULT-VALUE}.")
  private Path failures = Path.of("");

  @Option(
      names = "--limit",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description = "The longest that one test may take. Default: ${DEFAULT-VALUE}.")
  private int limit;

  OnnxTestsCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (!Files.isRegularFile(zip)) {
      throw new MistakeException(
          "%s: there is no such file; need a zip of tests".formatted(zip),
          "the path of the zip, relative to " + Path.of("").toAbsolutePath());
    }
    if (!tier.isEmpty() && index == null) {
      throw new MistakeException(
          "--tier %s: only an index says what tier a test is of".formatted(tier),
          "--index FILE.tsv");
    }
    if (limit < 1) {
      throw new MistakeException("--limit %d; need 1 or more".formatted(limit), "--limit 300");
    }
    Suite suite =
        new Suite(zip, index, device.equals(REFERENCE) ? null : () -> Engine.open(device))
            .limit(Duration.ofSeconds(limit));
    List<TestResult> results = suite.run(tier, only, this::announce);
    if (junit != null) {
      OutputFile.write("--junit", junit, JUnitReport.xml("onnx on " + device, results));
    }
    List<TestResult> failed =
        results.stream().filter(result -> result.outcome() == Outcome.FAILED).toList();
    OutputFile.write(
        "--failures",
        failures,
        failed.stream()
            .map(result -> "%s: %s%n".formatted(result.test().folder(), result.reason()))
            .collect(Collectors.joining()));
    if (!failed.isEmpty()) {
      console.line("reasons are in " + failures);
    }
    console.line(
        "%d passed, %d failed, %d skipped"
            .formatted(
                JUnitReport.count(results, Outcome.PASSED),
                failed.size(),
                JUnitReport.count(results, Outcome.SKIPPED)));
    return failed.isEmpty() ? ExitStatus.OK : ExitStatus.FAILED;
  }

  private void announce(TestResult result) {
    if (result.outcome() == Outcome.FAILED) {
      console.line(
          "failed: %s: %s"
              .formatted(result.test().folder(), result.reason().lines().findFirst().orElse("")));
    }
  }
}
