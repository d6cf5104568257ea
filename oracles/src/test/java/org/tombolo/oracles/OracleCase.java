package org.tombolo.oracles;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;

/// One function of float tensors, written twice: in our operations and in TensorFlow's.
///
/// @param name what it is, unique
/// @param inputs shapes of the operands
/// @param low lower end of the numbers fed
/// @param high upper end of the numbers fed
/// @param single whether TensorFlow computes in single precision
/// @param ours the function here
/// @param theirs the function there
/// @param slopes how gradients come about there
record OracleCase(
    String name,
    List<Shape> inputs,
    double low,
    double high,
    boolean single,
    Ours ours,
    Theirs theirs,
    Slopes slopes) {

  /// The function in our operations.
  @FunctionalInterface
  interface Ours {
    Node of(GraphBuilder g, List<Node> in);
  }

  /// The function in TensorFlow's.
  @FunctionalInterface
  interface Theirs {
    Operand<TFloat64> of(Ops tf, List<Operand<TFloat64>> in);
  }

  /// Where gradients come from on the other side.
  sealed interface Slopes {
    /// TensorFlow differentiates the function.
    ///
    /// @param again whether its gradients are differentiated, too
    record Derived(boolean again) implements Slopes {}

    /// TensorFlow has no rule for it, but kernels that compute the gradient.
    record Kernels(TheirGradients gradients) implements Slopes {}

    /// Only values are compared.
    record None() implements Slopes {}
  }

  /// Gradients in the operands of `sum(y * dy)`.
  @FunctionalInterface
  interface TheirGradients {
    List<Operand<TFloat64>> of(Ops tf, List<Operand<TFloat64>> in, Operand<TFloat64> dy);
  }

  /// A function of numbers from -1 to 1.
  static OracleCase of(String name, Ours ours, Theirs theirs, Shape... inputs) {
    return new OracleCase(
        name, List.of(inputs), -1, 1, false, ours, theirs, new Slopes.Derived(true));
  }

  /// The same of other numbers.
  OracleCase between(double from, double to) {
    return new OracleCase(name, inputs, from, to, single, ours, theirs, slopes);
  }

  /// The same where TensorFlow has single precision alone.
  OracleCase inSinglePrecision() {
    return new OracleCase(name, inputs, low, high, true, ours, theirs, slopes);
  }

  /// The same with TensorFlow's gradients from kernels of its own.
  OracleCase gradients(TheirGradients gradients) {
    return new OracleCase(
        name, inputs, low, high, single, ours, theirs, new Slopes.Kernels(gradients));
  }

  /// The same without gradients.
  OracleCase valuesOnly() {
    return new OracleCase(name, inputs, low, high, single, ours, theirs, new Slopes.None());
  }

  /// The same without second derivatives: TensorFlow has none, or a smaller case has them.
  OracleCase once() {
    return new OracleCase(name, inputs, low, high, single, ours, theirs, new Slopes.Derived(false));
  }

  /// Whether second derivatives are compared, in double precision.
  boolean differentiatedTwice() {
    return slopes instanceof Slopes.Derived(boolean again) && again && !single;
  }

  boolean differentiated() {
    return !(slopes instanceof Slopes.None);
  }

  /// Numbers for the operands, the same in single and in double precision.
  List<double[]> values(long seed) {
    SplittableRandom random = new SplittableRandom(seed + name.hashCode());
    List<double[]> values = new ArrayList<>();
    for (Shape shape : inputs) {
      values.add(numbers(random, (int) shape.size(), low, high));
    }
    return values;
  }

  /// Weights of the elements of the result, whose weighted sum is differentiated.
  double[] weights(long seed, int count) {
    return numbers(new SplittableRandom(~seed + name.hashCode()), count, -1, 1);
  }

  /// Weights of the elements of the gradient in an operand, whose weighted sum is differentiated
  /// again.
  double[] weightsAgain(long seed, int operand) {
    int count = (int) inputs.get(operand).size();
    return numbers(new SplittableRandom(seed + 31L * operand + 7 + name.hashCode()), count, -1, 1);
  }

  private static double[] numbers(SplittableRandom random, int count, double low, double high) {
    double[] numbers = new double[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextDouble(low, high);
    }
    return numbers;
  }

  /// What a side found: the value, then the gradient in each operand where they are compared.
  record Found(List<double[]> parts) {}

  @Override
  public String toString() {
    return name;
  }
}
