package org.tombolo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.tombolo.graph.Tensor;
import org.tombolo.onnx.OnnxModel;
import org.tombolo.onnx.OnnxSession;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.npy.NpyFile;
import org.tombolo.scheduler.Engine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tombolo run`: an ONNX model on arrays in files.
@Command(
    name = "run",
    header = "Run an ONNX model on arrays in files.",
    description = {
      "Reads each input from a file of NumPy (numpy.save), runs the model, prints what the outputs"
          + " are and, with --output, writes each to a file of NumPy.",
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    descriptionHeading = "%n",
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Examples:",
      "  tombolo run model.onnx --input x=x.npy",
      "  tombolo run model.onnx --input ids=ids.npy --input mask=mask.npy --output results",
      "  tombolo run model.onnx --input x=x.npy --device opencl --time 20",
      "",
      "tombolo inspect MODEL.onnx says which inputs there are."
    })
final class RunCommand implements Callable<Integer> {
  private static final int SHOWN = 8;

  private final Console console;

  @Parameters(paramLabel = "MODEL.onnx", description = "The model.")
  private Path file = Path.of("");

  @Option(
      names = {"-i", "--input"},
      paramLabel = "NAME=FILE.npy",
      description = "What is fed to an input; once for each.")
  private Map<String, Path> inputs = new LinkedHashMap<>();

  @Mixin private final DeviceOption devices = new DeviceOption();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description =
          "Write each output to NAME.npy in this folder, which is made if it is not there. Signs"
              + " of names other than letters, digits, dots, - and _ become _.")
  private @Nullable Path output;

  @Option(
      names = "--time",
      paramLabel = "N",
      converter = FromOne.class,
      description = "Run N times more, and print what a run takes from arrays to arrays.")
  private @Nullable Integer times;

  RunCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    OnnxModel model = OnnxFile.read(file);
    model.requireUsable();
    Map<String, Value> fed = new LinkedHashMap<>();
    inputs.forEach((name, path) -> fed.put(name, NpyFile.read(path)));
    Path folder = output == null ? null : folder(output);
    try (Engine engine = Engine.open(devices.names());
        OnnxSession session = OnnxSession.on(engine, model)) {
      SequencedMap<String, Value> outputs = session.runValues(fed);
      Set<String> taken = new HashSet<>();
      outputs.forEach((name, value) -> {
        if (!(value instanceof Value.Dense dense)) {
          console.line("%s: %s".formatted(name, value.describe()));
          return;
        }
        if (folder == null) {
          console.line("%s: %s = %s".formatted(name, dense.describe(), elements(dense)));
        } else {
          Path to = folder.resolve(fileName(name, taken));
          NpyFile.write(to, dense);
          console.line("%s: %s in %s".formatted(name, dense.describe(), to));
        }
      });
      if (times != null) {
        time(session, fed, times);
      }
    }
    return ExitStatus.OK;
  }

  private static Path folder(Path folder) {
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new MistakeException(
          "--output %s: there can be no such folder: %s".formatted(folder, e), "another name");
    }
  }

  private static String fileName(String output, Set<String> taken) {
    String plain = output.replaceAll("[^A-Za-z0-9._-]", "_");
    String name = plain;
    for (int i = 2; !taken.add(name); i++) {
      name = plain + "_" + i;
    }
    return name + ".npy";
  }

  /// The first elements.
  private static String elements(Value.Dense dense) {
    Tensor tensor = Objects.requireNonNull(dense.tensor());
    long size = tensor.type().size();
    boolean real = tensor.type().dtype().isFloat();
    return LongStream.range(0, Math.min(size, SHOWN))
        .mapToObj(i -> real ? "%.6g".formatted(tensor.at(i)) : String.valueOf(tensor.longAt(i)))
        .collect(Collectors.joining(" ", "", size > SHOWN ? " ..." : ""));
  }

  private void time(OnnxSession session, Map<String, Value> fed, int runs) {
    double[] seconds = new double[runs];
    for (int i = 0; i < runs; i++) {
      long start = System.nanoTime();
      session.runValues(fed);
      seconds[i] = (System.nanoTime() - start) * 1e-9;
    }
    Arrays.sort(seconds);
    console.line(
        "%d runs: median %.3f ms, fastest %.3f ms"
            .formatted(runs, seconds[runs / 2] * 1e3, seconds[0] * 1e3));
  }
}
