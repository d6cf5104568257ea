package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.scheduler.assignment.MemoryUse;
import org.tombolo.scheduler.regions.Movement;

/// How much memory placements of a graph take, by an estimate that is made before regions and their
/// order are known.
///
/// Variables count with all their bytes on each device that has them, inputs and constants on each
/// device that reads them, the whole run long. Every other value counts from the operation that
/// makes it to its last reader, in the order in which the graph was written, on the device that
/// makes it and on each that reads it. Movement takes no memory: what reads it reads what it moves.
/// Too much is counted where operations are fused and values never written to memory; too little
/// where movement has to be copied, and for what branches and loops hold inside. So this chooses
/// between placements, and the plan that comes of one is measured exactly.
final class MemoryEstimate {
  private MemoryEstimate() {}

  /// The use of memory by placements of a graph; steps are the operations of the graph.
  static MemoryUse of(Graph graph, PlacementProblem problem) {
    int steps = Math.max(1, graph.nodes().size());
    List<MemoryUse.Tenant> tenants = new ArrayList<>();
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
        tenants.add(new MemoryUse.Tenant(own, node.type().bytes(), from, to));
      }
    }
    return new MemoryUse(problem.assignment().devices(), steps, tenants);
  }

  /// Whether a node only gives what it reads another name or place.
  private static boolean isMoved(Node node) {
    return Movement.is(node) || node.op() instanceof Op.Assign;
  }
}
