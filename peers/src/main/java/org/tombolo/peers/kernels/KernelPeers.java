package org.tombolo.peers.kernels;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.tombolo.examples.kernels.KernelExample;
import org.tombolo.peers.ChildProcess;
import org.tombolo.peers.kernels.KernelChild.Found;

/// Runs the examples of kernels by turns in plain Java, on the worker team, on our OpenCL device
/// and on Aparapi's executor on the same device, each time in a process of its own, so that a crash
/// of one is a line in the table of all; judges the answers and prints times and bytes.
///
/// Options: `--examples a,b`, `--engines x,y`, `--rounds N` (3 processes for each), `--seconds S`
/// (1: so long each process warms up, and is then measured), `--scale N` (4), `--output FILE`.
public final class KernelPeers {
  static final String PLAIN = "plain-java";
  private static final List<String> ENGINES =
      List.of(PLAIN, "tombolo-cpu", "tombolo-opencl", "aparapi", "aparapi-explicit");

  private KernelPeers() {}

  static KernelExample example(String name) {
    return KernelExample.all().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "no example \"%s\"; need one of %s".formatted(name, names())));
  }

  private static List<String> names() {
    return KernelExample.all().stream().map(KernelExample::name).toList();
  }

  static CountedRun open(String engine, String name, int scale) {
    KernelExample example = example(name);
    return switch (engine) {
      case PLAIN -> PlainRun.of(example, scale);
      case "tombolo-cpu" -> new TomboloRun(example, "cpu", scale);
      case "tombolo-opencl" -> new TomboloRun(example, "opencl", scale);
      case "aparapi" -> AparapiExamples.of(name, scale, false);
      case "aparapi-explicit" -> AparapiExamples.of(name, scale, true);
      default ->
          throw new IllegalArgumentException(
              "no engine \"%s\"; need one of %s".formatted(engine, ENGINES));
    };
  }

  /// Prints the tables; ends with 1 if an answer is wrong.
  public static void main(String[] args) throws IOException, InterruptedException {
    List<String> engines = ENGINES;
    List<String> examples = names();
    int rounds = 3;
    int scale = 4;
    String seconds = "1";
    Path output = null;
    for (int i = 0; i < args.length; i += 2) {
      if (i + 1 == args.length) {
        throw new IllegalArgumentException("option \"%s\" needs a value".formatted(args[i]));
      }
      String value = args[i + 1];
      switch (args[i]) {
        case "--engines" -> engines = List.of(value.split(","));
        case "--examples" -> examples = List.of(value.split(","));
        case "--rounds" -> rounds = Integer.parseInt(value);
        case "--scale" -> scale = Integer.parseInt(value);
        case "--seconds" -> seconds = value;
        case "--output" -> output = Path.of(value);
        default ->
            throw new IllegalArgumentException(
                "no option \"%s\"; there are --engines, --examples, --rounds, --scale, --seconds, --output"
                    .formatted(args[i]));
      }
    }
    KernelTable table = new KernelTable(examples, engines);
    for (String example : examples) {
      for (int round = 0; round < rounds; round++) {
        for (String engine : engines) {
          try {
            Found found =
                Found.parse(
                    ChildProcess.lastLine(
                        KernelChild.class,
                        List.of("-Xmx2g"),
                        Map.of(),
                        List.of(engine, example, String.valueOf(scale), seconds)));
            table.add(example, engine, found);
            System.err.printf(
                "%s\t%s\t%.4f ms\terror %.3g%n",
                example, engine, found.milliseconds(), found.error());
          } catch (UnsupportedOperationException e) {
            table.lack(example, engine, String.valueOf(e.getMessage()));
            System.err.printf("%s\t%s\t%s%n", example, engine, e.getMessage());
          }
        }
      }
    }
    String text = table.text(rounds, scale);
    System.out.print(text);
    if (output != null) {
      Files.writeString(output, text);
    }
    if (!table.mistakes().isEmpty()) {
      table.mistakes().forEach(System.err::println);
      System.exit(1);
    }
  }
}
