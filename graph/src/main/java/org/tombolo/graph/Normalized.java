package org.tombolo.graph;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// The operand of a [Normalization] with its elements normalised, before they are scaled: in the
/// view of its layout, and in f32 at least.
///
/// @param layout how it lies
/// @param normal the elements
/// @param inverse what they were multiplied by, `1 / sqrt(variance + epsilon)`, with extent 1 along
///   the axes of the means
record Normalized(Layout layout, Node normal, Node inverse) {

  /// How a normalization lies: every form takes means over some axes of a view of `x`.
  ///
  /// @param view shape that `x` is looked at in
  /// @param means axes of the view that means are taken over, at least one
  /// @param learned shape of scale and shift in the view, with extent 1 where they are repeated
  record Layout(Shape view, List<Integer> means, Shape learned) {
    /// Scale or shift, repeated to the view.
    Node repeat(Node learnedNumbers) {
      return wide(learnedNumbers).reshape(learned).broadcastTo(view);
    }

    /// The sum of what [#repeat] repeated.
    Node gather(Node elements) {
      int[] repeated =
          IntStream.range(0, view.rank())
              .filter(axis -> learned.dim(axis) != view.dim(axis))
              .toArray();
      return repeated.length == 0 ? elements : elements.sum(repeated);
    }

    /// Means of elements in the view, with extent 1 along the axes they are over.
    Node mean(Node elements) {
      int[] axes = means.stream().mapToInt(Integer::intValue).toArray();
      long count = Arrays.stream(axes).mapToLong(view::dim).reduce(1, (a, b) -> a * b);
      return elements.reduceKeeping(ReduceFn.SUM, axes).div(count);
    }
  }

  static Normalized of(Normalization form, Node x) {
    Layout layout = layout(form, x.shape());
    Node view = wide(x).reshape(layout.view());
    Node centred =
        form instanceof Normalization.RmsNorm
            ? view
            : view.sub(layout.mean(view).broadcastTo(view.shape()));
    Node root = layout.mean(centred.square()).add(form.epsilon()).sqrt();
    Node inverse = root.builder().scalar(root.dtype(), 1).div(root);
    return new Normalized(layout, centred.mul(inverse.broadcastTo(view.shape())), inverse);
  }

  /// Elements in a type that sums and squares do not overflow: f32 for narrower ones.
  static Node wide(Node x) {
    return x.dtype() == DType.F64 ? x : x.cast(DType.F32);
  }

  static Layout layout(Normalization form, Shape x) {
    return switch (form) {
      case Normalization.LayerNorm(int axis, double _) -> trailing(x, axis);
      case Normalization.RmsNorm(int axis, double _) -> trailing(x, axis);
      case Normalization.BatchNorm(int axis, double _) -> channels(x, axis);
      case Normalization.BatchNormInference(int axis, double _) -> channels(x, axis);
      case Normalization.GroupNorm(int axis, int groups, double _) -> groups(x, axis, groups);
    };
  }

  private static Layout trailing(Shape x, int axis) {
    Shape learned = x;
    for (int i = 0; i < axis; i++) {
      learned = learned.withDim(i, 1);
    }
    return new Layout(x, IntStream.range(axis, x.rank()).boxed().toList(), learned);
  }

  private static Layout channels(Shape x, int axis) {
    List<Integer> others = IntStream.range(0, x.rank()).filter(i -> i != axis).boxed().toList();
    Shape learned = x;
    for (int other : others) {
      learned = learned.withDim(other, 1);
    }
    return new Layout(x, others, learned);
  }

  /// Splits the axis of channels in two: groups, and the channels of each.
  private static Layout groups(Shape x, int axis, int groups) {
    long[] view = new long[x.rank() + 1];
    for (int i = 0; i < x.rank(); i++) {
      view[i < axis ? i : i + 1] = x.dim(i);
    }
    view[axis] = groups;
    view[axis + 1] = x.dim(axis) / groups;
    long[] learned = new long[view.length];
    Arrays.fill(learned, 1);
    learned[axis] = view[axis];
    learned[axis + 1] = view[axis + 1];
    List<Integer> means = IntStream.range(1, view.length).filter(i -> i != axis).boxed().toList();
    return new Layout(Shape.of(view), means, Shape.of(learned));
  }
}
