package org.tombolo.graph;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Gradients of whole small networks, with respect to every parameter and the data.
class EndToEndGradientsTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  @Test
  void perceptron() {
    CentralDifferences.check(
        GradientCase.of(
            "perceptron",
            in -> {
              Node hidden = affine(in.get(0), in.get(1), in.get(2)).tanh();
              return loss(affine(hidden, in.get(3), in.get(4)), 2, 0, 1);
            },
            Shape.of(3, 5),
            Shape.of(5, 7),
            Shape.of(7),
            Shape.of(7, 3),
            Shape.of(3)),
        SEED);
  }

  /// In the manner of LeNet-5: convolution, pooling, convolution, pooling, two dense layers.
  @Test
  void convolutionalNetwork() {
    CentralDifferences.check(
        GradientCase.of(
            "convolutional network",
            in -> {
              Node first = pooled(biased(in.get(0).conv2d(in.get(1), 1, 1), in.get(2)).tanh());
              Node second = pooled(biased(first.conv2d(in.get(3), 1, 0), in.get(4)).relu());
              Node flat = second.reshape(2, second.type().size() / 2);
              Node hidden = affine(flat, in.get(5), in.get(6)).sigmoid();
              return loss(affine(hidden, in.get(7), in.get(8)), 1, 2);
            },
            Shape.of(2, 7, 7, 1),
            Shape.of(3, 3, 1, 2),
            Shape.of(2),
            Shape.of(3, 3, 2, 3),
            Shape.of(3),
            Shape.of(3, 5),
            Shape.of(5),
            Shape.of(5, 3),
            Shape.of(3)),
        SEED);
  }

  @Test
  void simplifiedGradientsAreTheSame() {
    CentralDifferences.check(
        GradientCase.of(
            "simplified",
            in -> loss(affine(in.get(0), in.get(1), in.get(2)).softmax(1), 1, 0),
            Shape.of(2, 3),
            Shape.of(3, 2),
            Shape.of(2)),
        Rewrites::simplify,
        SEED);
  }

  private static Node affine(Node x, Node weights, Node bias) {
    return biased(x.matmul(weights), bias);
  }

  private static Node biased(Node x, Node bias) {
    return x.add(bias.broadcastTo(x.shape()));
  }

  private static Node pooled(Node x) {
    List<WindowDim> window =
        List.of(
            WindowDim.each(), WindowDim.of(2, 2, 0, 1), WindowDim.of(2, 2, 0, 1), WindowDim.each());
    return x.reduceWindow(ReduceFn.MAX, window);
  }

  private static Node loss(Node scores, int... labels) {
    GraphBuilder g = scores.builder();
    return g.call(new Composite.SparseCrossEntropy(), scores, g.constant(Tensor.of(labels))).mean();
  }
}
