package org.tombolo.peers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.nn.Conv2d;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;
import org.tombolo.peers.Numbers.Spread;

/// Models as graphs of TensorFlow. Images are `[n, h, w, c]`, the only layout that it has kernels
/// for on the CPU. Parameters are constants, as in a frozen graph, or variables in training.
final class TensorFlowOps implements Ops<Operand<TFloat32>> {
  final org.tensorflow.op.Ops tf;

  /// What lies with the engine, by the name of its placeholder.
  final Map<String, TFloat32> resident = new LinkedHashMap<>();

  final Map<String, Placeholder<TFloat32>> inputs = new LinkedHashMap<>();

  /// What is learned, in training.
  final Map<String, Variable<TFloat32>> learned = new LinkedHashMap<>();

  /// What gives variables their first values.
  final List<Operand<TFloat32>> starts = new ArrayList<>();

  /// What follows the batches.
  final List<Operand<TFloat32>> statistics = new ArrayList<>();

  private final boolean training;

  TensorFlowOps(Graph graph, boolean training) {
    this.tf = org.tensorflow.op.Ops.create(graph);
    this.training = training;
  }

  static TFloat32 tensor(float[] values, long... shape) {
    return TFloat32.tensorOf(Shape.of(shape), DataBuffers.of(values));
  }

  private Placeholder<TFloat32> resident(String name, Supplier<float[]> values, long... shape) {
    return inputs.computeIfAbsent(
        name,
        _ -> {
          resident.put(name, tensor(values.get(), shape));
          return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(shape)));
        });
  }

  /// A variable that starts with these values.
  Variable<TFloat32> variable(float[] values, long... shape) {
    Variable<TFloat32> variable = tf.variable(Shape.of(shape), TFloat32.class);
    starts.add(tf.assign(variable, tf.constantOf(tensor(values, shape))));
    return variable;
  }

  private Operand<TFloat32> learned(String name, float[] values, long... shape) {
    if (!training) {
      return tf.constantOf(tensor(values, shape));
    }
    Variable<TFloat32> variable = variable(values, shape);
    learned.put(name, variable);
    return variable;
  }

  @Override
  public Operand<TFloat32> input(String name, long... shape) {
    return resident(name, () -> Numbers.of(name, Spread.UNIT, shape), shape);
  }

  @Override
  public Operand<TFloat32> image(String name, int n, int channels, int height, int width) {
    long[] theirs = {n, channels, height, width};
    return resident(
        name,
        () -> Numbers.permuted(Numbers.of(name, Spread.UNIT, theirs), theirs, 0, 2, 3, 1),
        n,
        height,
        width,
        channels);
  }

  @Override
  public Operand<TFloat32> labels(String name, int rows, int classes) {
    return resident(name, () -> Numbers.oneHot(name, rows, classes), rows, classes);
  }

  @Override
  public Operand<TFloat32> parameter(String name, Spread spread, long... shape) {
    return learned(name, Numbers.of(name, spread, shape), shape);
  }

  @Override
  public Operand<TFloat32> matmul(Operand<TFloat32> a, Operand<TFloat32> b) {
    return tf.linalg.matMul(a, b);
  }

  @Override
  public Operand<TFloat32> batchMatmul(
      Operand<TFloat32> a, Operand<TFloat32> b, boolean transposed) {
    return tf.train.batchMatMul(a, b, TFloat32.class, BatchMatMul.adjY(transposed));
  }

  @Override
  public Operand<TFloat32> add(Operand<TFloat32> a, Operand<TFloat32> b) {
    return tf.math.add(a, b);
  }

  @Override
  public Operand<TFloat32> mul(Operand<TFloat32> a, Operand<TFloat32> b) {
    return tf.math.mul(a, b);
  }

  @Override
  public Operand<TFloat32> scaled(Operand<TFloat32> a, float factor) {
    return tf.math.mul(a, tf.constant(factor));
  }

  @Override
  public Operand<TFloat32> tanh(Operand<TFloat32> a) {
    return tf.math.tanh(a);
  }

  @Override
  public Operand<TFloat32> sigmoid(Operand<TFloat32> a) {
    return tf.math.sigmoid(a);
  }

  @Override
  public Operand<TFloat32> relu(Operand<TFloat32> a) {
    return tf.nn.relu(a);
  }

  @Override
  public Operand<TFloat32> softmax(Operand<TFloat32> a) {
    return tf.nn.softmax(a);
  }

  /// There is no operation for it: the formula that Keras uses.
  @Override
  public Operand<TFloat32> layerNorm(Operand<TFloat32> a, String name, int size) {
    Operand<TFloat32> scale = parameter(name + ".scale", Spread.NEAR_ONE, size);
    Operand<TFloat32> shift = parameter(name + ".shift", Spread.SMALL, size);
    Operand<TFloat32> mean = tf.math.mean(a, tf.constant(-1), Mean.keepDims(true));
    Operand<TFloat32> squares = tf.math.squaredDifference(a, mean);
    Operand<TFloat32> variance = tf.math.mean(squares, tf.constant(-1), Mean.keepDims(true));
    Operand<TFloat32> factor = mul(tf.math.rsqrt(add(variance, tf.constant(Peer.EPSILON))), scale);
    return add(mul(a, factor), tf.math.sub(shift, mul(mean, factor)));
  }

  @Override
  public Operand<TFloat32> reshape(Operand<TFloat32> a, long... shape) {
    return tf.reshape(a, tf.constant(shape));
  }

  @Override
  public Operand<TFloat32> permute(Operand<TFloat32> a, int... order) {
    return tf.linalg.transpose(a, tf.constant(order));
  }

  @Override
  public Operand<TFloat32> sum(Operand<TFloat32> a) {
    return tf.reduceSum(a, tf.range(tf.constant(0), tf.rank(a), tf.constant(1)));
  }

  private Operand<TFloat32> plusBias(Operand<TFloat32> sums, String name, int out) {
    return tf.nn.biasAdd(sums, parameter(name + ".bias", Spread.SMALL, out));
  }

  @Override
  public Operand<TFloat32> dense(Operand<TFloat32> x, String name, int in, int out) {
    return plusBias(
        matmul(x, parameter(name + ".weights", Spread.weights(in), in, out)), name, out);
  }

  @Override
  public Operand<TFloat32> denseOfImage(
      Operand<TFloat32> x, String name, int n, Conv.Size image, int out) {
    long[] theirs = {image.channels(), image.height(), image.width(), out};
    int in = image.elements();
    String weights = name + ".weights";
    float[] values =
        Numbers.permuted(Numbers.of(weights, Spread.weights(in), theirs), theirs, 1, 2, 0, 3);
    return plusBias(matmul(reshape(x, n, in), learned(weights, values, in, out)), name, out);
  }

  @Override
  public Operand<TFloat32> conv(Operand<TFloat32> x, Conv conv) {
    float[] values = Numbers.of(conv.weights(), conv.spread(), conv.shape());
    Operand<TFloat32> weights =
        learned(
            conv.weights(),
            Numbers.permuted(values, conv.shape(), 2, 3, 1, 0),
            conv.size(),
            conv.size(),
            conv.in(),
            conv.out());
    long stride = conv.stride();
    long pad = conv.pad();
    List<Long> strides = List.of(1L, stride, stride, 1L);
    boolean same = stride == 1 && conv.size() == 2 * pad + 1;
    Operand<TFloat32> sums;
    if (same || pad == 0) {
      sums = tf.nn.conv2d(x, weights, strides, same ? "SAME" : "VALID");
    } else if (training) {
      // Its gradients know no padding given as numbers.
      sums = tf.nn.conv2d(padded(x, conv.pad()), weights, strides, "VALID");
    } else {
      Conv2d.Options pads = Conv2d.explicitPaddings(0L, 0L, pad, pad, pad, pad, 0L, 0L);
      sums = tf.nn.conv2d(x, weights, strides, "EXPLICIT", pads);
    }
    return conv.bias() ? plusBias(sums, conv.name(), conv.out()) : sums;
  }

  @Override
  public Operand<TFloat32> batchNorm(Operand<TFloat32> x, String name, int channels) {
    Operand<TFloat32> scale = parameter(name + ".scale", Spread.ONE, channels);
    Operand<TFloat32> shift = parameter(name + ".shift", Spread.ZERO, channels);
    float[] zeros = Numbers.of(name, Spread.ZERO, channels);
    float[] ones = Numbers.of(name, Spread.ONE, channels);
    FusedBatchNorm.Options epsilon = FusedBatchNorm.epsilon(Peer.EPSILON);
    if (!training) {
      return tf.nn
          .fusedBatchNorm(
              x,
              scale,
              shift,
              tf.constantOf(tensor(zeros, channels)),
              tf.constantOf(tensor(ones, channels)),
              FusedBatchNorm.isTraining(false),
              epsilon)
          .y();
    }
    Operand<TFloat32> none = tf.constant(new float[0]);
    FusedBatchNorm<TFloat32, TFloat32> normal =
        tf.nn.fusedBatchNorm(x, scale, shift, none, none, FusedBatchNorm.isTraining(true), epsilon);
    follow(variable(zeros, channels), normal.batchMean());
    follow(variable(ones, channels), normal.batchVariance());
    return normal.y();
  }

  private void follow(Variable<TFloat32> value, Operand<TFloat32> batch) {
    statistics.add(tf.assignSub(value, scaled(tf.math.sub(value, batch), 0.1f)));
  }

  /// Zeros do for padding: what the models pool is not negative.
  @Override
  public Operand<TFloat32> maxPool(Operand<TFloat32> x, int size, int stride, int pad) {
    return tf.nn.maxPool(
        pad > 0 ? padded(x, pad) : x,
        tf.constant(new int[] {1, size, size, 1}),
        tf.constant(new int[] {1, stride, stride, 1}),
        "VALID");
  }

  private Operand<TFloat32> padded(Operand<TFloat32> x, int pad) {
    int[][] pads = {{0, 0}, {pad, pad}, {pad, pad}, {0, 0}};
    return tf.pad(x, tf.constant(pads), tf.constant(0f));
  }

  @Override
  public Operand<TFloat32> meanOfImage(Operand<TFloat32> x, int n, int channels) {
    return tf.math.mean(x, tf.constant(new int[] {1, 2}));
  }

  @Override
  public Operand<TFloat32> crossEntropy(Operand<TFloat32> scores, Operand<TFloat32> labels) {
    return tf.math.mean(tf.nn.softmaxCrossEntropyWithLogits(scores, labels).loss(), tf.constant(0));
  }
}
