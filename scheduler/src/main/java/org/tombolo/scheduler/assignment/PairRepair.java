package org.tombolo.scheduler.assignment;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Moves operations of a placement until its memory fits, and then as long as that makes it
/// cheaper: single groups of operations, and pairs of groups. For graphs with few groups.
final class PairRepair implements Repair {
  /// Placements that are looked at in all repairs, times the operations that each has.
  private static final long MOST_WORK = 4_000_000;

  /// Another device for one group or two.
  private record Move(int group, int device, int other, int otherDevice) {
    static final int NONE = -1;
  }

  private final AssignmentProblem problem;
  private final MemoryUse memory;
  private final List<Long> limits;
  private final List<List<Integer>> groups;
  private long looks;

  /// The placement that goes over the limits least, of those that could not be repaired.
  private int @Nullable [] nearest;

  private long nearestExcess = Long.MAX_VALUE;

  PairRepair(AssignmentProblem problem, MemoryUse memory, List<Long> limits) {
    this.problem = problem;
    this.memory = memory;
    this.limits = limits;
    this.groups = List.copyOf(problem.groups());
  }

  @Override
  public Optional<int[]> repaired(int[] start) {
    int[] homes = start.clone();
    long excess = excess(homes);
    while (excess > 0) {
      Optional<int[]> moved = lessExcess(homes, excess);
      if (moved.isEmpty()) {
        if (excess < nearestExcess) {
          nearestExcess = excess;
          nearest = homes;
        }
        return Optional.empty();
      }
      homes = moved.get();
      excess = excess(homes);
    }
    for (Optional<int[]> better = cheaper(homes); better.isPresent(); better = cheaper(homes)) {
      homes = better.get();
    }
    return Optional.of(homes);
  }

  @Override
  public int[] leastExcess() {
    return Objects.requireNonNull(nearest);
  }

  private long excess(int[] homes) {
    List<MemoryUse.Peak> peaks = memory.peaks(homes);
    long excess = 0;
    for (int device = 0; device < limits.size(); device++) {
      excess += Math.max(0, peaks.get(device).bytes() - limits.get(device));
    }
    return excess;
  }

  /// The move that lessens the excess at the least cost per byte, made; empty if there is none.
  private Optional<int[]> lessExcess(int[] homes, long excess) {
    int[] best = null;
    double bestPrice = Double.POSITIVE_INFINITY;
    long cost = problem.cost(homes);
    for (Move move : moves(homes)) {
      if (looks++ * homes.length > MOST_WORK) {
        break;
      }
      int[] moved = moved(homes, move);
      long less = excess - excess(moved);
      if (less > 0) {
        long dearer = problem.cost(moved) - cost;
        double price = dearer > 0 ? (double) dearer / less : -1.0 * less; // free ones first
        if (price < bestPrice) {
          bestPrice = price;
          best = moved;
        }
      }
    }
    return Optional.ofNullable(best);
  }

  /// The move that saves most and still fits, made; empty if there is none.
  private Optional<int[]> cheaper(int[] homes) {
    int[] best = null;
    long bestCost = problem.cost(homes);
    for (Move move : moves(homes)) {
      if (looks++ * homes.length > MOST_WORK) {
        break;
      }
      int[] moved = moved(homes, move);
      long cost = problem.cost(moved);
      if (cost < bestCost && excess(moved) == 0) {
        bestCost = cost;
        best = moved;
      }
    }
    return Optional.ofNullable(best);
  }

  private List<Move> moves(int[] homes) {
    List<Move> single = new ArrayList<>();
    for (int group = 0; group < groups.size(); group++) {
      for (int device = 0; device < problem.devices(); device++) {
        boolean isElsewhere = homes[groups.get(group).getFirst()] != device;
        if (isElsewhere
            && problem.cost(groups.get(group), device) != AssignmentProblem.IMPOSSIBLE) {
          single.add(new Move(group, device, Move.NONE, Move.NONE));
        }
      }
    }
    List<Move> all = new ArrayList<>(single);
    for (int i = 0; i < single.size(); i++) {
      for (int j = i + 1; j < single.size(); j++) {
        Move a = single.get(i);
        Move b = single.get(j);
        if (a.group() != b.group()) {
          all.add(new Move(a.group(), a.device(), b.group(), b.device()));
        }
      }
    }
    return all;
  }

  private int[] moved(int[] homes, Move move) {
    int[] moved = homes.clone();
    groups.get(move.group()).forEach(i -> moved[i] = move.device());
    if (move.other() != Move.NONE) {
      groups.get(move.other()).forEach(i -> moved[i] = move.otherDevice());
    }
    return moved;
  }
}
