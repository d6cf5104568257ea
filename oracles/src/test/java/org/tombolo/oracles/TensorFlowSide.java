package org.tombolo.oracles;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat64;
import org.tombolo.oracles.OracleCase.Found;
import org.tombolo.oracles.OracleCase.Slopes;

/// Runs cases in TensorFlow, on two threads.
final class TensorFlowSide {
  static final ConfigProto TWO_THREADS =
      ConfigProto.newBuilder()
          .setIntraOpParallelismThreads(2)
          .setInterOpParallelismThreads(2)
          .build();

  private TensorFlowSide() {}

  /// The value and the gradients in the operands.
  static Found run(OracleCase each, long seed) {
    return run(each, seed, false);
  }

  /// The gradients, in the operands and in the weights of the result, of the weighted sum of all
  /// gradients.
  static Found runTwice(OracleCase each, long seed) {
    return run(each, seed, true);
  }

  private static Found run(OracleCase each, long seed, boolean twice) {
    try (Graph graph = new Graph();
        Session session = new Session(graph, TWO_THREADS)) {
      Ops tf = Ops.create(graph);
      List<Operand<TFloat64>> in = new ArrayList<>();
      for (org.tombolo.graph.Shape shape : each.inputs()) {
        in.add(placeholder(tf, Shape.of(shape.toArray())));
      }
      Operand<TFloat64> y = each.theirs().of(tf, in);
      Operand<TFloat64> dy = placeholder(tf, y.shape());
      List<Operand<TFloat64>> fetched = new ArrayList<>();
      if (twice) {
        fetched.addAll(derivedTwice(graph, tf, each, seed, y, in, dy));
      } else {
        fetched.add(y);
        switch (each.slopes()) {
          case Slopes.Derived _ ->
              fetched.addAll(derived(graph, "gradients", List.of(y), in, List.of(dy)));
          case Slopes.Kernels(var gradients) -> fetched.addAll(gradients.of(tf, in, dy));
          case Slopes.None() -> {}
        }
      }
      Session.Runner runner = session.runner();
      List<double[]> values = each.values(seed);
      List<TFloat64> fed = new ArrayList<>();
      for (int i = 0; i < in.size(); i++) {
        fed.add(tensor(Shape.of(each.inputs().get(i).toArray()), values.get(i)));
        runner.feed(in.get(i), fed.getLast());
      }
      fed.add(tensor(y.shape(), each.weights(seed, (int) y.shape().size())));
      runner.feed(dy, fed.getLast());
      fetched.forEach(runner::fetch);
      List<double[]> found = new ArrayList<>();
      try (Result result = runner.run()) {
        for (int i = 0; i < fetched.size(); i++) {
          found.add(numbers((TFloat64) result.get(i)));
        }
      }
      fed.forEach(TFloat64::close);
      return new Found(found);
    }
  }

  private static List<Operand<TFloat64>> derivedTwice(
      Graph graph,
      Ops tf,
      OracleCase each,
      long seed,
      Operand<TFloat64> y,
      List<Operand<TFloat64>> in,
      Operand<TFloat64> dy) {
    List<Operand<TFloat64>> gradients = derived(graph, "once", List.of(y), in, List.of(dy));
    List<Operand<TFloat64>> sums = new ArrayList<>();
    List<Operand<TFloat64>> weights = new ArrayList<>();
    for (int i = 0; i < in.size(); i++) {
      // Nothing of the operand, which a gradient must depend on in TensorFlow's eyes.
      sums.add(tf.math.add(gradients.get(i), tf.math.mul(in.get(i), tf.constant(0.0))));
      Shape shape = in.get(i).shape();
      weights.add(tf.constant(shape, DataBuffers.of(each.weightsAgain(seed, i))));
    }
    List<Operand<TFloat64>> all = new ArrayList<>(in);
    all.add(dy);
    return derived(graph, "twice", sums, all, weights);
  }

  private static List<Operand<TFloat64>> derived(
      Graph graph,
      String name,
      List<Operand<TFloat64>> y,
      List<Operand<TFloat64>> in,
      List<Operand<TFloat64>> dy) {
    Output<?>[] gradients = graph.addGradients(name, outputs(y), outputs(in), outputs(dy));
    List<Operand<TFloat64>> found = new ArrayList<>();
    for (Output<?> gradient : gradients) {
      found.add(gradient.expect(TFloat64.class));
    }
    return found;
  }

  private static Output<?>[] outputs(List<Operand<TFloat64>> operands) {
    return operands.stream().map(Operand::asOutput).toArray(Output<?>[]::new);
  }

  private static Operand<TFloat64> placeholder(Ops tf, Shape shape) {
    return tf.placeholder(TFloat64.class, Placeholder.shape(shape));
  }

  static TFloat64 tensor(Shape shape, double... numbers) {
    return TFloat64.tensorOf(shape, DataBuffers.of(numbers));
  }

  static double[] numbers(TFloat64 tensor) {
    double[] numbers = new double[(int) tensor.size()];
    tensor.copyTo(DataBuffers.of(numbers, false, false));
    return numbers;
  }
}
