package org.tombolo.graph;

import org.jspecify.annotations.Nullable;

/// Gradients of composites: by a rule of their own where that is shorter or keeps more digits, by
/// way of their decomposition otherwise.
final class CompositeGradients {
  private CompositeGradients() {}

  /// As [GradientRules#toOperand].
  static @Nullable Node toOperand(Composite function, Node y, Node dy, int operand) {
    GraphBuilder g = y.builder();
    return switch (function) {
      case Composite.Softmax(int axis) -> {
        Node mean = dy.mul(y).reduceKeeping(ReduceFn.SUM, axis).broadcastTo(y.shape());
        yield dy.sub(mean).mul(y);
      }
      case Composite.LogSoftmax(int axis) -> {
        Node sum = dy.reduceKeeping(ReduceFn.SUM, axis).broadcastTo(y.shape());
        yield dy.sub(y.exp().mul(sum));
      }
      case Composite.SparseCrossEntropy _ ->
          g.call(new Composite.SparseCrossEntropyGrad(), y.input(0), y.input(1), dy);
      case Composite.Dropout _ -> g.call(function, dy, y.input(1));
      case GraphFunction call -> call.toOperand(y, dy, operand);
      case Composite.SparseCrossEntropyGrad _,
          Composite.CrossEntropy _,
          Composite.BinaryCrossEntropy _,
          Attention _,
          Normalization.BatchNormInference _ ->
          Gradients.through(y, function::decompose, dy, operand);
      case Normalization form -> normalization(form, y, dy, operand);
    };
  }

  /// With `n` the normalised elements, `s` their inverse root and `d = dy * scale`: the gradient of
  /// x is `s * (d - mean(d) - n * mean(d * n))`, without `mean(d)` where no mean was taken off.
  private static Node normalization(Normalization form, Node y, Node dy, int operand) {
    Node x = y.input(0);
    Normalized rows = Normalized.of(form, x);
    Normalized.Layout layout = rows.layout();
    Node weights = Normalized.wide(dy).reshape(layout.view());
    Node gradient =
        switch (operand) {
          case 0 -> {
            Shape view = layout.view();
            Node d = weights.mul(layout.repeat(y.input(1)));
            Node along = rows.normal().mul(layout.mean(d.mul(rows.normal())).broadcastTo(view));
            Node rest =
                form instanceof Normalization.RmsNorm ? d : d.sub(layout.mean(d).broadcastTo(view));
            yield rest.sub(along).mul(rows.inverse().broadcastTo(view));
          }
          case 1 -> layout.gather(weights.mul(rows.normal()));
          default -> layout.gather(weights);
        };
    return gradient.reshape(y.input(operand).shape()).cast(y.input(operand).dtype());
  }
}
