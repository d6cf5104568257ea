package org.tombolo.opencl;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tombolo.conformance.OpCase;
import org.tombolo.conformance.Tolerance;
import org.tombolo.device.Kernel;
import org.tombolo.device.LoopKernel;
import org.tombolo.device.Region;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;

/// Joins cases that run over one space and have one tolerance into regions with many outputs: a
/// compiler for OpenCL takes a tenth of a second for each program, however small.
final class Bundles {
  /// Outputs of one region at most: devices need not take more than some 60 arguments.
  private static final int MOST_OUTPUTS = 10;

  private static final int MOST_INPUTS = 16;

  private Bundles() {}

  /// The same cases in fewer regions. Reductions and single operations stay as they are.
  static List<OpCase> of(List<OpCase> cases) {
    List<OpCase> all = new ArrayList<>();
    Map<Key, List<OpCase>> open = new LinkedHashMap<>();
    for (OpCase each : cases) {
      if (!(Kernel.of(new Region(each.name(), each.graph())) instanceof LoopKernel loop)
          || loop.fold().isPresent()) {
        all.add(each);
        continue;
      }
      List<OpCase> bundle =
          open.computeIfAbsent(new Key(loop.space(), each.tolerance()), key -> new ArrayList<>());
      bundle.add(each);
      int outputs = bundle.stream().mapToInt(one -> one.graph().outputs().size()).sum();
      int inputs = bundle.stream().mapToInt(one -> one.inputs().size()).sum();
      if (outputs >= MOST_OUTPUTS || inputs >= MOST_INPUTS) {
        all.add(joined(bundle));
        bundle.clear();
      }
    }
    open.values().stream().filter(rest -> !rest.isEmpty()).map(Bundles::joined).forEach(all::add);
    return all;
  }

  private record Key(Shape space, Tolerance tolerance) {}

  private static OpCase joined(List<OpCase> cases) {
    List<String> names = cases.stream().map(OpCase::name).toList();
    GraphBuilder builder = new GraphBuilder(names.get(0));
    List<Tensor> inputs = new ArrayList<>();
    for (OpCase each : cases) {
      Map<Node, Node> copies = new HashMap<>();
      Graph graph = each.graph();
      for (Node node : graph.inputs()) {
        copies.put(node, builder.input("in" + inputs.size(), node.type()));
        inputs.add(each.inputs().get(graph.inputs().indexOf(node)));
      }
      for (Node node : graph.nodes()) {
        if (!(node.op() instanceof Op.Input)) {
          copies.put(node, builder.copy(node, node.inputs().stream().map(copies::get).toList()));
        }
      }
      graph.outputs().forEach((name, node) -> builder.output(each.name() + name, copies.get(node)));
    }
    return new OpCase(String.join(" + ", names), builder.build(), inputs, cases.get(0).tolerance());
  }
}
