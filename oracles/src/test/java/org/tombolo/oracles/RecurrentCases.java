package org.tombolo.oracles;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.types.TFloat64;
import org.tombolo.graph.Shape;
import org.tombolo.nn.Gru;
import org.tombolo.nn.Layer;
import org.tombolo.nn.Lstm;
import org.tombolo.nn.SimpleRnn;

/// Layers over sequences, step by step in TensorFlow. Operands are the sequence and the layer's
/// parameters in their order.
final class RecurrentCases {
  private static final int N = 3;
  private static final int IN = 5;
  private static final int UNITS = 4;

  private RecurrentCases() {}

  static List<OracleCase> all() {
    List<OracleCase> all = new ArrayList<>();
    for (int time : new int[] {1, 2, 7}) {
      String steps = " of %d steps".formatted(time);
      all.add(
          layer("simple recurrence" + steps, SimpleRnn.of(UNITS), time, RecurrentCases::simple));
      all.add(layer("lstm" + steps, Lstm.of(UNITS), time, RecurrentCases::lstm));
      all.add(layer("gru" + steps, Gru.of(UNITS), time, RecurrentCases::gru));
    }
    all.add(layer("lstm, every step", Lstm.of(UNITS).everyStep(), 5, RecurrentCases::lstm));
    all.add(layer("gru, every step", Gru.of(UNITS).everyStep(), 5, RecurrentCases::gru));
    return all;
  }

  /// A cell: the state after a step, whose first part is the result.
  @FunctionalInterface
  private interface Cell {
    List<Operand<TFloat64>> next(
        Ops tf, Operand<TFloat64> x, List<Operand<TFloat64>> state, List<Operand<TFloat64>> in);
  }

  private static OracleCase layer(String name, Layer layer, int time, Cell cell) {
    Shape input = Shape.of(time, IN);
    List<Shape> shapes = new ArrayList<>(List.of(Shape.of(N, time, IN)));
    layer.parameters(input).forEach(parameter -> shapes.add(parameter.shape()));
    boolean every = layer.infer(input).rank() == 2;
    OracleCase each =
        OracleCase.of(
            name,
            (g, in) -> Layers.applied(layer, input, in),
            (tf, in) -> {
              Operand<TFloat64> zeros = tf.constant(new double[N][UNITS]);
              List<Operand<TFloat64>> state = List.of(zeros, zeros);
              List<Operand<TFloat64>> results = new ArrayList<>();
              for (Operand<TFloat64> x : tf.unstack(in.get(0), (long) time, axis1()).output()) {
                state = cell.next(tf, x, state, in);
                results.add(tf.expandDims(state.getFirst(), tf.constant(1)));
              }
              return every ? tf.concat(results, tf.constant(1)) : state.getFirst();
            },
            shapes.toArray(new Shape[0]));
    return time > 2 ? each.once() : each;
  }

  private static Unstack.Options axis1() {
    return Unstack.axis(1L);
  }

  private static Operand<TFloat64> affine(
      Ops tf, Operand<TFloat64> x, Operand<TFloat64> kernel, Operand<TFloat64> bias) {
    return tf.math.add(tf.linalg.matMul(x, kernel), bias);
  }

  private static Operand<TFloat64> gate(Ops tf, Operand<TFloat64> sums, int gate) {
    return tf.slice(
        sums, tf.constant(new int[] {0, gate * UNITS}), tf.constant(new int[] {-1, UNITS}));
  }

  private static List<Operand<TFloat64>> simple(
      Ops tf, Operand<TFloat64> x, List<Operand<TFloat64>> state, List<Operand<TFloat64>> in) {
    Operand<TFloat64> sums = affine(tf, x, in.get(1), in.get(3));
    Operand<TFloat64> back = tf.linalg.matMul(state.getFirst(), in.get(2));
    return List.of(tanh(tf, tf.math.add(sums, back)), state.get(1));
  }

  private static List<Operand<TFloat64>> lstm(
      Ops tf, Operand<TFloat64> x, List<Operand<TFloat64>> state, List<Operand<TFloat64>> in) {
    Operand<TFloat64> sums =
        tf.math.add(affine(tf, x, in.get(1), in.get(3)), tf.linalg.matMul(state.get(0), in.get(2)));
    Operand<TFloat64> kept = tf.math.mul(sigmoid(tf, gate(tf, sums, 1)), state.get(1));
    Operand<TFloat64> written =
        tf.math.mul(sigmoid(tf, gate(tf, sums, 0)), tanh(tf, gate(tf, sums, 2)));
    Operand<TFloat64> c = tf.math.add(kept, written);
    return List.of(tf.math.mul(sigmoid(tf, gate(tf, sums, 3)), tanh(tf, c)), c);
  }

  private static List<Operand<TFloat64>> gru(
      Ops tf, Operand<TFloat64> x, List<Operand<TFloat64>> state, List<Operand<TFloat64>> in) {
    Operand<TFloat64> a = affine(tf, x, in.get(1), in.get(3));
    Operand<TFloat64> b = affine(tf, state.get(0), in.get(2), in.get(4));
    Operand<TFloat64> reset = sigmoid(tf, tf.math.add(gate(tf, a, 0), gate(tf, b, 0)));
    Operand<TFloat64> kept = sigmoid(tf, tf.math.add(gate(tf, a, 1), gate(tf, b, 1)));
    Operand<TFloat64> fresh =
        tanh(tf, tf.math.add(gate(tf, a, 2), tf.math.mul(reset, gate(tf, b, 2))));
    Operand<TFloat64> open = tf.math.sub(tf.constant(1.0), kept);
    return List.of(
        tf.math.add(tf.math.mul(open, fresh), tf.math.mul(kept, state.get(0))), state.get(1));
  }

  /// By the exponential, which TensorFlow can differentiate twice.
  private static Operand<TFloat64> sigmoid(Ops tf, Operand<TFloat64> x) {
    Operand<TFloat64> one = tf.constant(1.0);
    return tf.math.div(one, tf.math.add(one, tf.math.exp(tf.math.neg(x))));
  }

  private static Operand<TFloat64> tanh(Ops tf, Operand<TFloat64> x) {
    Operand<TFloat64> two = tf.constant(2.0);
    return tf.math.sub(tf.math.mul(two, sigmoid(tf, tf.math.mul(two, x))), tf.constant(1.0));
  }
}
