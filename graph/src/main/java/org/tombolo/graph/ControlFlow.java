package org.tombolo.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// What decides while a graph runs which graphs run next: [If] and [While].
///
/// The graphs are functions of their operands: an input for each, in order, and no variables. What
/// they need from outside is handed in as an operand. Control flow has several results; a node
/// takes one of them, see [Op.Control].
public sealed interface ControlFlow {

  /// The name in messages and in the text form.
  String name();

  /// Types of all results for operands of these types.
  ///
  /// @throws ShapeException if they do not fit
  List<TensorType> infer(List<TensorType> in);

  /// The graphs that may run.
  List<Graph> graphs();

  /// Runs one of two graphs. Operands: a condition `bool[]`, then what both graphs take. Results:
  /// what either graph gives. Only the chosen graph is computed.
  ///
  /// @param then runs if the condition is true
  /// @param otherwise runs if it is false; inputs and outputs of the same types, in the same order
  record If(Graph then, Graph otherwise) implements ControlFlow {
    /// Checks that the branches fit each other.
    ///
    /// @throws ShapeException if they do not
    public If {
      requirePure("if", then);
      requirePure("if", otherwise);
      requireThat(
          inputs(then).equals(inputs(otherwise)) && outputs(then).equals(outputs(otherwise)),
          "if: branches are %s -> %s and %s -> %s; need the same types"
              .formatted(inputs(then), outputs(then), inputs(otherwise), outputs(otherwise)),
          "cast(...) or reshape(...) of the results of one");
      requireThat(
          !then.outputs().isEmpty(), "if: no results; need at least one", "select for one value");
    }

    @Override
    public String name() {
      return "if";
    }

    @Override
    public List<TensorType> infer(List<TensorType> in) {
      List<TensorType> wanted = new ArrayList<>(List.of(new TensorType(DType.BOOL, Shape.SCALAR)));
      wanted.addAll(inputs(then));
      requireThat(
          in.equals(wanted),
          "if: operands are %s; need %s".formatted(in, wanted),
          "a condition of one element, then what the branches take");
      return outputs(then);
    }

    @Override
    public List<Graph> graphs() {
      return List.of(then, otherwise);
    }
  }

  /// Runs a graph again and again while a condition holds. Operands: the first values of what is
  /// carried from trip to trip, then what stays the same. Results: the last values of what is
  /// carried, then, for each further output of the body, its values of all trips in a tensor with
  /// the trips as first axis, zero from the last trip on.
  ///
  /// With a limit, gradients take memory for what is carried at each trip; without, they compute
  /// each trip anew from the first, in time quadratic in the number of trips.
  ///
  /// @param condition of all operands, with one result `bool[]`; looked at before each trip
  /// @param body of all operands: the next values of what is carried, then what is collected
  /// @param carried how many of the operands are carried, the first ones
  /// @param limit most trips that are made; needed to collect
  record While(Graph condition, Graph body, int carried, OptionalLong limit)
      implements ControlFlow {
    /// Checks that the graphs fit each other.
    ///
    /// @throws ShapeException if they do not
    public While {
      requirePure("while", condition);
      requirePure("while", body);
      List<TensorType> in = inputs(body);
      List<TensorType> out = outputs(body);
      requireThat(
          inputs(condition).equals(in)
              && outputs(condition).equals(List.of(new TensorType(DType.BOOL, Shape.SCALAR))),
          "while: condition is %s -> %s; need %s -> [bool[]]"
              .formatted(inputs(condition), outputs(condition), in),
          "a condition of one element, of all operands of the body");
      requireThat(
          carried > 0
              && carried <= Math.min(in.size(), out.size())
              && out.subList(0, carried).equals(in.subList(0, carried)),
          "while: body is %s -> %s, %d carried; need results that start with the types of the carried operands"
              .formatted(in, out, carried),
          "cast(...) or reshape(...) of the next values");
      requireThat(
          limit.isPresent() ? limit.getAsLong() >= 0 : out.size() == carried,
          "while: limit is %s, %d values are collected; need a limit of 0 or more to collect"
              .formatted(limit, out.size() - carried),
          "OptionalLong.of(the most trips there can be)");
    }

    @Override
    public String name() {
      return "while";
    }

    @Override
    public List<TensorType> infer(List<TensorType> in) {
      requireThat(
          in.equals(inputs(body)),
          "while: operands are %s; need %s".formatted(in, inputs(body)),
          "the first values of what is carried, then what stays the same");
      List<TensorType> results = new ArrayList<>(in.subList(0, carried));
      for (TensorType row : collected()) {
        List<Long> extents = new ArrayList<>(List.of(limit.orElseThrow()));
        extents.addAll(row.shape().toList());
        results.add(row.withShape(Shape.of(extents)));
      }
      return List.copyOf(results);
    }

    /// Trips that estimates count with: the limit, or where there is none, ten.
    public long expectedTrips() {
      return Math.min(limit.orElse(10), 1 << 20);
    }

    /// Types of what each trip adds to the collected results.
    public List<TensorType> collected() {
      return outputs(body).subList(carried, outputs(body).size());
    }

    @Override
    public List<Graph> graphs() {
      return List.of(condition, body);
    }
  }

  private static List<TensorType> inputs(Graph graph) {
    return graph.inputs().stream().map(Node::type).toList();
  }

  private static List<TensorType> outputs(Graph graph) {
    return graph.outputs().values().stream().map(Node::type).toList();
  }

  private static void requirePure(String name, Graph graph) {
    requireThat(
        graph.isPure(),
        "%s: graph %s has variables %s; need none".formatted(name, graph.name(), graph.variables()),
        "an operand in place of each variable, and an assign of the result outside");
  }

  private static void requireThat(boolean fits, String problem, String remedy) {
    if (!fits) {
      throw new ShapeException(problem, remedy);
    }
  }
}
