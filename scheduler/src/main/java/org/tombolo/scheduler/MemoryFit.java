package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.tombolo.graph.Node;

/// Plans a graph until the plan fits into memory.
///
/// Placement estimates memory before regions and their order are known; the plan that comes of it
/// is exact. So the first plan is made as if memory did not matter, which in most cases fits. If it
/// does not, there are two ways, and what is expected to be fastest of all that fits wins: values
/// leave memory for a while (which each [Layout] does by itself), and operations go to other
/// devices. For these the limits are translated into terms of the estimate, by what it said of the
/// last plan and what that plan really takes, and a little is taken off each time; looser limits
/// are tried, too, so that some operations move and some values leave; and variables that are on
/// several devices get one home.
final class MemoryFit {
  private static final int MOST_PLANS = 5;

  /// What is taken off the limits from plan to plan.
  private static final double CAUTION = 0.97;

  /// What limits are multiplied with to share the work between those who move and those who leave.
  private static final List<Double> LOOSER = List.of(1.2, 1.5);

  /// Operations up to which that is tried.
  private static final int MOST_SHARED = 1000;

  /// What the estimate said of a plan, what it takes if nothing leaves, and whether it fits with
  /// what does.
  private record Measure(List<Long> said, List<Long> really, boolean fits) {}

  private final PlacementRequest request;
  private final List<Long> limits;
  private final Function<PlacementRequest, Blueprint> planner;

  /// The placements that were planned.
  private final Set<Map<Node, Integer>> met = new HashSet<>();

  /// The best plan so far.
  private Blueprint best;

  private MemoryFit(PlacementRequest request, Function<PlacementRequest, Blueprint> planner) {
    this.request = request;
    this.limits = request.rules().limits();
    this.planner = planner;
    this.best = planner.apply(request.limited(limits.stream().map(_ -> Long.MAX_VALUE).toList()));
    met.add(best.placement().devices());
  }

  /// A plan that fits, or one that does not if that is for the devices to say: if no limit of the
  /// options is in the way.
  ///
  /// @param request with the true limits
  /// @param planner makes a plan
  /// @throws PlacementException if nothing was found that keeps to the limits of the options
  static Blueprint of(PlacementRequest request, Function<PlacementRequest, Blueprint> planner) {
    MemoryFit fit = new MemoryFit(request, planner);
    try {
      if (request.devices().size() > 1 && !fit.isFree()) {
        fit.move();
      }
      fit.requireLimits();
      return fit.best;
    } catch (RuntimeException e) {
      fit.best.close();
      throw e;
    }
  }

  /// Whether the best plan fits, and loses nothing by what leaves so that it does.
  private boolean isFree() {
    List<Long> whole = best.layout().wholeBytes();
    boolean fitsWhole =
        IntStream.range(0, limits.size()).allMatch(i -> whole.get(i) <= limits.get(i));
    return excess(best) == 0 && (fitsWhole || best.layout().isNearlyFree());
  }

  private void move() {
    boolean mirrors = best.mirrors().values().stream().anyMatch(places -> places.size() > 1);
    Measure last = measure(best);
    boolean fits = false;
    for (int i = 0; i < MOST_PLANS - 1 && !fits; i++) {
      Optional<Measure> next = meet(request.limited(estimated(last, Math.pow(CAUTION, i))));
      if (next.isEmpty()) {
        break; // the same placement again
      }
      last = next.get();
      fits = last.fits();
    }
    if (mirrors) {
      meet(request.unmirrored().limited(estimated(last, 1)));
    }
    if (request.graph().nodes().size() <= MOST_SHARED) {
      for (double share : LOOSER) {
        meet(request.limited(estimated(last, share)));
      }
    }
  }

  /// Plans for other limits, and keeps the better plan. Empty if the placement is not new.
  private Optional<Measure> meet(PlacementRequest limited) {
    Blueprint plan = planner.apply(limited);
    if (!met.add(plan.placement().devices())) {
      plan.close();
      return Optional.empty();
    }
    Measure measure = measure(plan);
    boolean isBetter =
        excess(plan) < excess(best)
            || (excess(plan) == excess(best)
                && plan.timeline().seconds() < best.timeline().seconds());
    (isBetter ? best : plan).close();
    best = isBetter ? plan : best;
    return Optional.of(measure);
  }

  private Measure measure(Blueprint plan) {
    return new Measure(plan.placement().memory(), plan.layout().wholeBytes(), excess(plan) == 0);
  }

  /// Bytes beyond the limits, on all devices.
  private long excess(Blueprint plan) {
    return IntStream.range(0, limits.size())
        .mapToLong(device -> Math.max(0, plan.layout().bytes(device) - limits.get(device)))
        .sum();
  }

  private List<Long> estimated(Measure measure, double share) {
    List<Long> estimated = new ArrayList<>();
    for (int device = 0; device < limits.size(); device++) {
      double said = measure.said().get(device);
      double really = measure.really().get(device);
      double ratio = said == 0 || really == 0 ? 1 : said / really;
      estimated.add((long) (limits.get(device) * ratio * share));
    }
    return estimated;
  }

  private void requireLimits() {
    Map<String, Long> explicit = request.rules().options().memoryLimits();
    boolean fits = true;
    List<String> uses = new ArrayList<>();
    for (int device = 0; device < limits.size(); device++) {
      long bytes = best.layout().bytes(device);
      fits &= bytes <= limits.get(device) || !explicit.containsKey(request.id(device));
      uses.add(
          "%s would take %,d of %,d bytes, %,d of them for variables"
              .formatted(
                  request.id(device),
                  bytes,
                  limits.get(device),
                  best.schedule().stateBytes(device)));
    }
    if (!fits) {
      throw new PlacementException(
          "plan of %s: no placement was found that keeps to the memory limits, with all computed again, swapped or kept on the host that can be; the nearest: %s"
              .formatted(request.graph().name(), String.join(", ", uses)),
          "higher limits, a smaller batch, or another device");
    }
  }
}
