package org.tombolo.graph;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// A differentiable formula and where to try it.
///
/// @param name in reports
/// @param operands shapes of the f64 operands
/// @param domain where the operands' elements lie
/// @param formula the value in terms of the operands
record GradientCase(
    String name, List<Shape> operands, Domain domain, Function<List<Node>, Node> formula) {

  /// Where operands are drawn from.
  enum Domain {
    /// Both signs, up to 2 in magnitude.
    REAL,
    /// From 0.3 to 2.3, for functions that need it.
    POSITIVE
  }

  static GradientCase of(String name, Function<List<Node>, Node> formula, Shape... operands) {
    return new GradientCase(name, List.of(operands), Domain.REAL, formula);
  }

  static GradientCase positive(String name, Function<List<Node>, Node> formula, Shape... operands) {
    return new GradientCase(name, List.of(operands), Domain.POSITIVE, formula);
  }

  /// Values for the operands. The elements of all operands differ from each other by far more than
  /// the step of a difference quotient, so that no kink (a tie, a sign) lies within a step.
  List<Tensor> draw(SplittableRandom random) {
    long total = operands.stream().mapToLong(Shape::size).sum();
    List<Double> places =
        shuffled(LongStream.range(0, total).mapToObj(i -> (double) i).toList(), random);
    int[] used = {0};
    return operands.stream()
        .map(shape ->
            Tensor.filled(
                new TensorType(DType.F64, shape),
                i -> {
                  double at = (places.get(used[0]++) + random.nextDouble(0.3, 0.7)) / total;
                  return domain == Domain.REAL ? 4 * at - 2 : 2 * at + 0.3;
                }))
        .toList();
  }

  private static List<Double> shuffled(List<Double> values, SplittableRandom random) {
    Double[] out = values.toArray(Double[]::new);
    for (int i = out.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      Double held = out[i];
      out[i] = out[j];
      out[j] = held;
    }
    return List.of(out);
  }

  /// The gradients of this formula as a formula, of the operands and of weights for its result.
  /// They are joined into one vector.
  GradientCase derivative() {
    GraphBuilder g = new GraphBuilder("shape of " + name);
    Shape result = formula.apply(inputs(g)).shape();
    List<Shape> more = Stream.concat(operands.stream(), Stream.of(result)).toList();
    return new GradientCase(
        name + "'",
        more,
        domain,
        in -> {
          List<Node> x = in.subList(0, operands.size());
          List<Node> gradients = Gradients.of(formula.apply(x), in.getLast(), x);
          return x.getFirst()
              .builder()
              .concat(
                  0,
                  gradients.stream()
                      .map(gradient -> gradient.reshape(gradient.shape().size()))
                      .toArray(Node[]::new));
        });
  }

  List<Node> inputs(GraphBuilder g) {
    return IntStream.range(0, operands.size())
        .mapToObj(i -> g.input("x" + i, new TensorType(DType.F64, operands.get(i))))
        .toList();
  }

  @Override
  public String toString() {
    return name + " of " + operands;
  }
}
