package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;

/// How much memory a placement takes on each device, by an estimate that is made before regions and
/// their order are known.
///
/// Variables count with all their bytes on each device that has them, inputs and constants on each
/// device that reads them, the whole run long. Every other value counts from the operation that
/// makes it to its last reader, in the order in which the graph was written, on the device that
/// makes it and on each that reads it. Movement takes no memory: what reads it reads what it moves.
/// Too much is counted where operations are fused and values never written to memory; too little
/// where movement has to be copied, and for what branches and loops hold inside. So this chooses
/// between placements, and the plan that comes of one is measured exactly.
final class MemoryUse {
  /// Something in memory for a while.
  ///
  /// @param users operations on whose devices it is
  /// @param from first operation of the graph, by position, that runs while it is there
  /// @param to last one
  @SuppressWarnings("ArrayRecordComponent")
  record Tenant(int[] users, long bytes, int from, int to) {}

  /// Stretches of a graph that are looked at one by one.
  private static final int MOST_CROWDED = 50;

  private final int devices;
  private final int steps;
  private final List<Tenant> tenants = new ArrayList<>();

  MemoryUse(Graph graph, PlacementProblem problem) {
    this.devices = problem.devices();
    this.steps = Math.max(1, graph.nodes().size());
    Map<Node, TreeSet<Integer>> users = new HashMap<>();
    Map<Node, Integer> ends = new HashMap<>();
    for (Node node : graph.nodes().reversed()) {
      TreeSet<Integer> own = users.computeIfAbsent(node, _ -> new TreeSet<>());
      own.addAll(problem.readers(node));
      problem.number(node).ifPresent(own::add);
      int end = Math.max(ends.getOrDefault(node, 0), graph.position(node));
      ends.put(node, end);
      for (Node operand : node.inputs()) {
        ends.merge(operand, isMoved(node) ? end : graph.position(node), Math::max);
        if (isMoved(node)) {
          users.computeIfAbsent(operand, _ -> new TreeSet<>()).addAll(own);
        }
      }
    }
    for (Node node : graph.nodes()) {
      int[] own =
          Objects.requireNonNull(users.get(node)).stream().mapToInt(Integer::intValue).toArray();
      boolean counts = !isMoved(node) && !(node.op() instanceof Op.Iota);
      if (counts && own.length > 0 && node.type().bytes() > 0) {
        boolean isKept =
            switch (node.op()) {
              case Op.Input _, Op.Variable _, Op.Constant _ -> true;
              default -> false;
            };
        int from = isKept ? 0 : graph.position(node);
        int to = isKept ? steps - 1 : Objects.requireNonNull(ends.get(node));
        tenants.add(new Tenant(own, node.type().bytes(), from, to));
      }
    }
  }

  /// Whether a node only gives what it reads another name or place.
  private static boolean isMoved(Node node) {
    return Movement.is(node) || node.op() instanceof Op.Assign;
  }

  /// When most memory is in use, and how much.
  ///
  /// @param step position of an operation of the graph
  record Peak(int step, long bytes) {}

  /// The peak of each device.
  ///
  /// @param homes device of each operation of the problem
  List<Peak> peaks(int[] homes) {
    return Arrays.stream(changes(homes)).map(MemoryUse::peak).toList();
  }

  /// Bytes on each device at each step.
  long[][] loads(int[] homes) {
    long[][] loads = changes(homes);
    Arrays.stream(loads).forEach(ofDevice -> Arrays.parallelPrefix(ofDevice, Long::sum));
    return loads;
  }

  /// The steps at which a device has more than it should: of each stretch of the graph the worst.
  ///
  /// @param loads bytes on the device at each step
  static List<Integer> crowded(long[] loads, long limit) {
    List<Integer> crowded = new ArrayList<>();
    int stretch = Math.max(1, loads.length / MOST_CROWDED);
    for (int from = 0; from < loads.length; from += stretch) {
      int worst = from;
      for (int step = from; step < Math.min(loads.length, from + stretch); step++) {
        worst = loads[step] > loads[worst] ? step : worst;
      }
      if (loads[worst] > limit) {
        crowded.add(worst);
      }
    }
    return crowded;
  }

  private long[][] changes(int[] homes) {
    long[][] changes = new long[devices][steps + 1];
    for (Tenant tenant : tenants) {
      for (long places = places(tenant, homes); places != 0; places &= places - 1) {
        long[] ofDevice = changes[Long.numberOfTrailingZeros(places)];
        ofDevice[tenant.from()] += tenant.bytes();
        ofDevice[tenant.to() + 1] -= tenant.bytes();
      }
    }
    return changes;
  }

  /// The peak of a device that has some operations.
  Peak peak(IntPredicate isThere) {
    long[] changes = new long[steps + 1];
    for (Tenant tenant : tenants) {
      if (Arrays.stream(tenant.users()).anyMatch(isThere)) {
        changes[tenant.from()] += tenant.bytes();
        changes[tenant.to() + 1] -= tenant.bytes();
      }
    }
    return peak(changes);
  }

  private static Peak peak(long[] changes) {
    long bytes = 0;
    Peak peak = new Peak(0, 0);
    for (int step = 0; step < changes.length; step++) {
      bytes += changes[step];
      if (bytes > peak.bytes()) {
        peak = new Peak(step, bytes);
      }
    }
    return peak;
  }

  private static long places(Tenant tenant, int[] homes) {
    long places = 0;
    for (int user : tenant.users()) {
      places |= 1L << homes[user];
    }
    return places;
  }

  /// What there is to count.
  List<Tenant> tenants() {
    return tenants;
  }
}
