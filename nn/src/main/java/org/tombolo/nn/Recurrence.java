package org.tombolo.nn;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.TensorType;

/// A recurrent layer unrolled over the time axis of `x[n, time, features]`: one copy of the cell
/// for each step. The part of the sums that comes from `x` is one product for all steps.
final class Recurrence {
  private Recurrence() {}

  /// One step of a cell.
  @FunctionalInterface
  interface Cell {
    /// The state after the step, of the shapes it had before; the first part is the result.
    ///
    /// @param sums what comes from `x`, with the bias: `[n, gates * units]`
    /// @param state `[n, units]` each
    List<Node> next(Node sums, List<Node> state);
  }

  static void requireUnits(String kind, int units) {
    if (units < 1) {
      throw new ShapeException("%s: units is %d; need 1 or more".formatted(kind, units), "64");
    }
  }

  static Shape infer(Shape in, int units, boolean sequence) {
    if (in.rank() != 2 || in.dim(0) < 1 || in.dim(1) < 1) {
      throw new ShapeException(
          "input is %s; need [time, features] with at least one of each".formatted(in),
          "Embedding before it for whole numbers");
    }
    return sequence ? Shape.of(in.dim(0), units) : Shape.of(units);
  }

  /// Kernels `[features, gates * units]` and `[units, gates * units]`, and a bias.
  static List<Parameter> parameters(Shape in, int units, int gates) {
    long width = (long) gates * units;
    return List.of(
        new Parameter("kernel", Shape.of(in.dim(1), width), new Initializer.GlorotUniform()),
        new Parameter("recurrent", Shape.of(units, width), new Initializer.GlorotUniform()),
        new Parameter("bias", Shape.of(width), new Initializer.Constant(0)));
  }

  /// Runs a cell over time, from a state of zeros.
  ///
  /// @param parts how many tensors the state is made of
  /// @param sequence whether to give the result of every step, or of the last
  static Node unrolled(Node x, Pass pass, int units, int parts, boolean sequence, Cell cell) {
    long n = x.shape().dim(0);
    long time = x.shape().dim(1);
    Node rows = x.reshape(n * time, x.shape().dim(2)).matmul(pass.parameter("kernel"));
    Node all = rows.add(pass.parameter("bias").broadcastTo(rows.shape()));
    long width = all.shape().dim(1);
    Node sums = all.reshape(n, time, width);
    Node zeros = x.builder().full(new TensorType(x.dtype(), Shape.of(n, units)), 0);
    List<Node> state = new ArrayList<>();
    for (int i = 0; i < parts; i++) {
      state.add(zeros);
    }
    List<Node> results = new ArrayList<>();
    for (long t = 0; t < time; t++) {
      state = cell.next(sums.slice(1, t, t + 1).reshape(n, width), state);
      results.add(state.getFirst().reshape(n, 1, units));
    }
    return sequence ? x.builder().concat(1, results.toArray(new Node[0])) : state.getFirst();
  }

  /// The sums of one gate.
  static Node gate(Node sums, int units, int gate) {
    return sums.slice(1, (long) gate * units, (gate + 1L) * units);
  }
}
