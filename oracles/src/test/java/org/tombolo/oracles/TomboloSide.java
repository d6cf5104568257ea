package org.tombolo.oracles;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tombolo.graph.DType;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.oracles.OracleCase.Found;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;

/// Runs cases here: on the reference, or on a device.
final class TomboloSide {
  private TomboloSide() {}

  /// What computes.
  @FunctionalInterface
  interface Place {
    Map<String, Tensor> run(Graph graph, Map<String, Tensor> feeds);

    /// The reference.
    static Place reference() {
      return (graph, feeds) -> Reference.run(graph, feeds, Map.of()).outputs();
    }

    /// A device.
    static Place of(Engine engine) {
      return (graph, feeds) -> {
        try (var state = engine.newState();
            Plan plan = engine.compile(graph, state)) {
          return plan.run(feeds);
        }
      };
    }
  }

  static Found run(OracleCase each, long seed, DType dtype, Place place) {
    GraphBuilder g = new GraphBuilder("oracle");
    Map<String, Tensor> feeds = new HashMap<>();
    List<Node> in = new ArrayList<>();
    List<double[]> values = each.values(seed);
    for (int i = 0; i < values.size(); i++) {
      in.add(input(g, feeds, "x" + i, dtype, each.inputs().get(i), values.get(i)));
    }
    Node y = each.ours().of(g, in);
    g.output("y", y);
    if (each.differentiated()) {
      double[] weights = each.weights(seed, (int) y.shape().size());
      Node dy = input(g, feeds, "dy", dtype, y.shape(), weights);
      List<Node> gradients = Gradients.of(y, dy, in);
      for (int i = 0; i < gradients.size(); i++) {
        g.output("dx" + i, gradients.get(i));
      }
    }
    Map<String, Tensor> outputs = place.run(g.build(), feeds);
    List<double[]> found = new ArrayList<>(List.of(numbers(outputs, "y")));
    for (int i = 0; each.differentiated() && i < in.size(); i++) {
      found.add(numbers(outputs, "dx" + i));
    }
    return new Found(found);
  }

  /// As [TensorFlowSide#runTwice], on the reference.
  static Found runTwice(OracleCase each, long seed) {
    GraphBuilder g = new GraphBuilder("oracle");
    Map<String, Tensor> feeds = new HashMap<>();
    List<Node> in = new ArrayList<>();
    List<double[]> values = each.values(seed);
    for (int i = 0; i < values.size(); i++) {
      in.add(input(g, feeds, "x" + i, DType.F64, each.inputs().get(i), values.get(i)));
    }
    Node y = each.ours().of(g, in);
    double[] weights = each.weights(seed, (int) y.shape().size());
    Node dy = input(g, feeds, "dy", DType.F64, y.shape(), weights);
    List<Node> gradients = Gradients.of(y, dy, in);
    Node sum = g.scalar(DType.F64, 0);
    for (int i = 0; i < gradients.size(); i++) {
      double[] again = each.weightsAgain(seed, i);
      Shape shape = gradients.get(i).shape();
      Node factor = input(g, feeds, "again" + i, DType.F64, shape, again);
      sum = sum.add(gradients.get(i).mul(factor).sum());
    }
    List<Node> all = new ArrayList<>(in);
    all.add(dy);
    List<Node> second = Gradients.of(sum, all);
    for (int i = 0; i < second.size(); i++) {
      g.output("d" + i, second.get(i));
    }
    Map<String, Tensor> outputs = Place.reference().run(g.build(), feeds);
    List<double[]> found = new ArrayList<>();
    for (int i = 0; i < second.size(); i++) {
      found.add(numbers(outputs, "d" + i));
    }
    return new Found(found);
  }

  private static Node input(
      GraphBuilder g,
      Map<String, Tensor> feeds,
      String name,
      DType dtype,
      Shape shape,
      double[] numbers) {
    TensorType type = new TensorType(dtype, shape);
    feeds.put(name, Tensor.filled(type, i -> numbers[(int) i]));
    return g.input(name, type);
  }

  static double[] numbers(Map<String, Tensor> outputs, String name) {
    Tensor tensor = outputs.get(name);
    double[] numbers = new double[(int) tensor.type().size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = tensor.at(i);
    }
    return numbers;
  }
}
