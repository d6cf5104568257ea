package org.tombolo.peers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.tombolo.graph.Composite;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Normalization;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;
import org.tombolo.nn.Initializer;
import org.tombolo.nn.Parameter;
import org.tombolo.peers.Numbers.Spread;

/// Models as graphs of ours: images are `[n, h, w, c]`, weights `[size, size, in, out]`. What lies
/// with the engine are variables.
final class TomboloOps implements Ops<Node> {
  final GraphBuilder graph;

  /// Values of variables before the first step.
  final Map<String, Tensor> initial = new LinkedHashMap<>();

  /// What is learned.
  final List<Parameter> learned = new ArrayList<>();

  /// What follows the batches: next values, by variable.
  final SequencedMap<String, Node> statistics = new LinkedHashMap<>();

  private final boolean training;
  private final Predicate<String> isFed;

  /// @param isFed which inputs are fed in each run, by name
  TomboloOps(String name, boolean training, Predicate<String> isFed) {
    this.graph = new GraphBuilder(name);
    this.training = training;
    this.isFed = isFed;
  }

  private Node variable(String name, Supplier<float[]> values, long... shape) {
    Tensor value = initial.computeIfAbsent(name, _ -> Tensor.of(values.get(), shape));
    return graph.variable(name, value.type());
  }

  private Node learned(String name, Supplier<float[]> values, long... shape) {
    if (!initial.containsKey(name)) {
      learned.add(new Parameter(name, Shape.of(shape), new Initializer.Constant(0)));
    }
    return variable(name, values, shape);
  }

  @Override
  public Node input(String name, long... shape) {
    return isFed.test(name)
        ? graph.input(name, TensorType.f32(shape))
        : variable(name, () -> Numbers.of(name, Spread.UNIT, shape), shape);
  }

  @Override
  public Node image(String name, int n, int channels, int height, int width) {
    long[] theirs = {n, channels, height, width};
    return variable(
        name,
        () -> Numbers.permuted(Numbers.of(name, Spread.UNIT, theirs), theirs, 0, 2, 3, 1),
        n,
        height,
        width,
        channels);
  }

  @Override
  public Node labels(String name, int rows, int classes) {
    Tensor value = Tensor.of(Numbers.classes(name, rows, classes), rows);
    initial.put(name, value);
    return graph.variable(name, value.type());
  }

  @Override
  public Node parameter(String name, Spread spread, long... shape) {
    return learned(name, () -> Numbers.of(name, spread, shape), shape);
  }

  @Override
  public Node matmul(Node a, Node b) {
    return a.matmul(b);
  }

  @Override
  public Node batchMatmul(Node a, Node b, boolean transposed) {
    return a.matmul(transposed ? b.permute(0, 1, 3, 2) : b);
  }

  @Override
  public Node add(Node a, Node b) {
    return a.add(b);
  }

  @Override
  public Node mul(Node a, Node b) {
    return a.mul(b);
  }

  @Override
  public Node scaled(Node a, float factor) {
    return a.mul(factor);
  }

  @Override
  public Node tanh(Node a) {
    return a.tanh();
  }

  @Override
  public Node sigmoid(Node a) {
    return a.sigmoid();
  }

  @Override
  public Node relu(Node a) {
    return a.relu();
  }

  @Override
  public Node softmax(Node a) {
    return a.softmax(a.rank() - 1);
  }

  @Override
  public Node layerNorm(Node a, String name, int size) {
    return graph.call(
        new Normalization.LayerNorm(1, Peer.EPSILON),
        a,
        parameter(name + ".scale", Spread.NEAR_ONE, size),
        parameter(name + ".shift", Spread.SMALL, size));
  }

  @Override
  public Node reshape(Node a, long... shape) {
    return a.reshape(shape);
  }

  @Override
  public Node permute(Node a, int... order) {
    return a.permute(order);
  }

  @Override
  public Node sum(Node a) {
    return a.sum();
  }

  private Node plusBias(Node sums, String name) {
    long out = sums.shape().dim(sums.rank() - 1);
    return sums.add(parameter(name + ".bias", Spread.SMALL, out).broadcastTo(sums.shape()));
  }

  @Override
  public Node dense(Node x, String name, int in, int out) {
    Node weights = parameter(name + ".weights", Spread.weights(in), in, out);
    return plusBias(x.matmul(weights), name);
  }

  @Override
  public Node denseOfImage(Node x, String name, int n, Conv.Size image, int out) {
    long[] theirs = {image.channels(), image.height(), image.width(), out};
    int in = image.elements();
    String weights = name + ".weights";
    Supplier<float[]> values =
        () -> Numbers.permuted(Numbers.of(weights, Spread.weights(in), theirs), theirs, 1, 2, 0, 3);
    return plusBias(x.reshape(n, in).matmul(learned(weights, values, in, out)), name);
  }

  @Override
  public Node conv(Node x, Conv conv) {
    Supplier<float[]> values =
        () ->
            Numbers.permuted(
                Numbers.of(conv.weights(), conv.spread(), conv.shape()), conv.shape(), 2, 3, 1, 0);
    Node weights = learned(conv.weights(), values, conv.size(), conv.size(), conv.in(), conv.out());
    Node sums = x.conv2d(weights, conv.stride(), conv.pad());
    return conv.bias() ? plusBias(sums, conv.name()) : sums;
  }

  @Override
  public Node batchNorm(Node x, String name, int channels) {
    Node scale = parameter(name + ".scale", Spread.ONE, channels);
    Node shift = parameter(name + ".shift", Spread.ZERO, channels);
    Node mean = statistic(name + ".mean", Spread.ZERO, channels);
    Node variance = statistic(name + ".variance", Spread.ONE, channels);
    if (!training) {
      return graph.call(
          new Normalization.BatchNormInference(3, Peer.EPSILON), x, scale, shift, mean, variance);
    }
    Node batch = x.reduceKeeping(ReduceFn.SUM, 0, 1, 2).div((double) x.shape().size() / channels);
    Node squares = x.sub(batch.broadcastTo(x.shape())).square();
    Node spread =
        squares.reduceKeeping(ReduceFn.SUM, 0, 1, 2).div((double) x.shape().size() / channels);
    statistics.put(name + ".mean", moved(mean, batch));
    statistics.put(name + ".variance", moved(variance, spread));
    return graph.call(new Normalization.BatchNorm(3, Peer.EPSILON), x, scale, shift);
  }

  private Node statistic(String name, Spread spread, int channels) {
    return variable(name, () -> Numbers.of(name, spread, channels), channels);
  }

  private static Node moved(Node old, Node batch) {
    return old.mul(0.9).add(batch.reshape(old.shape()).mul(0.1));
  }

  @Override
  public Node maxPool(Node x, int size, int stride, int pad) {
    WindowDim along = WindowDim.of(size, stride, pad, pad);
    return x.reduceWindow(ReduceFn.MAX, List.of(WindowDim.each(), along, along, WindowDim.each()));
  }

  @Override
  public Node meanOfImage(Node x, int n, int channels) {
    return x.mean(1, 2);
  }

  @Override
  public Node crossEntropy(Node scores, Node labels) {
    return graph.call(new Composite.SparseCrossEntropy(), scores, labels).mean();
  }
}
