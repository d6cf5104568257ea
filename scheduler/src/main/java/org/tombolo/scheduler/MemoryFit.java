package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.tombolo.graph.Node;

/// Plans a graph until the plan fits into memory.
///
/// Placement estimates memory before regions and their order are known; the plan that comes of it
/// is exact. So the first plan is made as if memory did not matter, which in most cases fits. If it
/// does not, the limits are translated into terms of the estimate, by what it said of the last plan
/// and what that plan really takes, and a little is taken off each time.
final class MemoryFit {
  private static final int MOST_PLANS = 5;

  /// What is taken off the limits from plan to plan.
  private static final double CAUTION = 0.97;

  private MemoryFit() {}

  /// A plan that fits, or one that does not if that is for the devices to say: if no limit of the
  /// options is in the way.
  ///
  /// @param request with the true limits
  /// @param planner makes a plan
  /// @throws PlacementException if nothing was found that keeps to the limits of the options
  static Blueprint of(PlacementRequest request, Function<PlacementRequest, Blueprint> planner) {
    List<Long> limits = request.rules().limits();
    List<Long> loose = limits.stream().map(_ -> Long.MAX_VALUE).toList();
    Blueprint plan = planner.apply(request.limited(loose));
    boolean moves = true;
    for (int i = 1; i < MOST_PLANS && moves && !over(plan, limits).isEmpty(); i++) {
      Map<Node, Integer> before = plan.placement().devices();
      List<Long> estimated = estimated(plan, limits, Math.pow(CAUTION, i - 1));
      plan.close();
      plan = planner.apply(request.limited(estimated));
      moves = !plan.placement().devices().equals(before);
    }
    List<String> explicit =
        over(plan, limits).stream()
            .map(request::id)
            .filter(request.rules().options().memoryLimits()::containsKey)
            .toList();
    if (!explicit.isEmpty()) {
      String uses = uses(request, plan);
      plan.close();
      throw new PlacementException(
          "plan of %s: no placement was found that keeps to the memory limits: %s"
              .formatted(request.graph().name(), uses),
          "higher limits, a smaller batch, or another device");
    }
    return plan;
  }

  /// Devices that do not have enough.
  private static List<Integer> over(Blueprint plan, List<Long> limits) {
    List<Integer> over = new ArrayList<>();
    for (int device = 0; device < limits.size(); device++) {
      if (plan.layout().bytes(device) > limits.get(device)) {
        over.add(device);
      }
    }
    return over;
  }

  private static List<Long> estimated(Blueprint plan, List<Long> limits, double share) {
    List<Long> estimated = new ArrayList<>();
    for (int device = 0; device < limits.size(); device++) {
      double said = plan.placement().memory().get(device);
      double really = plan.layout().bytes(device);
      double ratio = said == 0 || really == 0 ? 1 : said / really;
      estimated.add((long) (limits.get(device) * ratio * share));
    }
    return estimated;
  }

  private static String uses(PlacementRequest request, Blueprint plan) {
    List<String> uses = new ArrayList<>();
    for (int device = 0; device < request.devices().size(); device++) {
      uses.add(
          "%s would take %,d of %,d bytes"
              .formatted(
                  request.id(device),
                  plan.layout().bytes(device),
                  request.rules().limits().get(device)));
    }
    return String.join(", ", uses);
  }
}
