package org.tombolo.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.loss.Loss;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.tombolo.peers.Numbers.Spread;

/// Models as PyTorch computes them: at once, each time they are built. What has a name stays.
final class PyTorchOps implements Ops<NDArray> {
  final Map<String, NDArray> resident = new LinkedHashMap<>();

  /// What is learned.
  final Map<String, NDArray> learned = new LinkedHashMap<>();

  private final NDManager manager;
  private final boolean training;
  private final Loss loss = Loss.softmaxCrossEntropyLoss("loss", 1, -1, false, true);

  PyTorchOps(NDManager manager, boolean training) {
    this.manager = manager;
    this.training = training;
  }

  /// An array that outlives the step.
  private NDArray kept(float[] values, long... shape) {
    NDArray array = manager.create(values, new Shape(shape));
    NDScope.unregister(array);
    return array;
  }

  private NDArray resident(String name, Supplier<float[]> values, long... shape) {
    return resident.computeIfAbsent(name, _ -> kept(values.get(), shape));
  }

  private NDArray learned(String name, Supplier<float[]> values, long... shape) {
    return learned.computeIfAbsent(
        name,
        _ -> {
          NDArray array = kept(values.get(), shape);
          array.setRequiresGradient(training);
          return array;
        });
  }

  @Override
  public NDArray input(String name, long... shape) {
    return resident(name, () -> Numbers.of(name, Spread.UNIT, shape), shape);
  }

  @Override
  public NDArray image(String name, int n, int channels, int height, int width) {
    return input(name, n, channels, height, width);
  }

  @Override
  public NDArray labels(String name, int rows, int classes) {
    return resident(name, () -> Numbers.oneHot(name, rows, classes), rows, classes);
  }

  @Override
  public NDArray parameter(String name, Spread spread, long... shape) {
    return learned(name, () -> Numbers.of(name, spread, shape), shape);
  }

  @Override
  public NDArray matmul(NDArray a, NDArray b) {
    return a.matMul(b);
  }

  @Override
  public NDArray batchMatmul(NDArray a, NDArray b, boolean transposed) {
    return a.matMul(transposed ? b.swapAxes(2, 3) : b);
  }

  @Override
  public NDArray add(NDArray a, NDArray b) {
    return a.add(b);
  }

  @Override
  public NDArray mul(NDArray a, NDArray b) {
    return a.mul(b);
  }

  @Override
  public NDArray scaled(NDArray a, float factor) {
    return a.mul(factor);
  }

  @Override
  public NDArray tanh(NDArray a) {
    return a.tanh();
  }

  @Override
  public NDArray sigmoid(NDArray a) {
    return Activation.sigmoid(a);
  }

  @Override
  public NDArray relu(NDArray a) {
    return Activation.relu(a);
  }

  @Override
  public NDArray softmax(NDArray a) {
    return a.softmax(-1);
  }

  @Override
  public NDArray layerNorm(NDArray a, String name, int size) {
    NDArray scale = parameter(name + ".scale", Spread.NEAR_ONE, size);
    NDArray shift = parameter(name + ".shift", Spread.SMALL, size);
    return LayerNorm.layerNorm(a, new Shape(size), scale, shift, Peer.EPSILON).head();
  }

  @Override
  public NDArray reshape(NDArray a, long... shape) {
    return a.reshape(shape);
  }

  @Override
  public NDArray permute(NDArray a, int... order) {
    return a.transpose(order);
  }

  @Override
  public NDArray sum(NDArray a) {
    return a.sum();
  }

  /// Weights are `[out, in]` here.
  @Override
  public NDArray dense(NDArray x, String name, int in, int out) {
    String weights = name + ".weights";
    long[] theirs = {in, out};
    Supplier<float[]> values =
        () -> Numbers.permuted(Numbers.of(weights, Spread.weights(in), theirs), theirs, 1, 0);
    NDArray bias = parameter(name + ".bias", Spread.SMALL, out);
    return Linear.linear(x, learned(weights, values, out, in), bias).head();
  }

  @Override
  public NDArray denseOfImage(NDArray x, String name, int n, Conv.Size image, int out) {
    return dense(reshape(x, n, image.elements()), name, image.elements(), out);
  }

  @Override
  public NDArray conv(NDArray x, Conv conv) {
    Shape stride = new Shape(conv.stride(), conv.stride());
    Shape pad = new Shape(conv.pad(), conv.pad());
    NDArray weights = parameter(conv.weights(), conv.spread(), conv.shape());
    return conv.bias()
        ? Conv2d.conv2d(
                x, weights, parameter(conv.name() + ".bias", Spread.SMALL, conv.out()), stride, pad)
            .head()
        : Conv2d.conv2d(x, weights, null, stride, pad).head();
  }

  @Override
  public NDArray batchNorm(NDArray x, String name, int channels) {
    Supplier<float[]> zeros = () -> Numbers.of(name, Spread.ZERO, channels);
    Supplier<float[]> ones = () -> Numbers.of(name, Spread.ONE, channels);
    return BatchNorm.batchNorm(
            x,
            resident(name + ".mean", zeros, channels),
            resident(name + ".variance", ones, channels),
            parameter(name + ".scale", Spread.ONE, channels),
            parameter(name + ".shift", Spread.ZERO, channels),
            1,
            0.9f,
            Peer.EPSILON,
            training)
        .head();
  }

  @Override
  public NDArray maxPool(NDArray x, int size, int stride, int pad) {
    return Pool.maxPool2d(
        x, new Shape(size, size), new Shape(stride, stride), new Shape(pad, pad), false);
  }

  @Override
  public NDArray meanOfImage(NDArray x, int n, int channels) {
    return Pool.globalAvgPool2d(x);
  }

  @Override
  public NDArray crossEntropy(NDArray scores, NDArray labels) {
    return loss.evaluate(new NDList(labels), new NDList(scores));
  }
}
