package org.tombolo.kernels;

import java.util.List;
import java.util.function.Consumer;

/// One work-item of a launch: where it is, and the barrier of its group. What a [Kernel] is handed;
/// it is used there only, as `item.globalId(0)` and the like.
///
/// Dimensions count from 0 and the last one is the fastest. Without an argument, an id is that
/// among all, counted in row-major order.
public final class Item {
  private final int rank;
  private final int[] global;
  private final int[] local;
  private final Consumer<Item> barrier;
  private final int[] globalId;
  private final int[] localId;
  private final int[] groupId;

  Item(Range range, Consumer<Item> barrier) {
    this.rank = range.rank();
    this.global = ints(range.global());
    this.local =
        range.local().isEmpty()
            ? ints(range.global().stream().map(_ -> 1L).toList())
            : ints(range.local());
    this.barrier = barrier;
    this.globalId = new int[rank];
    this.localId = new int[rank];
    // Without groups each work-item is one.
    this.groupId = range.local().isEmpty() ? globalId : new int[rank];
  }

  private static int[] ints(List<Long> extents) {
    return extents.stream().mapToInt(Math::toIntExact).toArray();
  }

  /// Goes to a work-item.
  ///
  /// @param group number of the group, row-major
  /// @param inGroup number of the work-item in the group, row-major
  void moveTo(int group, int inGroup) {
    int groupRest = group;
    int rest = inGroup;
    for (int i = rank - 1; i >= 0; i--) {
      int groups = global[i] / local[i];
      groupId[i] = groupRest % groups;
      groupRest /= groups;
      localId[i] = rest % local[i];
      rest /= local[i];
      globalId[i] = groupId[i] * local[i] + localId[i];
    }
  }

  /// Goes to the next work-item in row-major order; where there are groups, goes nowhere that
  /// counts.
  void advance() {
    int i = rank - 1;
    while (++globalId[i] == global[i] && i > 0) {
      globalId[i--] = 0;
    }
  }

  /// Number of dimensions of the range.
  public int rank() {
    return rank;
  }

  /// Place among all work-items along a dimension.
  public int globalId(int dimension) {
    return globalId[dimension];
  }

  /// Place among all work-items, row-major.
  public int globalId() {
    int id = globalId[0];
    for (int i = 1; i < rank; i++) {
      id = id * global[i] + globalId[i];
    }
    return id;
  }

  /// Place in the group along a dimension.
  public int localId(int dimension) {
    return localId[dimension];
  }

  /// Place in the group, row-major.
  public int localId() {
    int id = localId[0];
    for (int i = 1; i < rank; i++) {
      id = id * local[i] + localId[i];
    }
    return id;
  }

  /// Place of the group along a dimension.
  public int groupId(int dimension) {
    return groupId[dimension];
  }

  /// Place of the group, row-major.
  public int groupId() {
    int id = groupId[0];
    for (int i = 1; i < rank; i++) {
      id = id * (global[i] / local[i]) + groupId[i];
    }
    return id;
  }

  /// Work-items along a dimension.
  public int globalRange(int dimension) {
    return global[dimension];
  }

  /// Work-items of a group along a dimension; 1 without groups.
  public int localRange(int dimension) {
    return local[dimension];
  }

  /// Groups along a dimension.
  public int groupRange(int dimension) {
    return global[dimension] / local[dimension];
  }

  /// Waits until all work-items of the group are here; what they wrote before to local memory and
  /// to results is then seen by all of them. All of the group must come to the same barriers: an
  /// item that has ended while others wait is an error on the JVM, and undefined elsewhere.
  public void barrier() {
    barrier.accept(this);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("item [");
    for (int i = 0; i < rank; i++) {
      text.append(i == 0 ? "" : ", ").append(globalId[i]);
    }
    return text.append(']').toString();
  }
}
