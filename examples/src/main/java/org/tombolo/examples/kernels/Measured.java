package org.tombolo.examples.kernels;

import java.util.Arrays;
import java.util.Optional;
import org.tombolo.device.ByteMeter;
import org.tombolo.examples.kernels.KernelExample.Outcome;
import org.tombolo.scheduler.Engine;

/// An example that was run: its answer, what a round took, and what crossed to devices and back.
///
/// @param outcome the answer
/// @param seconds median of the rounds, without the first
/// @param up bytes to devices in all rounds
/// @param down bytes from devices in all rounds
public record Measured(Outcome outcome, double seconds, long up, long down) {
  /// Runs all rounds of an example on an engine.
  ///
  /// @param scale how much there is to do
  public static Measured of(KernelExample example, Engine engine, int scale) {
    ByteMeter meter = engine.meter();
    try (KernelExample.Run run = example.on(engine, scale)) {
      long up = meter.up();
      long down = meter.down();
      double seconds = median(run::round, example.rounds());
      long upAfter = meter.up() - up;
      long downAfter = meter.down() - down;
      return new Measured(run.outcome(), seconds, upAfter, downAfter);
    }
  }

  /// Runs all rounds of an example in plain Java; empty if there is no such program.
  ///
  /// @param scale how much there is to do
  public static Optional<Measured> plain(KernelExample example, int scale) {
    return example
        .plain(scale)
        .map(run -> {
          try (run) {
            double seconds = median(run::round, example.rounds());
            return new Measured(run.outcome(), seconds, 0, 0);
          }
        });
  }

  /// Median of what so many rounds take; the first one counts if it is alone.
  private static double median(Runnable round, int rounds) {
    double[] seconds = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      long start = System.nanoTime();
      round.run();
      seconds[i] = (System.nanoTime() - start) * 1e-9;
    }
    double[] later = rounds > 1 ? Arrays.copyOfRange(seconds, 1, rounds) : seconds;
    Arrays.sort(later);
    return later[later.length / 2];
  }
}
