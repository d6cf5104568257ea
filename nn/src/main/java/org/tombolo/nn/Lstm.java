package org.tombolo.nn;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;

/// Long short-term memory (Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al.,
/// 2000): with the gates `i`, `f`, `g`, `o` side by side in `x*kernel + h*recurrent + bias`, `c' =
/// sigmoid(f)*c + sigmoid(i)*tanh(g)` and `h' = sigmoid(o)*tanh(c')`, from zeros.
///
/// | value       | shape                               |
/// |-------------|-------------------------------------|
/// | `x`         | `[n, time, in]`                     |
/// | `kernel`    | `[in, 4*units]`                     |
/// | `recurrent` | `[units, 4*units]`                  |
/// | `bias`      | `[4*units]`                         |
/// | result      | `[n, units]` or `[n, time, units]`  |
///
/// The bias starts at 1 in the gate `f` and at 0 elsewhere: a cell keeps most of its state until it
/// has learned what to forget (Jozefowicz, Zaremba and Sutskever, *An empirical exploration of
/// recurrent network architectures*, ICML 2015).
///
/// @param units length of the state, at least 1
/// @param sequence whether the result has every step, or the last one alone
public record Lstm(int units, boolean sequence) implements Layer {
  /// Checks the number of units.
  public Lstm {
    Recurrence.requireUnits("lstm", units);
  }

  /// A layer that gives its last state.
  public static Lstm of(int units) {
    return new Lstm(units, false);
  }

  /// The same giving every state.
  public Lstm everyStep() {
    return new Lstm(units, true);
  }

  @Override
  public String kind() {
    return "lstm";
  }

  @Override
  public Shape infer(Shape in) {
    return Recurrence.infer(in, units, sequence);
  }

  @Override
  public List<Parameter> parameters(Shape in) {
    List<Parameter> parameters = new ArrayList<>(Recurrence.parameters(in, units, 4));
    parameters.removeIf(parameter -> parameter.name().equals("bias"));
    Initializer open = new Initializer.ConstantRange(1, units, 2L * units);
    parameters.add(new Parameter("bias", Shape.of(4L * units), open));
    return List.copyOf(parameters);
  }

  @Override
  public Node apply(Node x, Pass pass) {
    Node recurrent = pass.parameter("recurrent");
    return Recurrence.unrolled(
        x,
        pass,
        units,
        2,
        sequence,
        (sums, state) -> cell(sums, state.get(0), state.get(1), recurrent));
  }

  private List<Node> cell(Node fromInput, Node h, Node c, Node recurrent) {
    Node sums = fromInput.add(h.matmul(recurrent));
    Node kept = Recurrence.gate(sums, units, 1).sigmoid().mul(c);
    Node written = Recurrence.gate(sums, units, 0).sigmoid();
    Node cell = kept.add(written.mul(Recurrence.gate(sums, units, 2).tanh()));
    return List.of(Recurrence.gate(sums, units, 3).sigmoid().mul(cell.tanh()), cell);
  }

  @Override
  public String detail() {
    return sequence ? "every step" : "";
  }
}
