package org.tombolo.scheduler.calibration;

/// The share of a device's rates that a family of operations reaches. It may be above 1: the
/// arithmetic rate is what a fused loop reaches, and there may be faster ways to a matrix product.
///
/// @param arithmetic share of the arithmetic rate
/// @param memory share of the rate at which memory streams
public record Efficiency(double arithmetic, double memory) {
  /// All of both.
  public static final Efficiency FULL = new Efficiency(1, 1);
}
