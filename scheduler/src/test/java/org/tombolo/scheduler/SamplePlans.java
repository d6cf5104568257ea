package org.tombolo.scheduler;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.tombolo.device.DeviceInfo;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Gradients;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;

/// Plans to explain: training steps of deep networks on a fast device that lacks an operation and a
/// slow one that has it.
final class SamplePlans {
  private SamplePlans() {}

  /// Devices: the first is fast but cannot compute tangents.
  static List<SimulatedDevice> devices() {
    SimulatedDevice fast =
        SimulatedDevice.of("simulated:0", 1 << 28)
            .withSpeed(new DeviceInfo.Speed(1e12, 1e11, 1e-7))
            .refusing((op, types) ->
                op instanceof Op.Call
                    ? Optional.of("composites are left to their decomposition")
                    : op instanceof Op.Unary(UnaryFn fn) && fn == UnaryFn.TANH
                        ? Optional.of("no tanh")
                        : Optional.empty());
    SimulatedDevice slow =
        SimulatedDevice.of("simulated:1", 1 << 28).withSpeed(new DeviceInfo.Speed(1e9, 1e9, 1e-6));
    return List.of(fast, slow);
  }

  /// A step of gradient descent on a chain of dense layers, a few of them with a tangent.
  ///
  /// @param layers how many
  /// @param every which layers have a tangent: each of this number
  static Graph training(String name, int layers, int every) {
    GraphBuilder g = new GraphBuilder(name);
    Node x = g.input("x", TensorType.f32(16, 32));
    Node h = x;
    Map<String, Node> weights = new HashMap<>();
    for (int i = 0; i < layers; i++) {
      try (GraphBuilder.Scope _ = g.scope("layer" + i)) {
        Node w = g.variable("layer" + i + "/w", TensorType.f32(32, 32));
        Node b = g.variable("layer" + i + "/b", TensorType.f32(32));
        weights.put("layer" + i + "/w", w);
        weights.put("layer" + i + "/b", b);
        Node sum = h.matmul(w).add(b.broadcastTo(Shape.of(16, 32)));
        h = i % every == every - 1 ? sum.tanh() : sum.max(0);
      }
    }
    Node loss = h.sub(x).mul(h.sub(x)).mean();
    List<String> names = weights.keySet().stream().sorted().toList();
    List<Node> gradients = Gradients.of(loss, names.stream().map(weights::get).toList());
    for (int i = 0; i < names.size(); i++) {
      g.assign(names.get(i), weights.get(names.get(i)).sub(gradients.get(i).mul(0.01)));
    }
    g.output("loss", loss);
    return g.build();
  }

  /// A loop of three trips.
  static Graph counting() {
    GraphBuilder g = new GraphBuilder("counting");
    Node x = g.input("x", TensorType.f32(3));
    List<Node> results =
        g.whileLoop(
            OptionalLong.of(5),
            List.of(x, g.scalar(DType.I32, 0)),
            List.of(),
            in -> in.get(1).compare(CompareFn.LT, 3),
            in -> List.of(in.get(0).mul(2), in.get(1).add(1)));
    g.output("y", results.getFirst());
    return g.build();
  }

  /// Gives every variable of a graph a value.
  static void fill(State state, Graph graph) {
    for (Node node : graph.variables()) {
      state.set(
          ((Op.Variable) node.op()).name(), Tensor.filled(node.type(), i -> 0.1 * Math.sin(i + 1)));
    }
  }
}
