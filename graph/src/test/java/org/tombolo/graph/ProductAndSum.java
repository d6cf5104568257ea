package org.tombolo.graph;

import java.util.List;
import java.util.Optional;

/// A function from outside with two results: `scale * a * b` and `a + b`, of floats of one type.
///
/// @param scale part of its value
record ProductAndSum(double scale) implements CustomFunction {
  @Override
  public String name() {
    return "product and sum";
  }

  @Override
  public List<TensorType> infer(List<TensorType> in) {
    if (in.size() != 2 || !in.get(0).equals(in.get(1)) || !in.get(0).dtype().isFloat()) {
      throw new ShapeException(
          "custom: operands of %s are %s; need two floats of one type".formatted(name(), in),
          "cast(...) or reshape(...) of one");
    }
    return in;
  }

  @Override
  public List<Tensor> evaluate(List<Tensor> in) {
    Tensor a = in.get(0);
    Tensor b = in.get(1);
    return List.of(
        Tensor.filled(a.type(), i -> scale * a.at(i) * b.at(i)),
        Tensor.filled(a.type(), i -> a.at(i) + b.at(i)));
  }

  @Override
  public Cost cost(List<TensorType> in) {
    long bytes = 2 * in.get(0).bytes();
    return new Cost(3 * in.get(0).size(), bytes, bytes);
  }

  @Override
  public List<Optional<Node>> gradient(List<Node> in, List<Node> results, List<Node> dys) {
    Node scaled = dys.get(0).mul(scale);
    return List.of(
        Optional.of(scaled.mul(in.get(1)).add(dys.get(1))),
        Optional.of(scaled.mul(in.get(0)).add(dys.get(1))));
  }
}
