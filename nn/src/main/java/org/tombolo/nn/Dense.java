package org.tombolo.nn;

import java.util.List;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;

/// Weighted sums of all inputs: `activation(x * kernel + bias)`.
///
/// | value    | shape         |
/// |----------|---------------|
/// | `x`      | `[n, in]`     |
/// | `kernel` | `[in, units]` |
/// | `bias`   | `[units]`     |
/// | result   | `[n, units]`  |
///
/// The bias starts at zero.
///
/// @param units outputs, at least 1
/// @param activation function of the sums
/// @param initial where the kernel starts
public record Dense(int units, Activation activation, Initializer initial) implements Layer {
  /// Checks the number of units.
  public Dense {
    if (units < 1) {
      throw new ShapeException(
          "dense: units is %d; need 1 or more".formatted(units),
          "the number of classes or features");
    }
  }

  /// Linear units.
  public static Dense of(int units) {
    return new Dense(units, Activation.LINEAR, Initializer.before(Activation.LINEAR));
  }

  /// The same with another activation, and the kernel's start that [suits][Initializer#before] it.
  public Dense activation(Activation other) {
    return new Dense(units, other, Initializer.before(other));
  }

  /// The same with the kernel starting elsewhere.
  public Dense initial(Initializer other) {
    return new Dense(units, activation, other);
  }

  @Override
  public String kind() {
    return "dense";
  }

  @Override
  public Shape infer(Shape in) {
    if (in.rank() != 1) {
      throw new ShapeException(
          "input is %s; need one axis [features]".formatted(in), "Flatten before it");
    }
    return Shape.of(units);
  }

  @Override
  public List<Parameter> parameters(Shape in) {
    return List.of(
        new Parameter("kernel", Shape.of(in.dim(0), units), initial),
        new Parameter("bias", Shape.of(units), new Initializer.Constant(0)));
  }

  @Override
  public Node apply(Node x, Pass pass) {
    Node sums = x.matmul(pass.parameter("kernel"));
    return activation.of(sums.add(pass.parameter("bias").broadcastTo(sums.shape())));
  }

  @Override
  public String detail() {
    return activation == Activation.LINEAR ? "" : activation.toString();
  }
}
