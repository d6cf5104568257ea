package org.tombolo.oracles;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Layer;
import org.tombolo.nn.Loss;
import org.tombolo.nn.Model;
import org.tombolo.nn.ModelGraph;

/// Layers as functions of their input and their parameters, in any precision.
final class Layers {
  private Layers() {}

  /// What a layer makes of a batch: the graph of a model of this layer alone, repeated in the
  /// builder of the operands and in their type.
  ///
  /// @param input shape of one example
  /// @param in the batch, then the parameters in the layer's order
  static Node applied(Layer layer, Shape input, List<Node> in) {
    Model model = Model.sequential("oracle", input, layer);
    TensorType batch = TensorType.f32(in.get(0).shape().toArray());
    Graph graph = ModelGraph.prediction(model, Loss.meanSquaredError(), batch);
    Map<String, Node> given = new HashMap<>(Map.of(ModelGraph.FEATURES, in.get(0)));
    for (int i = 0; i < model.parameters().size(); i++) {
      given.put(model.parameters().get(i).name(), in.get(i + 1));
    }
    Map<Node, Node> copies = new HashMap<>();
    for (Node node : graph.nodes()) {
      copies.put(node, copy(node, given, copies, in.get(0)));
    }
    return copies.get(graph.outputs().get(ModelGraph.PREDICTION));
  }

  private static Node copy(Node node, Map<String, Node> given, Map<Node, Node> copies, Node like) {
    List<Node> operands = node.inputs().stream().map(copies::get).toList();
    if (node.op() instanceof Op.Input(String name, TensorType _)) {
      return given.get(name);
    }
    if (node.op() instanceof Op.Variable(String name, TensorType _)) {
      return given.get(name);
    }
    if (node.op() instanceof Op.Constant(Tensor value) && value.type().dtype().isFloat()) {
      TensorType type = new TensorType(like.dtype(), value.shape());
      return like.builder().constant(Tensor.filled(type, value::at));
    }
    return like.builder().copy(node, operands);
  }
}
