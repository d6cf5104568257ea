package org.tombolo.nn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// A layer that comes as a graph with values for its variables: a part of a network that somebody
/// else has trained, to build on.
///
/// ```java
/// Model model = Model.sequential("few", Shape.of(8, 8, 1),
///     Grafted.frozen("digits", features -> part(features)), Dense.of(5));
/// ```
///
/// @param label what it is, for summaries and checkpoints
/// @param source gives the graphs
/// @param trained whether training changes the variables; else they stay as they are
public record Grafted(String label, Source source, boolean trained) implements Layer {

  /// Gives the graph for features of a type.
  @FunctionalInterface
  public interface Source {
    /// The same operations and variables for any number of examples.
    ///
    /// @param features `f32[n, in..]`
    Part at(TensorType features);
  }

  /// A graph with its values.
  ///
  /// @param graph of one input `[n, in..]`, to whose element type features are cast, and one output
  ///   of floats `[n, out..]`; assigns nothing
  /// @param variables a value, in single precision, for each variable of the graph
  public record Part(Graph graph, Map<String, Tensor> variables) {
    /// Copies the map and checks that the graph is as above.
    ///
    /// @throws ShapeException if it is not
    public Part {
      variables = Map.copyOf(variables);
      boolean fits =
          graph.inputs().size() == 1
              && graph.outputs().size() == 1
              && graph.assigns().isEmpty()
              && graph.outputs().firstEntry().getValue().dtype().isFloat();
      for (Node node : graph.variables()) {
        Tensor value = node.op() instanceof Op.Variable(String n, var _) ? variables.get(n) : null;
        fits &= value != null && value.type().equals(node.type()) && node.dtype() == DType.F32;
      }
      if (!fits) {
        throw new ShapeException(
            "grafted: graph %s has inputs %s, variables %s, outputs %s, %d assigns, values for %s; need one input, one output of floats, no assigns, and a value f32 for each variable"
                .formatted(
                    graph.name(),
                    graph.inputs(),
                    graph.variables(),
                    graph.outputs().values(),
                    graph.assigns().size(),
                    variables.keySet()),
            "the part between one input and one value");
      }
    }

    private Node output() {
      return graph.outputs().firstEntry().getValue();
    }
  }

  /// A part whose variables stay as they are.
  public static Grafted frozen(String label, Source source) {
    return new Grafted(label, remembered(source), false);
  }

  /// A part whose variables are where training starts from.
  public static Grafted trained(String label, Source source) {
    return new Grafted(label, remembered(source), true);
  }

  private static Source remembered(Source source) {
    Map<TensorType, Part> parts = new ConcurrentHashMap<>();
    return features -> parts.computeIfAbsent(features, source::at);
  }

  @Override
  public String kind() {
    return "grafted";
  }

  private static TensorType features(long examples, Shape in) {
    List<Long> extents = new ArrayList<>(List.of(examples));
    extents.addAll(in.toList());
    return new TensorType(DType.F32, Shape.of(extents));
  }

  @Override
  public Shape infer(Shape in) {
    Shape out = source.at(features(1, in)).output().shape();
    if (out.rank() < 1 || out.dim(0) != 1) {
      throw new ShapeException(
          "grafted %s: one example %s gives %s; need a first axis that counts examples"
              .formatted(label, in, out),
          "another value to end with");
    }
    return Shape.of(out.toList().subList(1, out.rank()));
  }

  @Override
  public List<Parameter> parameters(Shape in) {
    return trained ? values(in) : List.of();
  }

  @Override
  public List<Parameter> statistics(Shape in) {
    return trained ? List.of() : values(in);
  }

  private List<Parameter> values(Shape in) {
    List<Parameter> values = new ArrayList<>();
    new TreeMap<>(source.at(features(1, in)).variables())
        .forEach((name, value) ->
            values.add(new Parameter(name, value.shape(), new Initializer.Given(value))));
    return values;
  }

  @Override
  public Node apply(Node x, Pass pass) {
    Part part = source.at(x.type());
    Map<Node, Node> copies = new HashMap<>();
    for (Node node : part.graph().nodes()) {
      copies.put(
          node,
          switch (node.op()) {
            case Op.Input _ -> x.cast(node.dtype());
            case Op.Variable(String name, var _) -> pass.parameter(name);
            default -> x.builder().copy(node, node.inputs().stream().map(copies::get).toList());
          });
    }
    Node out = copies.get(part.output());
    if (out == null) {
      throw new IllegalStateException("a graph holds its outputs");
    }
    return out.cast(DType.F32);
  }

  @Override
  public String detail() {
    return label + (trained ? "" : ", frozen");
  }

  /// Label and way: what tells checkpoints apart.
  @Override
  public String toString() {
    return "Grafted[label=%s, trained=%s]".formatted(label, trained);
  }
}
