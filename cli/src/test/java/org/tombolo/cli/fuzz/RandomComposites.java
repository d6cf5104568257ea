package org.tombolo.cli.fuzz;

import java.util.List;
import java.util.SplittableRandom;
import org.tombolo.graph.Attention;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.Composite;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.GraphFunction;
import org.tombolo.graph.Node;
import org.tombolo.graph.Normalization;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;

/// Calls of every named function, for a random program.
final class RandomComposites {
  private final RandomPrograms program;
  private final GraphBuilder g;
  private final SplittableRandom random;

  RandomComposites(RandomPrograms program, GraphBuilder g, SplittableRandom random) {
    this.program = program;
    this.g = g;
    this.random = random;
  }

  /// Adds a function of a float tensor, and of others that fit it.
  void add(Node x) {
    switch (random.nextInt(8)) {
      case 0 -> {
        Node key = g.constant(Tensor.of(new long[] {random.nextInt(9), 9}, 2));
        program.add(g.call(new Composite.Dropout(random.nextInt(4) / 4.0), x, key));
      }
      case 1 -> {
        if (x.rank() > 0) {
          int axis = random.nextInt(3) == 0 ? random.nextInt(x.rank()) : x.rank() - 1;
          program.add(random.nextBoolean() ? x.softmax(axis) : x.logSoftmax(axis));
        }
      }
      case 2 -> program.add(g.call(new Composite.BinaryCrossEntropy(), x, program.like(x.type())));
      case 3 -> {
        if (x.rank() == 4) {
          Node values = program.like(x.type());
          program.add(g.call(new Attention(0.5, random.nextBoolean()), x, x, values));
        }
      }
      case 4 -> crossEntropy(x);
      case 5, 6 -> normalization(x);
      default -> function(x);
    }
  }

  private void crossEntropy(Node x) {
    if (x.rank() == 2) {
      long rows = x.shape().dim(0);
      Node labels = program.indices(TensorType.of(DType.I32, rows), x.shape().dim(1));
      program.add(g.call(new Composite.SparseCrossEntropy(), x, labels));
      program.add(g.call(new Composite.CrossEntropy(), x, program.like(x.type())));
      Node dy = program.like(TensorType.of(x.dtype(), rows));
      program.add(g.call(new Composite.SparseCrossEntropyGrad(), x, labels, dy));
    }
  }

  private void normalization(Node x) {
    if (x.rank() == 0) {
      return;
    }
    int axis = random.nextInt(x.rank());
    double epsilon = program.oneOf(1e-5, 1e-3, 0.5);
    TensorType trailing = x.type().withShape(Shape.of(x.shape().toList().subList(axis, x.rank())));
    TensorType channel = x.type().withShape(Shape.of(x.shape().dim(axis)));
    switch (random.nextInt(5)) {
      case 0 -> call(new Normalization.LayerNorm(axis, epsilon), x, trailing, trailing);
      case 1 -> call(new Normalization.RmsNorm(axis, epsilon), x, trailing);
      case 2 -> call(new Normalization.BatchNorm(axis, epsilon), x, channel, channel);
      case 3 -> {
        Node variance = program.like(channel).abs();
        Node mean = program.like(channel);
        Node shift = program.like(channel);
        program.add(
            g.call(
                new Normalization.BatchNormInference(axis, epsilon),
                x,
                program.like(channel),
                shift,
                mean,
                variance));
      }
      default -> {
        int groups = random.nextBoolean() ? 1 : (int) x.shape().dim(axis);
        call(new Normalization.GroupNorm(axis, groups, epsilon), x, channel, channel);
      }
    }
  }

  private void call(Composite function, Node x, TensorType... others) {
    Node[] operands = new Node[others.length + 1];
    operands[0] = x;
    for (int i = 0; i < others.length; i++) {
      operands[i + 1] = program.like(others[i]);
    }
    program.add(g.call(function, operands));
  }

  /// A function of one's own, which may call another one.
  private void function(Node x) {
    UnaryFn unary = program.oneOf(UnaryFn.values());
    BinaryFn binary = program.oneOf(BinaryFn.values());
    boolean inner = x.rank() > 0 && random.nextBoolean();
    if (!unary.accepts(x.dtype()) || !binary.accepts(x.dtype())) {
      return;
    }
    Graph body =
        GraphBuilder.function(
            "body",
            List.of(x.type(), x.type()),
            in -> {
              Node left = inner ? in.get(0).softmax(x.rank() - 1) : in.get(0).unary(unary);
              return List.of(left.binary(binary, in.get(1)));
            });
    call(new GraphFunction("body", body), x, x.type());
  }
}
