package org.tombolo.cpu.kernel;

/// Generated code for part of a loop's body: a loop over vectors of points that keeps values in
/// registers. Made by [StageWriter].
interface Stage {
  /// Computes consecutive points.
  ///
  /// @param on what is read and written
  /// @param at first element of the working arrays
  /// @param n how many points
  void run(StageOperands on, int at, int n);
}
