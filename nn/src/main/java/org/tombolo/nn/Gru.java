package org.tombolo.nn;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;

/// A gated recurrent unit (Cho et al., EMNLP 2014, with the reset after the product as in cuDNN):
/// with the gates `r`, `z`, `n` side by side in `a = x*kernel + bias` and `b = h*recurrent +
/// recurrent_bias`, `n = tanh(a_n + sigmoid(a_r + b_r)*b_n)` and `h' = n + sigmoid(a_z + b_z)*(h -
/// n)`, from `h = 0`.
///
/// | value                    | shape                               |
/// |--------------------------|-------------------------------------|
/// | `x`                      | `[n, time, in]`                     |
/// | `kernel`                 | `[in, 3*units]`                     |
/// | `recurrent`              | `[units, 3*units]`                  |
/// | `bias`, `recurrent_bias` | `[3*units]`                         |
/// | result                   | `[n, units]` or `[n, time, units]`  |
///
/// @param units length of the state, at least 1
/// @param sequence whether the result has every step, or the last one alone
public record Gru(int units, boolean sequence) implements Layer {
  /// Checks the number of units.
  public Gru {
    Recurrence.requireUnits("gru", units);
  }

  /// A layer that gives its last state.
  public static Gru of(int units) {
    return new Gru(units, false);
  }

  /// The same giving every state.
  public Gru everyStep() {
    return new Gru(units, true);
  }

  @Override
  public String kind() {
    return "gru";
  }

  @Override
  public Shape infer(Shape in) {
    return Recurrence.infer(in, units, sequence);
  }

  @Override
  public List<Parameter> parameters(Shape in) {
    List<Parameter> parameters = new ArrayList<>(Recurrence.parameters(in, units, 3));
    parameters.add(
        new Parameter("recurrent_bias", Shape.of(3L * units), new Initializer.Constant(0)));
    return List.copyOf(parameters);
  }

  @Override
  public Node apply(Node x, Pass pass) {
    Node recurrent = pass.parameter("recurrent");
    Node bias = pass.parameter("recurrent_bias");
    return Recurrence.unrolled(
        x,
        pass,
        units,
        1,
        sequence,
        (sums, state) -> cell(sums, state.getFirst(), recurrent, bias));
  }

  private List<Node> cell(Node a, Node h, Node recurrent, Node bias) {
    Node b = h.matmul(recurrent).add(bias.broadcastTo(a.shape()));
    Node reset = Recurrence.gate(a, units, 0).add(Recurrence.gate(b, units, 0)).sigmoid();
    Node kept = Recurrence.gate(a, units, 1).add(Recurrence.gate(b, units, 1)).sigmoid();
    Node fresh = Recurrence.gate(a, units, 2).add(reset.mul(Recurrence.gate(b, units, 2))).tanh();
    return List.of(fresh.add(kept.mul(h.sub(fresh))));
  }

  @Override
  public String detail() {
    return sequence ? "every step" : "";
  }
}
