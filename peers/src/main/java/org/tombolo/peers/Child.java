package org.tombolo.peers;

import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/// One workload on one engine, in a process of its own: prints a [Measurement] as its last line.
final class Child {
  private static final int WARM_STEPS = 5;
  private static final int LEAST_STEPS = 20;
  private static final int MOST_STEPS = 200_000;
  private static final int MOST_WHILES = 30;

  private Child() {}

  /// @param args name of the engine, the workload, and seconds to warm up and then to measure
  public static void main(String[] args) {
    String line;
    try {
      Peer peer = Peers.open(args[0]);
      Workload workload = Workload.of(args[1]);
      line = measure(peer, workload, Double.parseDouble(args[2])).line();
    } catch (UnsupportedOperationException e) {
      line = Measurement.none(String.valueOf(e.getMessage()));
    } catch (Exception | LinkageError e) {
      e.printStackTrace(System.err);
      line = Measurement.none(e.toString());
    }
    System.out.println(line);
    System.out.flush();
    // What some engines do at exit is slow or crashes.
    Runtime.getRuntime().halt(0);
  }

  private static Measurement measure(Peer peer, Workload workload, double seconds)
      throws Exception {
    Peer.Step step = workload.on(peer);
    step.run();
    long start = ManagementFactory.getRuntimeMXBean().getStartTime();
    long first = System.currentTimeMillis() - start;
    for (int i = 1; i < WARM_STEPS; i++) {
      step.run();
    }
    double digest = step.digest();
    long limit = (long) (seconds * 1e9);
    warmUp(step, limit);
    long[] times = new long[MOST_STEPS];
    int steps = 0;
    long begun = System.nanoTime();
    for (long last = begun;
        steps < LEAST_STEPS || (last - begun < limit && steps < MOST_STEPS);
        steps++) {
      step.run();
      long now = System.nanoTime();
      times[steps] = now - last;
      last = now;
    }
    long[] sorted = Arrays.copyOf(times, steps);
    Arrays.sort(sorted);
    return new Measurement(
        sorted[steps / 2] * 1e-6, sorted[0] * 1e-6, digest, first, peakMegabytes(), peer.version());
  }

  /// Runs steps for a while, and again as long as the JVM compiled for a tenth of that while.
  private static void warmUp(Peer.Step step, long nanos) throws Exception {
    CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    long compiled;
    int whiles = 0;
    do {
      compiled = -compiler.getTotalCompilationTime();
      for (long begun = System.nanoTime(); System.nanoTime() - begun < nanos; ) {
        step.run();
      }
      compiled += compiler.getTotalCompilationTime();
      whiles++;
    } while (10 * compiled * 1_000_000 > nanos && whiles < MOST_WHILES);
  }

  /// The most memory that this process had.
  private static long peakMegabytes() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("VmHWM"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
          .findFirst()
          .orElse(0);
    }
  }

  /// What a child found.
  ///
  /// @param median of the times of a step, in milliseconds
  /// @param least of them
  /// @param digest of the fifth step's result
  /// @param first milliseconds from the start of the process to the end of its first step
  /// @param peak most memory, in megabytes
  /// @param version of the engine
  record Measurement(
      double median, double least, double digest, long first, long peak, String version) {
    private static final String FOUND = "FOUND";
    private static final String NONE = "NONE";

    static String none(String why) {
      return NONE + "\t" + why.lines().findFirst().orElse("");
    }

    String line() {
      return String.format(
          Locale.ROOT,
          "%s\t%.6f\t%.6f\t%.9g\t%d\t%d\t%s",
          FOUND,
          median,
          least,
          digest,
          first,
          peak,
          version);
    }

    /// Reads what a child printed.
    ///
    /// @throws UnsupportedOperationException with the reason, if there is no measurement
    static Measurement parse(String line) {
      String[] parts = line.split("\t", -1);
      if (!parts[0].equals(FOUND)) {
        throw new UnsupportedOperationException(parts.length > 1 ? parts[1] : line);
      }
      return new Measurement(
          Double.parseDouble(parts[1]),
          Double.parseDouble(parts[2]),
          Double.parseDouble(parts[3]),
          Long.parseLong(parts[4]),
          Long.parseLong(parts[5]),
          parts[6]);
    }
  }
}
