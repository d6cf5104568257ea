package org.tombolo.peers.kernels;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.tombolo.examples.kernels.KernelExample;
import org.tombolo.examples.kernels.KernelExample.Outcome;

/// An example on one engine, in a process of its own: prints what it found as its last line.
///
/// First come the rounds that make up the answer: it is judged, and bytes are counted, those of the
/// start included. Then rounds are timed.
final class KernelChild {
  private static final int LEAST_ROUNDS = 5;
  private static final int MOST_ROUNDS = 100_000;

  /// Kept, or its level is forgotten.
  private static final Logger APARAPI = Logger.getLogger("com.aparapi");

  private KernelChild() {}

  /// What was found.
  ///
  /// @param milliseconds median of the rounds
  /// @param processor milliseconds of processor time of a round, of all threads
  /// @param error of the answer
  /// @param bound that the error must not exceed
  /// @param up bytes to the device before and in the rounds of the answer
  /// @param down bytes from the device in these rounds
  /// @param where who ran it
  record Found(
      double milliseconds,
      double processor,
      double error,
      double bound,
      long up,
      long down,
      String where) {
    private static final String MARK = "FOUND";
    private static final String NONE = "NONE";

    boolean isRight() {
      return error <= bound;
    }

    String line() {
      return String.format(
          Locale.ROOT,
          "%s\t%.6f\t%.6f\t%g\t%g\t%d\t%d\t%s",
          MARK,
          milliseconds,
          processor,
          error,
          bound,
          up,
          down,
          where);
    }

    /// Reads what a child printed.
    ///
    /// @throws UnsupportedOperationException with the reason, if there is nothing
    static Found parse(String line) {
      List<String> parts = List.of(line.split("\t", -1));
      if (!parts.getFirst().equals(MARK)) {
        throw new UnsupportedOperationException(parts.getLast());
      }
      return new Found(
          Double.parseDouble(parts.get(1)),
          Double.parseDouble(parts.get(2)),
          Double.parseDouble(parts.get(3)),
          Double.parseDouble(parts.get(4)),
          Long.parseLong(parts.get(5)),
          Long.parseLong(parts.get(6)),
          parts.get(7));
    }
  }

  /// @param args the engine, the example, the scale, seconds to warm up and then to measure
  public static void main(String[] args) {
    APARAPI.setLevel(Level.SEVERE);
    String line;
    try (CountedRun run = KernelPeers.open(args[0], args[1], Integer.parseInt(args[2]))) {
      line = measured(run, KernelPeers.example(args[1]), Double.parseDouble(args[3])).line();
    } catch (UnsupportedOperationException e) {
      line = Found.NONE + "\t" + e.getMessage();
    } catch (RuntimeException | Error e) { // whatever it is, it is a line of the table
      e.printStackTrace(System.err);
      line = Found.NONE + "\t" + e.toString().lines().findFirst().orElse("");
    }
    System.out.println(line);
    System.out.flush();
    Runtime.getRuntime().halt(0); // native libraries have their own ways to end
  }

  private static Found measured(CountedRun run, KernelExample example, double seconds) {
    for (int i = 0; i < example.rounds(); i++) {
      run.round();
    }
    long up = run.up();
    long down = run.down();
    Outcome outcome = run.outcome();
    double[] times = new double[MOST_ROUNDS];
    timed(run, seconds, times);
    long processor = processorNanos();
    int count = timed(run, seconds, times);
    processor = processorNanos() - processor;
    Arrays.sort(times, 0, count);
    return new Found(
        times[count / 2] * 1e3,
        processor * 1e-6 / count,
        outcome.error(),
        outcome.bound(),
        up,
        down,
        run.where());
  }

  private static long processorNanos() {
    return ProcessHandle.current().info().totalCpuDuration().map(Duration::toNanos).orElse(0L);
  }

  private static int timed(CountedRun run, double seconds, double[] times) {
    long limit = (long) (seconds * 1e9);
    long begun = System.nanoTime();
    long last = begun;
    int count = 0;
    while (count < MOST_ROUNDS && (count < LEAST_ROUNDS || last - begun < limit)) {
      run.round();
      long now = System.nanoTime();
      times[count++] = (now - last) * 1e-9;
      last = now;
    }
    return count;
  }
}
