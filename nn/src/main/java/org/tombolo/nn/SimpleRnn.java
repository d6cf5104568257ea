package org.tombolo.nn;

import java.util.List;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;

/// A recurrent layer without gates (Elman, *Finding structure in time*, 1990): `h' = tanh(x*kernel
/// + h*recurrent + bias)`, from `h = 0`.
///
/// | value       | shape                               |
/// |-------------|-------------------------------------|
/// | `x`         | `[n, time, in]`                     |
/// | `kernel`    | `[in, units]`                       |
/// | `recurrent` | `[units, units]`                    |
/// | `bias`      | `[units]`                           |
/// | result      | `[n, units]` or `[n, time, units]`  |
///
/// @param units length of the state, at least 1
/// @param sequence whether the result has every step, or the last one alone
public record SimpleRnn(int units, boolean sequence) implements Layer {
  /// Checks the number of units.
  public SimpleRnn {
    Recurrence.requireUnits("rnn", units);
  }

  /// A layer that gives its last state.
  public static SimpleRnn of(int units) {
    return new SimpleRnn(units, false);
  }

  /// The same giving every state.
  public SimpleRnn everyStep() {
    return new SimpleRnn(units, true);
  }

  @Override
  public String kind() {
    return "rnn";
  }

  @Override
  public Shape infer(Shape in) {
    return Recurrence.infer(in, units, sequence);
  }

  @Override
  public List<Parameter> parameters(Shape in) {
    return Recurrence.parameters(in, units, 1);
  }

  @Override
  public Node apply(Node x, Pass pass) {
    Node recurrent = pass.parameter("recurrent");
    return Recurrence.unrolled(
        x, pass, units, 1, sequence, (sums, state) -> cell(sums, state.getFirst(), recurrent));
  }

  private static List<Node> cell(Node sums, Node h, Node recurrent) {
    return List.of(sums.add(h.matmul(recurrent)).tanh());
  }

  @Override
  public String detail() {
    return sequence ? "every step" : "";
  }
}
