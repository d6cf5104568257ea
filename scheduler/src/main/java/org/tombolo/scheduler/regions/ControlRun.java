package org.tombolo.scheduler.regions;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;

/// One run of control flow, which several nodes take their results from.
///
/// @param flow what decides which graphs run
/// @param operands its operands
public record ControlRun(ControlFlow flow, List<Node> operands) {

  /// The runs of a graph, each with the nodes that are its results.
  public static SequencedMap<ControlRun, List<Node>> of(Graph graph) {
    SequencedMap<ControlRun, List<Node>> runs = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Op.Control) {
        runs.computeIfAbsent(of(node), _ -> new ArrayList<>()).add(node);
      }
    }
    return runs;
  }

  /// The run that an [Op.Control] is a result of.
  public static ControlRun of(Node node) {
    return new ControlRun(((Op.Control) node.op()).flow(), node.inputs());
  }

  /// Position of a result.
  public static int result(Node node) {
    return ((Op.Control) node.op()).result();
  }

  /// Operands of a node that have to be on the device where it runs: all but the condition of a
  /// choice, which the host decides by.
  public static List<Node> moved(Node node) {
    return node.op() instanceof Op.Control(ControlFlow.If _, int _)
        ? node.inputs().subList(1, node.inputs().size())
        : node.inputs();
  }
}
