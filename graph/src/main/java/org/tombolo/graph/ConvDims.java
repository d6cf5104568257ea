package org.tombolo.graph;

import java.util.List;
import java.util.Optional;
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
/// @param group axes that count groups, if there are groups: convolutions of their own, side by
///   side, each with its features of the images and its part of the kernel
public record ConvDims(
    int lhsBatch,
    int lhsFeature,
    List<Integer> lhsSpatial,
    int rhsIn,
    int rhsOut,
    List<Integer> rhsSpatial,
    int outBatch,
    int outFeature,
    List<Integer> outSpatial,
    Optional<Group> group) {

  /// The axes that count groups.
  ///
  /// @param lhs of the images
  /// @param rhs of the kernel
  /// @param out of the result
  public record Group(int lhs, int rhs, int out) {}

  /// Roles without groups.
  public ConvDims(
      int lhsBatch,
      int lhsFeature,
      List<Integer> lhsSpatial,
      int rhsIn,
      int rhsOut,
      List<Integer> rhsSpatial,
      int outBatch,
      int outFeature,
      List<Integer> outSpatial) {
    this(
        lhsBatch,
        lhsFeature,
        lhsSpatial,
        rhsIn,
        rhsOut,
        rhsSpatial,
        outBatch,
        outFeature,
        outSpatial,
        Optional.empty());
  }

  /// Checks that each of the three is a permutation of `0 .. rank-1`.
  public ConvDims {
    lhsSpatial = List.copyOf(lhsSpatial);
    rhsSpatial = List.copyOf(rhsSpatial);
    outSpatial = List.copyOf(outSpatial);
    requirePermutation("images", lhsBatch, lhsFeature, lhsSpatial, group.map(Group::lhs));
    requirePermutation("kernel", rhsIn, rhsOut, rhsSpatial, group.map(Group::rhs));
    requirePermutation("result", outBatch, outFeature, outSpatial, group.map(Group::out));
    if (lhsSpatial.size() != rhsSpatial.size() || lhsSpatial.size() != outSpatial.size()) {
      throw new ShapeException(
          "conv: %d, %d and %d spatial axes for images, kernel and result; need the same number"
              .formatted(lhsSpatial.size(), rhsSpatial.size(), outSpatial.size()),
          "ConvDims.channelsLast(rank)");
    }
  }

  private static void requirePermutation(
      String what, int a, int b, List<Integer> spatial, Optional<Integer> group) {
    IntStream axes =
        IntStream.concat(
            IntStream.concat(IntStream.of(a, b), group.stream().mapToInt(Integer::intValue)),
            spatial.stream().mapToInt(Integer::intValue));
    int rank = spatial.size() + 2 + (group.isPresent() ? 1 : 0);
    boolean[] seen = new boolean[rank];
    axes.forEach(axis -> {
      if (axis < 0 || axis >= rank || seen[axis]) {
        throw new ShapeException(
            "conv: axes %d, %d, %s%s of the %s; need each of 0 to %d once"
                .formatted(
                    a, b, spatial, group.map(g -> ", group " + g).orElse(""), what, rank - 1),
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

  /// Images `[n, spatial.., groups, cin]`, kernel `[spatial.., cin, groups, cout]`, result `[n,
  /// spatial.., groups, cout]`: what images and kernels with channels last become when the channels
  /// are reshaped into groups.
  public static ConvDims groupedChannelsLast(int spatialRank) {
    List<Integer> image = IntStream.range(1, spatialRank + 1).boxed().toList();
    List<Integer> kernel = IntStream.range(0, spatialRank).boxed().toList();
    int last = spatialRank + 2;
    return new ConvDims(
        0,
        last,
        image,
        spatialRank,
        last,
        kernel,
        0,
        last,
        image,
        Optional.of(new Group(spatialRank + 1, spatialRank + 1, spatialRank + 1)));
  }

  /// Number of axes of images, kernel and result.
  public int rank() {
    return lhsSpatial.size() + 2 + (group.isPresent() ? 1 : 0);
  }

  /// Number of axes that the window slides along.
  public int spatialRank() {
    return lhsSpatial.size();
  }
}
