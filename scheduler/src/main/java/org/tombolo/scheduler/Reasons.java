package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.scheduler.assignment.AssignmentProblem;
import org.tombolo.scheduler.report.PlanReport;
import org.tombolo.scheduler.report.PlanReport.Reason;

/// Why each operation runs where it does, and what it would cost elsewhere.
///
/// Elsewhere means: on another device, together with all that has to stay on one device with it,
/// while everything else stays where it is. That changes its own time and the transfers of the
/// values that it reads or makes, and nothing else, so thousands of operations take milliseconds.
/// The best plan with the operation there may be cheaper, since others may follow it.
final class Reasons {
  private final Blueprint plan;
  private final PlacementRequest request;
  private final Estimates estimates;
  private final PlacementProblem problem;
  private final Map<Node, Integer> numbers = new HashMap<>();
  private final int[] homes;
  private final List<List<Integer>> groups = new ArrayList<>();
  private final Map<Integer, Integer> groupOf = new HashMap<>();
  private final List<List<AssignmentProblem.Crossing>> crossingsOf = new ArrayList<>();
  private final Map<Integer, Decision> decisions = new HashMap<>();

  /// What was decided for operations that stay together.
  private record Decision(
      Reason reason, Optional<String> by, double seconds, List<PlanReport.Other> others) {}

  private Reasons(Blueprint plan) {
    this.plan = plan;
    this.request = plan.request();
    this.estimates = new Estimates(request);
    this.problem = new PlacementProblem(request, estimates);
    this.homes = new int[problem.nodes().size()];
    for (int i = 0; i < homes.length; i++) {
      Node node = problem.nodes().get(i);
      numbers.put(node, i);
      homes[i] = Objects.requireNonNull(plan.placement().devices().get(node));
      crossingsOf.add(new ArrayList<>());
    }
    for (List<Integer> group : problem.assignment().groups()) {
      group.forEach(operation -> groupOf.put(operation, groups.size()));
      groups.add(group);
    }
    for (AssignmentProblem.Crossing crossing : problem.assignment().crossings()) {
      Set<Integer> ends = new HashSet<>(crossing.readers());
      if (crossing.maker() >= 0) {
        ends.add(crossing.maker());
      }
      ends.forEach(end -> crossingsOf.get(end).add(crossing));
    }
  }

  static Reasons of(Blueprint plan) {
    return new Reasons(plan);
  }

  /// Why a node of the plan's graph is where it is.
  PlanReport.Why why(Node node) {
    if (node.op() instanceof Op.Input) {
      return simply(Reason.FED);
    }
    Node origin = plan.origins().get(node);
    Integer number = origin == null ? null : numbers.get(origin);
    if (origin == null || number == null) {
      return simply(Reason.EVERYWHERE);
    }
    Decision decision =
        decisions.computeIfAbsent(
            Objects.requireNonNull(groupOf.get(number)), group -> decide(groups.get(group)));
    boolean isPart = origin.op() instanceof Op.Call && !origin.op().equals(node.op());
    return new PlanReport.Why(
        decision.reason(),
        decision.by(),
        isPart ? Optional.of(origin.toString()) : Optional.empty(),
        OptionalDouble.of(decision.seconds()),
        decision.others());
  }

  private static PlanReport.Why simply(Reason reason) {
    return new PlanReport.Why(
        reason, Optional.empty(), Optional.empty(), OptionalDouble.empty(), List.of());
  }

  private Decision decide(List<Integer> group) {
    int home = homes[group.getFirst()];
    List<PlanReport.Other> others = new ArrayList<>();
    for (int device = 0; device < problem.assignment().devices(); device++) {
      if (device != home) {
        others.add(elsewhere(group, device));
      }
    }
    Optional<String> pin =
        group.stream()
            .map(operation -> request.rules().pins().get(problem.nodes().get(operation)))
            .filter(held -> held != null && held.device() == home)
            .map(PlacementRules.Pin::name)
            .findFirst();
    Optional<String> settled =
        group.stream().flatMap(operation -> settled(operation).stream()).findFirst();
    Reason reason;
    if (others.isEmpty()) {
      reason = Reason.ONLY_DEVICE;
    } else if (pin.isPresent()) {
      reason = Reason.PINNED;
    } else if (settled.isPresent()) {
      reason = Reason.SETTLED;
    } else if (others.stream().allMatch(other -> other.refusal().isPresent())) {
      reason = Reason.ONLY_ABLE;
    } else if (others.stream().allMatch(other -> other.seconds().orElse(0) >= 0)) {
      reason = Reason.CHEAPEST;
    } else {
      reason = Reason.CONSTRAINED;
    }
    Optional<String> by =
        switch (reason) {
          case PINNED -> pin;
          case SETTLED -> settled;
          case FED, EVERYWHERE, ONLY_DEVICE, ONLY_ABLE, CHEAPEST, CONSTRAINED -> Optional.empty();
        };
    return new Decision(
        reason,
        by,
        AssignmentProblem.seconds(problem.assignment().cost(group, home)),
        List.copyOf(others));
  }

  private Optional<String> settled(int operation) {
    return problem.nodes().get(operation).op() instanceof Op.Variable(String name, TensorType _)
            && request.homes().containsKey(name)
        ? Optional.of(name)
        : Optional.empty();
  }

  private PlanReport.Other elsewhere(List<Integer> group, int device) {
    String id = request.id(device);
    for (int operation : group) {
      if (problem.assignment().cost(operation, device) == AssignmentProblem.IMPOSSIBLE) {
        return new PlanReport.Other(
            id,
            Optional.of(refusal(operation, device, group.size() > 1)),
            OptionalDouble.empty(),
            OptionalDouble.empty());
      }
    }
    int home = homes[group.getFirst()];
    Set<AssignmentProblem.Crossing> touched = Collections.newSetFromMap(new IdentityHashMap<>());
    group.forEach(operation -> touched.addAll(crossingsOf.get(operation)));
    long before =
        touched.stream().mapToLong(crossing -> problem.assignment().cost(crossing, homes)).sum();
    group.forEach(operation -> homes[operation] = device);
    long after =
        touched.stream().mapToLong(crossing -> problem.assignment().cost(crossing, homes)).sum();
    group.forEach(operation -> homes[operation] = home);
    long execution =
        problem.assignment().cost(group, device) - problem.assignment().cost(group, home);
    return new PlanReport.Other(
        id,
        Optional.empty(),
        OptionalDouble.of(AssignmentProblem.seconds(execution)),
        OptionalDouble.of(AssignmentProblem.seconds(after - before)));
  }

  /// Why an operation cannot run on a device, with its name where it is one of several.
  private String refusal(int operation, int device, boolean named) {
    Node node = problem.nodes().get(operation);
    PlacementRules.Pin pin = request.rules().pins().get(node);
    Optional<String> refused = estimates.refusal(device, node);
    String why;
    if (refused.isPresent()) {
      why = refused.get();
    } else if (pin != null) {
      why = "pinned to %s by \"%s\"".formatted(request.id(pin.device()), pin.name());
    } else {
      why = "lives on %s since an earlier plan".formatted(request.id(homes[operation]));
    }
    return named ? node + ": " + why : why;
  }
}
