package org.tombolo.scheduler.calibration;

/// What operations of a family make of a device's rates.
///
/// @param startSeconds what starting one takes beyond a launch: further kernels, threads that have
///   to be woken
/// @param arithmetic share of the arithmetic rate; above 1 where there is a faster way to a sum of
///   products than the fused loop that the rate is taken from
/// @param memory share of the rate at which memory streams; above 1 for what caches hold
public record Efficiency(double startSeconds, double arithmetic, double memory) {
  /// All of both, at once.
  public static final Efficiency FULL = new Efficiency(0, 1, 1);
}
