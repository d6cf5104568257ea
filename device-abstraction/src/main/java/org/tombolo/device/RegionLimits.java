package org.tombolo.device;

/// How large a fused region may become on a device.
///
/// @param operands inputs and outputs, each of which is an argument of a kernel
/// @param operations what is computed between them, which makes the length of the generated loop
/// @param epilogues whether regions of the form [Kernel.Finished] are wanted: products and
///   convolutions with what is computed of each element of their results
public record RegionLimits(int operands, int operations, boolean epilogues) {
  /// What small devices accept and large ones like: no epilogues.
  public static final RegionLimits USUAL = new RegionLimits(32, 64);

  /// Limits without epilogues.
  public RegionLimits(int operands, int operations) {
    this(operands, operations, false);
  }

  /// Checks that a region of one operation is possible.
  public RegionLimits {
    if (operands < 4 || operations < 1) {
      throw new IllegalArgumentException(
          "limits of regions: %d operands and %d operations; need 4 and 1 at least"
              .formatted(operands, operations));
    }
  }

  /// The same with epilogues.
  public RegionLimits withEpilogues() {
    return new RegionLimits(operands, operations, true);
  }
}
