package org.tombolo.scheduler.assignment;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Moves groups of operations of a placement until its memory fits, and then as long as that makes
/// it cheaper: groups that have room where they would be cheaper, and groups that others make room
/// for by moving away (an ejection chain; Glover, *Ejection chains, reference structures and
/// alternating path methods for traveling salesman problems*, 1996). For graphs that are too large
/// to look at pairs.
final class ChainRepair implements Repair {
  /// What is looked at until a placement that fits is improved no more, and for all placements.
  private static final long MOST_WORK = 30_000_000;

  private static final long MOST_WORK_IN_ALL = 300_000_000;

  /// Moves in a chain.
  private static final int MOST_CHAINED = 8;

  /// How much dearer a move may have become since it was looked at.
  private static final double DEARER = 1.5;

  /// Another device for a group.
  ///
  /// @param price cost for what it frees, or what it saves if it is cheaper there
  private record Move(int group, int device, double price) {}

  private final AssignmentProblem problem;
  private final MemoryUse memory;
  private final List<Long> limits;
  private final List<List<Integer>> groups;
  private final int[] groupOf;
  private long workInAll;

  /// The placement that goes over the limits least, of those that could not be repaired.
  private int @Nullable [] nearest;

  private long nearestExcess = Long.MAX_VALUE;

  ChainRepair(AssignmentProblem problem, MemoryUse memory, List<Long> limits) {
    this.problem = problem;
    this.memory = memory;
    this.limits = limits;
    this.groups = List.copyOf(problem.groups());
    this.groupOf = new int[problem.operations()];
    for (int group = 0; group < groups.size(); group++) {
      for (int operation : groups.get(group)) {
        groupOf[operation] = group;
      }
    }
  }

  @Override
  public Optional<int[]> repaired(int[] start) {
    MemoryMoves moves = new MemoryMoves(problem, memory, limits, start);
    boolean fits = moves.excess() == 0 || (workInAll < MOST_WORK_IN_ALL && fit(moves));
    if (fits) {
      improve(moves);
    } else if (moves.peakExcess() < nearestExcess) {
      nearestExcess = moves.peakExcess();
      nearest = moves.homes();
    }
    workInAll += moves.work();
    return fits ? Optional.of(moves.homes()) : Optional.empty();
  }

  @Override
  public int[] leastExcess() {
    return Objects.requireNonNull(nearest);
  }

  private boolean goesOn(MemoryMoves moves) {
    return moves.work() < MOST_WORK && workInAll + moves.work() < MOST_WORK_IN_ALL;
  }

  private int home(MemoryMoves moves, int group) {
    return moves.home(groups.get(group).getFirst());
  }

  private boolean canRun(int group, int device) {
    return problem.cost(groups.get(group), device) != AssignmentProblem.IMPOSSIBLE;
  }

  /// Moves what frees most for its cost, until everything fits.
  private boolean fit(MemoryMoves moves) {
    while (moves.excess() > 0) {
      List<Move> open = new ArrayList<>();
      for (int group = 0; group < groups.size(); group++) {
        for (int device = 0; device < problem.devices(); device++) {
          price(moves, group, device).ifPresent(open::add);
        }
      }
      open.sort(Comparator.comparingDouble(Move::price));
      boolean changes = false;
      for (Move move : open) {
        if (moves.excess() == 0) {
          break;
        }
        Optional<Move> now = price(moves, move.group(), move.device());
        boolean isStillGood =
            now.isPresent()
                && (!changes || now.get().price() <= DEARER * Math.max(0, move.price()));
        if (isStillGood) {
          moves.move(groups.get(move.group()), move.device());
          changes = true;
        }
      }
      if (!changes) {
        return false;
      }
    }
    return true;
  }

  /// What a move costs for each byte that is less too much; empty if it frees nothing.
  private Optional<Move> price(MemoryMoves moves, int group, int device) {
    int home = home(moves, group);
    if (home == device || !canRun(group, device)) {
      return Optional.empty();
    }
    long cost = moves.cost();
    long excess = moves.excess();
    moves.move(groups.get(group), device);
    long dearer = moves.cost() - cost;
    long less = excess - moves.excess();
    moves.move(groups.get(group), home);
    if (less <= 0) {
      return Optional.empty();
    }
    double price = dearer > 0 ? (double) dearer / less : -1.0 * less; // free ones first
    return Optional.of(new Move(group, device, price));
  }

  private void improve(MemoryMoves moves) {
    boolean changes = true;
    while (changes && goesOn(moves)) {
      changes = false;
      List<Move> blocked = new ArrayList<>();
      for (int group = 0; group < groups.size() && goesOn(moves); group++) {
        for (int device = 0; device < problem.devices(); device++) {
          int home = home(moves, group);
          if (home != device && canRun(group, device)) {
            long cost = moves.cost();
            moves.move(groups.get(group), device);
            long saved = cost - moves.cost();
            boolean fits = moves.excess() == 0;
            changes |= saved > 0 && fits;
            if (saved <= 0 || !fits) {
              moves.move(groups.get(group), home);
            }
            if (saved > 0 && !fits) {
              blocked.add(new Move(group, device, saved));
            }
          }
        }
      }
      if (!changes) {
        blocked.sort(Comparator.comparingDouble(Move::price).reversed());
        for (Move move : blocked) {
          if (goesOn(moves) && home(moves, move.group()) != move.device()) {
            changes |= chained(moves, move);
          }
        }
      }
    }
  }

  /// Makes a move that has no room, and then moves that make room; undoes all of it if that is not
  /// cheaper than before.
  private boolean chained(MemoryMoves moves, Move first) {
    long before = moves.cost();
    List<Move> undo = new ArrayList<>();
    Set<Integer> moved = new HashSet<>();
    Move next = first;
    while (next != null) {
      undo.add(new Move(next.group(), home(moves, next.group()), 0));
      moved.add(next.group());
      moves.move(groups.get(next.group()), next.device());
      next = null;
      if (moves.excess() > 0 && undo.size() < MOST_CHAINED && moves.cost() < before) {
        Set<Integer> seen = new HashSet<>(moved);
        for (int operation : moves.crowding()) {
          int group = groupOf[operation];
          if (seen.add(group)) {
            for (int device = 0; device < problem.devices(); device++) {
              Move other = price(moves, group, device).orElse(null);
              next = other != null && (next == null || other.price() < next.price()) ? other : next;
            }
          }
        }
      }
    }
    if (moves.excess() == 0 && moves.cost() < before) {
      return true;
    }
    for (Move back : undo.reversed()) {
      moves.move(groups.get(back.group()), back.device());
    }
    return false;
  }
}
