package org.tombolo.kernels;

import java.util.List;
import java.util.stream.LongStream;
import org.tombolo.graph.ShapeException;

/// The work-items of a launch: one to three extents, row-major, so that the last one counts fastest
/// and neighbours along it are neighbours in memory.
///
/// @param global work-items along each dimension
/// @param local work-items of a group along each dimension, of which `global` are multiples; empty
///   if the device may choose, and then there are no barriers and no local memory
/// @param checked whether indices are checked on every device and errors name work-item, accessor
///   and index; otherwise they are where that is free
public record Range(List<Long> global, List<Long> local, boolean checked) {
  /// Property that makes every range checked.
  public static final String DEBUG_PROPERTY = "tombolo.kernels.debug";

  private static final int MOST_DIMENSIONS = 3;

  /// Most work-items of a group: all that OpenCL devices have in common is less, but few give less
  /// than 256.
  private static final long LARGEST_GROUP = 1024;

  /// Checks the extents.
  ///
  /// @throws ShapeException if they do not fit each other, or count more than 2^31 - 1 work-items
  public Range {
    global = List.copyOf(global);
    local = List.copyOf(local);
    checked = checked || Boolean.getBoolean(DEBUG_PROPERTY);
    requireThat(
        !global.isEmpty() && global.size() <= MOST_DIMENSIONS,
        "range: %s has %d dimensions; need one to three".formatted(global, global.size()),
        "several indices in one, taken apart with / and %");
    requireThat(
        global.stream().allMatch(extent -> extent >= 0 && extent <= Integer.MAX_VALUE),
        "range: extents are %s; need 0 to 2^31 - 1".formatted(global),
        "the shape of an operand");
    requireThat(
        Math.multiplyHigh(product(global.subList(0, global.size() - 1)), global.getLast()) == 0
            && product(global) <= Integer.MAX_VALUE,
        "range: %s has more than 2^31 - 1 work-items".formatted(global),
        "a loop inside each work-item");
    requireThat(
        local.isEmpty() || (local.size() == global.size() && divides(local, global)),
        "range: groups of %s in %s; need as many extents, each a divisor".formatted(local, global),
        "extents rounded up, and work-items beyond the data that do nothing");
    requireThat(
        product(local) <= LARGEST_GROUP,
        "range: groups of %s have %d work-items; need at most %d"
            .formatted(local, product(local), LARGEST_GROUP),
        "smaller groups");
  }

  /// Work-items along one to three dimensions.
  public static Range of(long... global) {
    return new Range(LongStream.of(global).boxed().toList(), List.of(), false);
  }

  /// The same work-items in groups that share local memory and barriers.
  ///
  /// @param local extents of a group, as many as the range has
  public Range inGroupsOf(long... local) {
    return new Range(global, LongStream.of(local).boxed().toList(), checked);
  }

  /// The same range with all indices checked, on every device.
  public Range withChecks() {
    return new Range(global, local, true);
  }

  /// The smallest multiple of `group` that is at least `count`.
  public static long roundUp(long count, long group) {
    return Math.ceilDiv(count, group) * group;
  }

  /// All work-items.
  public long items() {
    return product(global);
  }

  /// Number of dimensions.
  public int rank() {
    return global.size();
  }

  private static long product(List<Long> extents) {
    return extents.stream().reduce(1L, (a, b) -> a * b);
  }

  private static boolean divides(List<Long> local, List<Long> global) {
    for (int i = 0; i < local.size(); i++) {
      if (local.get(i) < 1 || global.get(i) % local.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  private static void requireThat(boolean fits, String problem, String remedy) {
    if (!fits) {
      throw new ShapeException(problem, remedy);
    }
  }

  @Override
  public String toString() {
    return global
        + (local.isEmpty() ? "" : " in groups of " + local)
        + (checked ? " with checks" : "");
  }
}
