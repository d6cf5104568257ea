package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.ojalgo.optimisation.Expression;
import org.ojalgo.optimisation.ExpressionsBasedModel;
import org.ojalgo.optimisation.Optimisation;
import org.ojalgo.optimisation.Variable;
import org.tombolo.scheduler.assignment.AssignmentProblem;
import org.tombolo.scheduler.assignment.MemoryUse;

/// A placement problem as an integer program, solved by ojAlgo: one choice for each group of
/// operations and device, one charge for each crossing and device that is at least what the choices
/// make of it, and with limits one share for each value in memory.
final class IntegerProgram {
  /// Costs are picoseconds in the problem, and microseconds here.
  private static final double SCALE = 1e-6;

  private final PlacementProblem problem;
  private final ExpressionsBasedModel model = new ExpressionsBasedModel();
  private final Variable[][] chosen;
  private final int[] groups;
  private int names;

  private IntegerProgram(PlacementProblem problem, long milliseconds) {
    this.problem = problem;
    this.chosen = new Variable[problem.nodes().size()][];
    this.groups = new int[chosen.length];
    model.options.time_abort = milliseconds;
    model.options.time_suffice = milliseconds;
    addChoices();
    problem.assignment().crossings().forEach(this::addCrossing);
  }

  /// The least cost, in the units of the problem; empty if it is not proven in time.
  ///
  /// @param memory what is limited; null for no limits
  static Optional<Double> leastCost(
      PlacementProblem problem, @Nullable MemoryUse memory, List<Long> limits, long milliseconds) {
    IntegerProgram program = new IntegerProgram(problem, milliseconds);
    if (memory != null) {
      program.addMemory(memory, limits);
    }
    Optimisation.Result result = program.model.minimise();
    return result.getState().isOptimal()
        ? Optional.of(result.getValue() / SCALE)
        : Optional.empty();
  }

  private String name(String what) {
    return what + names++;
  }

  private void addChoices() {
    for (List<Integer> group : problem.assignment().groups()) {
      Variable[] ofGroup = new Variable[problem.assignment().devices()];
      Expression one = model.addExpression(name("one")).level(1);
      for (int device = 0; device < problem.assignment().devices(); device++) {
        long cost = problem.assignment().cost(group, device);
        boolean isPossible = cost != AssignmentProblem.IMPOSSIBLE;
        ofGroup[device] =
            model.newVariable(name("x")).lower(0).upper(isPossible ? 1 : 0).integer(true);
        ofGroup[device].weight(isPossible ? cost * SCALE : 0);
        one.set(ofGroup[device], 1);
      }
      int number = names;
      group.forEach(operation -> {
        chosen[operation] = ofGroup;
        groups[operation] = number;
      });
    }
  }

  /// A charge of at least `a - b`.
  private void atLeast(Variable charge, Variable a, @Nullable Variable b) {
    Expression row = model.addExpression(name("row")).lower(0);
    row.set(charge, 1).set(a, -1);
    if (b != null) {
      row.set(b, 1);
    }
  }

  private void addCrossing(AssignmentProblem.Crossing crossing) {
    for (int device = 0; device < problem.assignment().devices(); device++) {
      Variable up =
          model.newVariable(name("up")).lower(0).weight(crossing.up().get(device) * SCALE);
      Variable down =
          model.newVariable(name("down")).lower(0).weight(crossing.down().get(device) * SCALE);
      Variable maker = crossing.maker() < 0 ? null : chosen[crossing.maker()][device];
      for (int reader : crossing.readers()) {
        if (maker != null && groups[reader] == groups[crossing.maker()]) {
          continue;
        }
        atLeast(up, chosen[reader][device], maker);
        if (maker != null && !crossing.fetched()) {
          atLeast(down, maker, chosen[reader][device]);
        }
      }
      if (maker != null && crossing.fetched()) {
        atLeast(down, maker, null);
      }
    }
  }

  private void addMemory(MemoryUse memory, List<Long> limits) {
    for (int device = 0; device < problem.assignment().devices(); device++) {
      List<Variable> there = new ArrayList<>();
      TreeSet<Integer> steps = new TreeSet<>();
      for (MemoryUse.Tenant tenant : memory.tenants()) {
        Variable share = model.newVariable(name("there")).lower(0).upper(1);
        for (int user : tenant.users()) {
          atLeast(share, chosen[user][device], null);
        }
        there.add(share);
        steps.add(tenant.from());
      }
      for (int step : steps) {
        Expression full = model.addExpression(name("full")).upper(limits.get(device) / 1024.0);
        for (int i = 0; i < there.size(); i++) {
          MemoryUse.Tenant tenant = memory.tenants().get(i);
          if (tenant.from() <= step && step <= tenant.to()) {
            full.set(there.get(i), tenant.bytes() / 1024.0);
          }
        }
      }
    }
  }
}
