package org.tombolo.scheduler.assignment;

import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/// What no placement can cost less than, by the estimates at hand and without regard to memory.
///
/// The devices are divided in two, in every way that there is. Let all devices of a side act as one
/// that computes and moves as cheaply as the cheapest of them and moves nothing within. Any
/// placement costs at least as much as its image there, and the cheapest of those is a minimum cut.
/// The largest of these costs is the bound. With two devices it is the cost of the best placement.
public final class LowerBound {
  private final AssignmentProblem problem;
  private final List<Integer> first;
  private final List<Integer> second;
  private final TwoWayCut cut;

  private LowerBound(AssignmentProblem problem, int divided) {
    this.problem = problem;
    this.first = devices(device -> (divided >> device & 1) == 0);
    this.second = devices(device -> (divided >> device & 1) == 1);
    this.cut = new TwoWayCut(problem.operations());
  }

  private List<Integer> devices(IntPredicate side) {
    return IntStream.range(0, problem.devices()).filter(side).boxed().toList();
  }

  /// The bound, in seconds; empty if nothing is legal.
  public static Optional<Double> seconds(AssignmentProblem problem) {
    return of(problem).map(AssignmentProblem::seconds);
  }

  /// The bound, in the units of the problem; empty if nothing is legal.
  public static Optional<Long> of(AssignmentProblem problem) {
    Optional<Long> largest = Optional.empty();
    int divisions = 1 << (problem.devices() - 1);
    for (int division = Math.min(1, divisions - 1); division < divisions; division++) {
      Optional<Long> bound =
          new LowerBound(problem, 2 * division).solve().map(TwoWayCut.Division::cost);
      if (bound.isEmpty()) {
        return bound;
      }
      largest = largest.isEmpty() || bound.get() > largest.get() ? bound : largest;
    }
    return largest;
  }

  private Optional<TwoWayCut.Division> solve() {
    for (int i = 0; i < problem.operations(); i++) {
      long onFirst = cheapest(i, first);
      long onSecond = cheapest(i, second);
      if (onFirst == AssignmentProblem.IMPOSSIBLE && onSecond == AssignmentProblem.IMPOSSIBLE) {
        return Optional.empty();
      } else if (onFirst == AssignmentProblem.IMPOSSIBLE) {
        cut.price(i, 0, onSecond);
        cut.pin(i, true);
      } else if (onSecond == AssignmentProblem.IMPOSSIBLE) {
        cut.price(i, onFirst, 0);
        cut.pin(i, false);
      } else {
        cut.price(i, onFirst, onSecond);
      }
    }
    problem.ties().forEach(tie -> cut.together(tie[0], tie[1]));
    problem.crossings().forEach(this::add);
    return cut.solve();
  }

  private void add(AssignmentProblem.Crossing crossing) {
    long upFirst = least(first, crossing.up()::get);
    long upSecond = least(second, crossing.up()::get);
    int maker = crossing.maker();
    if (maker < 0) {
      cut.anyOnFirst(crossing.readers(), upFirst);
      cut.anyOnSecond(crossing.readers(), upSecond);
      return;
    }
    long downFirst = least(first, crossing.down()::get);
    long downSecond = least(second, crossing.down()::get);
    if (crossing.fetched()) {
      cut.price(maker, downFirst, downSecond);
      cut.staysWithoutAny(maker, crossing.readers(), upSecond);
      cut.goesWithoutAny(maker, crossing.readers(), upFirst);
    } else {
      cut.staysWithoutAny(maker, crossing.readers(), downFirst + upSecond);
      cut.goesWithoutAny(maker, crossing.readers(), downSecond + upFirst);
    }
  }

  private long cheapest(int operation, List<Integer> side) {
    return side.stream()
        .mapToLong(device -> problem.cost(operation, device))
        .filter(cost -> cost != AssignmentProblem.IMPOSSIBLE)
        .min()
        .orElse(AssignmentProblem.IMPOSSIBLE);
  }

  private static long least(List<Integer> side, ToLongFunction<Integer> price) {
    return side.stream().mapToLong(price).min().orElse(0);
  }
}
