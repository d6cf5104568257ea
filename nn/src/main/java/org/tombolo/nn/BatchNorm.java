package org.tombolo.nn;

import java.util.List;
import java.util.stream.IntStream;
import org.tombolo.graph.Node;
import org.tombolo.graph.Normalization;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;

/// Normalises each channel, channels last, then scales and shifts it: in training by mean and
/// variance of the batch, otherwise by running means of them; see [Normalization.BatchNorm].
///
/// The running mean and variance are statistics of the model, kept in its checkpoints. After each
/// step they are `momentum * old + (1 - momentum) * batch`; the variance is that of the batch,
/// divided by the number of its elements.
///
/// @param momentum share of the running values that is kept in a step, in `[0, 1)`
/// @param epsilon added to the variance, above 0
public record BatchNorm(double momentum, double epsilon) implements Layer {
  /// Checks the ranges.
  public BatchNorm {
    if (!(momentum >= 0 && momentum < 1)) {
      throw new ShapeException(
          "batch_norm: momentum is %s; need 0 <= momentum < 1".formatted(momentum), "0.9");
    }
    Channels.requireEpsilon("batch_norm", epsilon);
  }

  /// Momentum 0.9, epsilon 1e-5.
  public BatchNorm() {
    this(0.9, 1e-5);
  }

  @Override
  public String kind() {
    return "batch_norm";
  }

  @Override
  public Shape infer(Shape in) {
    return Channels.requireLast(in);
  }

  @Override
  public List<Parameter> parameters(Shape in) {
    return Channels.scaleAndShift(in);
  }

  @Override
  public List<Parameter> statistics(Shape in) {
    Shape channels = Channels.last(in);
    return List.of(
        new Parameter("mean", channels, new Initializer.Constant(0)),
        new Parameter("variance", channels, new Initializer.Constant(1)));
  }

  @Override
  public Node apply(Node x, Pass pass) {
    int axis = x.rank() - 1;
    Node scale = pass.parameter("scale");
    Node shift = pass.parameter("shift");
    Node mean = pass.parameter("mean");
    Node variance = pass.parameter("variance");
    if (!pass.training()) {
      Normalization given = new Normalization.BatchNormInference(axis, epsilon);
      return x.builder().call(given, x, scale, shift, mean, variance);
    }
    Node batchMean = mean(x);
    Node batchVariance = mean(x.sub(batchMean.broadcastTo(x.shape())).square());
    pass.update("mean", blended(mean, batchMean));
    pass.update("variance", blended(variance, batchVariance));
    return x.builder().call(new Normalization.BatchNorm(axis, epsilon), x, scale, shift);
  }

  /// Means over all axes but the last, which the simplified graph shares with the normalization.
  private static Node mean(Node x) {
    int[] others = IntStream.range(0, x.rank() - 1).toArray();
    long count = x.shape().size() / x.shape().dim(x.rank() - 1);
    return x.reduceKeeping(ReduceFn.SUM, others).div(count);
  }

  private Node blended(Node old, Node batch) {
    return old.mul(momentum).add(batch.reshape(old.shape()).mul(1 - momentum));
  }

  @Override
  public String detail() {
    return "";
  }
}
