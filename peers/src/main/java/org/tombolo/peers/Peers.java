package org.tombolo.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tombolo.peers.Child.Measurement;

/// Runs workloads on engines by turns, each time in a process of its own, so that nobody's threads
/// or memory disturb another's; compares the answers and prints a table of times.
///
/// Options: `--engines a,b`, `--workloads x,y`, `--rounds N` (3), `--seconds S` (2: at least as
/// long warms up each process, and is then measured), `--output FILE` for the table.
public final class Peers {
  private static final List<String> ENGINES =
      List.of(
          "tombolo-cpu",
          "tombolo-onednn",
          "tombolo-opencl",
          "pytorch",
          "tensorflow",
          "tensorflow-xla",
          "onnxruntime");

  private Peers() {}

  static Peer open(String engine) {
    return switch (engine) {
      case "tombolo-cpu", "tombolo-onednn" -> new TomboloPeer("cpu");
      case "tombolo-opencl" -> new TomboloPeer("opencl");
      case "pytorch" -> new PyTorchPeer();
      case "tensorflow", "tensorflow-xla" -> new TensorFlowPeer();
      case "onnxruntime" -> new OnnxRuntimePeer();
      default ->
          throw new IllegalArgumentException(
              "no engine \"%s\"; need one of %s".formatted(engine, ENGINES));
    };
  }

  /// Prints the table; ends with 1 if answers differ, or if we have none.
  public static void main(String[] args) throws IOException, InterruptedException {
    List<String> engines = ENGINES;
    List<Workload> workloads = List.of(Workload.values());
    int rounds = 3;
    String seconds = "2";
    Path output = null;
    for (int i = 0; i < args.length; i += 2) {
      if (i + 1 == args.length) {
        throw new IllegalArgumentException("option \"%s\" needs a value".formatted(args[i]));
      }
      String value = args[i + 1];
      switch (args[i]) {
        case "--engines" -> engines = List.of(value.split(","));
        case "--workloads" ->
            workloads = Arrays.stream(value.split(",")).map(Workload::of).toList();
        case "--rounds" -> rounds = Integer.parseInt(value);
        case "--seconds" -> seconds = value;
        case "--output" -> output = Path.of(value);
        default ->
            throw new IllegalArgumentException(
                "no option \"%s\"; there are --engines, --workloads, --rounds, --seconds, --output"
                    .formatted(args[i]));
      }
    }
    Table table = new Table(engines);
    for (Workload workload : workloads) {
      for (int round = 0; round < rounds; round++) {
        for (String engine : engines) {
          try {
            Measurement found = Measurement.parse(fork(engine, workload, seconds));
            table.add(workload, engine, found);
            System.err.printf(
                "%s\t%s\t%.4f ms\tdigest %.7g%n",
                workload.label(), engine, found.median(), found.digest());
          } catch (UnsupportedOperationException e) {
            table.lack(workload, engine, String.valueOf(e.getMessage()));
            System.err.printf("%s\t%s\t%s%n", workload.label(), engine, e.getMessage());
          }
        }
      }
    }
    String text = table.text(rounds, seconds);
    System.out.print(text);
    if (output != null) {
      Files.writeString(output, text);
    }
    if (!table.mistakes().isEmpty()) {
      table.mistakes().forEach(System.err::println);
      System.exit(1);
    }
  }

  private static String fork(String engine, Workload workload, String seconds)
      throws IOException, InterruptedException {
    return ChildProcess.lastLine(
        Child.class,
        List.of(
            "-Xmx4g",
            "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
            "-Dtombolo.cpu.threads=" + Peer.THREADS,
            "-Dtombolo.cpu.providers=" + (engine.equals("tombolo-onednn") ? "measure" : "off")),
        environment(engine),
        List.of(engine, workload.label(), seconds));
  }

  /// Without these settings the C library gives large arrays back to the system now and then, and
  /// times of one engine differ fivefold from process to process.
  private static Map<String, String> environment(String engine) {
    Map<String, String> environment = new LinkedHashMap<>();
    for (String library : List.of("OMP", "OPENBLAS", "MKL")) {
      environment.put(library + "_NUM_THREADS", String.valueOf(Peer.THREADS));
    }
    environment.put("MALLOC_ARENA_MAX", "1");
    environment.put("MALLOC_MMAP_THRESHOLD_", String.valueOf(1L << 32));
    environment.put("MALLOC_TRIM_THRESHOLD_", String.valueOf(1L << 34));
    environment.put("TF_CPP_MIN_LOG_LEVEL", "2");
    if (engine.equals("tensorflow-xla")) {
      environment.put("TF_XLA_FLAGS", "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit");
    }
    return environment;
  }
}
