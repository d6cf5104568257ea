package org.tombolo.cpu.kernel;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// A loop's body as one step per operation.
///
/// A loop is interpreted as column stores interpret queries (Boncz, Zukowski and Nes,
/// *MonetDB/X100: hyper-pipelining query execution*, CIDR 2005): each operation runs over some
/// hundred points at once, from and to arrays that stay in the first-level cache, so that memory is
/// read and written once, as in a loop compiled for the purpose, while the cost of stepping from
/// operation to operation is spread over the run. Arrays are shared by values that are not needed
/// at the same time.
final class Interpretation {
  private final LoopSpace space;
  private final int[] slot;
  private final Map<Lane, Integer> slots = new EnumMap<>(Lane.class);

  private Interpretation(LoopSpace space) {
    this.space = space;
    this.slot = new int[space.values()];
  }

  /// @param longest most points of a run
  static LoopProgram of(LoopSpace space, int longest) {
    return new Interpretation(space).build(longest);
  }

  private LoopProgram build(int longest) {
    List<Step> constants = new ArrayList<>();
    List<Step> steps = new ArrayList<>();
    LoopSteps made = new LoopSteps(space, slot);
    int[] lastUse = lastUses();
    Map<Lane, List<Integer>> free = new EnumMap<>(Lane.class);
    for (int value = 0; value < slot.length; value++) {
      // Operands that are not needed again make room for the result.
      for (int operand : space.operands(value)) {
        if (lastUse[operand] == value && !space.isLiteral(operand)) {
          List<Integer> freed = places(free, operand);
          if (!freed.contains(slot[operand])) {
            freed.add(slot[operand]);
          }
        }
      }
      List<Integer> places = places(free, value);
      boolean reuse = !places.isEmpty() && !space.isLiteral(value);
      slot[value] =
          reuse ? places.removeLast() : slots.merge(space.lane(value), 1, Integer::sum) - 1;
      (space.isLiteral(value) ? constants : steps).add(made.step(value));
    }
    boolean[] stored = new boolean[space.loop.stores().size()];
    return new LoopProgram(
        space, slots, slot, constants, steps, made.walkStrides(), longest, stored);
  }

  private List<Integer> places(Map<Lane, List<Integer>> free, int value) {
    return free.computeIfAbsent(space.lane(value), lane -> new ArrayList<>());
  }

  /// For each value, the last one that reads it; past the end for those that are stored.
  private int[] lastUses() {
    int[] last = new int[slot.length];
    for (int value = 0; value < slot.length; value++) {
      last[value] = value;
      for (int operand : space.operands(value)) {
        last[operand] = value;
      }
    }
    space.loop.stores().forEach(value -> last[value] = slot.length);
    return last;
  }
}
