package org.tombolo.graph;

import java.util.List;
import java.util.stream.IntStream;

/// Which axis of a convolution's operands and result plays which role.
///
/// @param lhsBatch axis of the images that counts images
/// @param lhsFeature axis of the images that is summed over
/// @param lhsSpatial axes of the images that the window slides along
/// @param rhsIn axis of the kernel that is summed over
/// @param rhsOut axis of the kernel that counts output features
/// @param rhsSpatial axes of the kernel that are window positions
/// @param outBatch axis of the result that counts images
/// @param outFeature axis of the result that counts output features
/// @param outSpatial axes of the result that count window places
public record ConvDims(
    int lhsBatch,
    int lhsFeature,
    List<Integer> lhsSpatial,
    int rhsIn,
    int rhsOut,
    List<Integer> rhsSpatial,
    int outBatch,
    int outFeature,
    List<Integer> outSpatial) {

  /// Checks that each of the three is a permutation of `0 .. rank-1`.
  public ConvDims {
    lhsSpatial = List.copyOf(lhsSpatial);
    rhsSpatial = List.copyOf(rhsSpatial);
    outSpatial = List.copyOf(outSpatial);
    requirePermutation("images", lhsBatch, lhsFeature, lhsSpatial);
    requirePermutation("kernel", rhsIn, rhsOut, rhsSpatial);
    requirePermutation("result", outBatch, outFeature, outSpatial);
    if (lhsSpatial.size() != rhsSpatial.size() || lhsSpatial.size() != outSpatial.size()) {
      throw new ShapeException(
          "conv: %d, %d and %d spatial axes for images, kernel and result; need the same number"
              .formatted(lhsSpatial.size(), rhsSpatial.size(), outSpatial.size()),
          "ConvDims.channelsLast(rank)");
    }
  }

  private static void requirePermutation(String what, int a, int b, List<Integer> spatial) {
    int rank = spatial.size() + 2;
    boolean[] seen = new boolean[rank];
    IntStream.concat(IntStream.of(a, b), spatial.stream().mapToInt(Integer::intValue))
        .forEach(axis -> {
          if (axis < 0 || axis >= rank || seen[axis]) {
            throw new ShapeException(
                "conv: axes %d, %d, %s of the %s; need each of 0 to %d once"
                    .formatted(a, b, spatial, what, rank - 1),
                "ConvDims.channelsLast(rank)");
          }
          seen[axis] = true;
        });
  }

  /// Images `[n, spatial.., cin]`, kernel `[spatial.., cin, cout]`, result `[n, spatial.., cout]`.
  public static ConvDims channelsLast(int spatialRank) {
    List<Integer> image = IntStream.range(1, spatialRank + 1).boxed().toList();
    List<Integer> kernel = IntStream.range(0, spatialRank).boxed().toList();
    return new ConvDims(
        0, spatialRank + 1, image, spatialRank, spatialRank + 1, kernel, 0, spatialRank + 1, image);
  }

  /// Number of axes that the window slides along.
  public int spatialRank() {
    return lhsSpatial.size();
  }
}
