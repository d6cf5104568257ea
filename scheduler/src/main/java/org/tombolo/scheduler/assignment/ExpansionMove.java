package org.tombolo.scheduler.assignment;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/// The best of all placements in which each operation either stays where it is or goes to one given
/// device: an expansion move (Boykov, Veksler, Zabih, *Fast approximate energy minimization via
/// graph cuts*, PAMI 23(11), 2001), solved exactly by a minimum cut.
///
/// From a placement on one device, the move to another one finds the best placement on the two. All
/// traffic goes through the host, which keeps every term of the cost within what a cut can express:
/// a price that is paid if an operation stays (goes), or if a maker stays (goes) and one of its
/// readers does not.
final class ExpansionMove {
  private final AssignmentProblem problem;
  private final int[] homes;
  private final int target;
  private final TwoWayCut cut;

  private ExpansionMove(AssignmentProblem problem, int[] homes, int target) {
    this.problem = problem;
    this.homes = homes;
    this.target = target;
    this.cut = new TwoWayCut(homes.length);
  }

  /// The best move; empty if none is legal.
  ///
  /// @param homes device of each operation, where it need not be able to run
  /// @param target device that operations may go to
  static Optional<int[]> best(AssignmentProblem problem, int[] homes, int target) {
    return new ExpansionMove(problem, homes, target).solve();
  }

  private Optional<int[]> solve() {
    for (int i = 0; i < homes.length; i++) {
      long stays = problem.cost(i, homes[i]);
      long goes = problem.cost(i, target);
      if (stays == AssignmentProblem.IMPOSSIBLE && goes == AssignmentProblem.IMPOSSIBLE) {
        return Optional.empty();
      }
      if (goes == AssignmentProblem.IMPOSSIBLE) {
        cut.pin(i, false);
      } else if (stays == AssignmentProblem.IMPOSSIBLE) {
        cut.pin(i, true);
      } else {
        cut.price(i, stays, goes);
      }
    }
    problem.ties().forEach(tie -> cut.together(tie[0], tie[1]));
    for (AssignmentProblem.Crossing crossing : problem.crossings()) {
      if (crossing.maker() < 0) {
        addUploads(crossing, _ -> true);
      } else if (homes[crossing.maker()] == target) {
        addFromTarget(crossing);
      } else {
        addFromElsewhere(crossing, homes[crossing.maker()]);
      }
    }
    return cut.solve()
        .map(division -> {
          int[] moved = homes.clone();
          division.onSecond().forEach(operation -> moved[operation] = target);
          return moved;
        });
  }

  private Set<Integer> readers(AssignmentProblem.Crossing crossing, IntPredicate at) {
    return crossing.readers().stream()
        .filter(reader -> at.test(homes[reader]))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /// Uploads that do not depend on where the maker is: to some of the devices.
  private void addUploads(AssignmentProblem.Crossing crossing, IntPredicate to) {
    for (int device = 0; device < problem.devices(); device++) {
      if (to.test(device)) {
        int place = device;
        if (device == target) {
          Set<Integer> there = readers(crossing, home -> home == target);
          if (there.isEmpty()) { // else it is paid in any case
            cut.anyOnSecond(crossing.readers(), crossing.up().get(target));
          }
        } else {
          cut.anyOnFirst(readers(crossing, home -> home == place), crossing.up().get(place));
        }
      }
    }
  }

  /// The maker is at the target and stays there: readers elsewhere may come.
  private void addFromTarget(AssignmentProblem.Crossing crossing) {
    addUploads(crossing, device -> device != target);
    if (!crossing.fetched()) {
      cut.anyOnFirst(readers(crossing, home -> home != target), crossing.down().get(target));
    }
  }

  /// The maker is elsewhere, and stays or goes.
  private void addFromElsewhere(AssignmentProblem.Crossing crossing, int home) {
    int maker = crossing.maker();
    Set<Integer> here = readers(crossing, at -> at == home);
    Set<Integer> there = readers(crossing, at -> at == target);
    Set<Integer> notThere = readers(crossing, at -> at != target);
    addUploads(crossing, device -> device != target && device != home);
    cut.goesWithoutAny(maker, here, crossing.up().get(home));
    if (there.isEmpty()) {
      cut.staysWithoutAny(maker, crossing.readers(), crossing.up().get(target));
    } else {
      cut.price(maker, crossing.up().get(target), 0);
    }
    if (crossing.fetched()) {
      cut.price(maker, crossing.down().get(home), crossing.down().get(target));
      return;
    }
    if (here.size() == crossing.readers().size()) {
      cut.staysWithoutAny(maker, here, crossing.down().get(home));
    } else {
      cut.price(maker, crossing.down().get(home), 0);
    }
    cut.goesWithoutAny(maker, notThere, crossing.down().get(target));
  }
}
