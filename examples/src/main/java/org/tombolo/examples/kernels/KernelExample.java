package org.tombolo.examples.kernels;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;
import org.tombolo.scheduler.Engine;

/// A program made of kernels, with an answer that is known otherwise.
public interface KernelExample {
  /// What `tombolo example` calls it.
  String name();

  /// What it computes, in a line.
  String about();

  /// Compiles it for an engine and brings its data there.
  ///
  /// @param scale how much there is to do; 1 for tests, more for measurements
  Run on(Engine engine, int scale);

  /// The same work in plain Java on one thread, on data of its own; empty if that would be another
  /// program.
  ///
  /// @param scale as for [#on]
  Optional<Run> plain(int scale);

  /// Rounds that make up the answer.
  int rounds();

  /// An example that is ready to run.
  interface Run extends AutoCloseable {
    /// Computes a round: a picture, or a step in time.
    void round();

    /// What came out, after all rounds.
    Outcome outcome();

    /// Gives back what it holds; what holds nothing has nothing to do.
    @Override
    default void close() {}
  }

  /// An answer, and how good it is.
  ///
  /// @param what is compared with what
  /// @param error how far apart they are
  /// @param bound what the error must not exceed
  /// @param picture to look at, if there is something to see
  record Outcome(String what, double error, double bound, Optional<BufferedImage> picture) {
    /// Whether the answer is right. An error that is no number is not.
    public boolean passed() {
      return error <= bound;
    }
  }

  /// All examples.
  static List<KernelExample> all() {
    return List.of(
        new Mandelbrot(),
        new NBody(),
        new BlackScholes(),
        new HeatStencil(),
        new Histogram(),
        new MatrixProduct(),
        new CustomLayers());
  }
}
