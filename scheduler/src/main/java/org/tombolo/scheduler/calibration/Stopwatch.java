package org.tombolo.scheduler.calibration;

import java.util.function.DoubleSupplier;

/// The least time that something took. Whatever else the machine does can only make it longer.
final class Stopwatch {
  private final DoubleSupplier clock;
  private double last = Double.POSITIVE_INFINITY;
  private double least = Double.POSITIVE_INFINITY;

  /// @param clock seconds since some moment
  Stopwatch(DoubleSupplier clock) {
    this.clock = clock;
  }

  /// Takes the time of something.
  ///
  /// @param times how often the same thing is done in it
  void time(int times, Runnable work) {
    double start = clock.getAsDouble();
    work.run();
    last = (clock.getAsDouble() - start) / times;
    least = Math.min(least, last);
  }

  /// How much longer the last sample took than the shortest one, as a factor.
  double spread() {
    return least > 0 ? last / least : 1;
  }

  /// The least time so far of doing the thing once, in seconds.
  double seconds() {
    return least;
  }
}
