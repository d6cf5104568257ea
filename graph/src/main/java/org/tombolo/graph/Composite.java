package org.tombolo.graph;

import java.util.List;

/// A named function with a decomposition into operations.
///
/// A device may run the name with a kernel of its own; elsewhere the decomposition runs, which is
/// also what the kernel is tested against.
public sealed interface Composite
    permits Composite.Softmax,
        Composite.LogSoftmax,
        Composite.SparseCrossEntropy,
        Composite.SparseCrossEntropyGrad,
        Composite.CrossEntropy,
        Composite.BinaryCrossEntropy,
        Composite.Dropout,
        Attention,
        GraphFunction,
        Normalization {

  /// The name in messages and in the text form.
  String name();

  /// Result type for operands of these types.
  ///
  /// @throws ShapeException if they do not fit
  TensorType infer(List<TensorType> in);

  /// The function in terms of operations.
  ///
  /// @param in operands of the types that [#infer] accepted
  /// @return the result, of the type that [#infer] gave
  Node decompose(List<Node> in);

  /// The decomposition as a graph of its own: one input for each operand, in order, and one output.
  ///
  /// @param in types of the operands
  /// @throws ShapeException if they do not fit
  default Graph graph(List<TensorType> in) {
    infer(in);
    return GraphBuilder.function(name(), in, operands -> List.of(decompose(operands)));
  }

  /// `exp(x - max(x)) / sum(exp(x - max(x)))` along an axis of a float tensor.
  ///
  /// @param axis along which the result sums to 1
  record Softmax(int axis) implements Composite {
    @Override
    public String name() {
      return "softmax";
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      requireFloatWithAxis(name(), in, axis);
      return in.get(0);
    }

    @Override
    public Node decompose(List<Node> in) {
      Node x = in.get(0);
      Node shifted = x.sub(x.reduceKeeping(ReduceFn.MAX, axis).broadcastTo(x.shape()));
      Node e = shifted.exp();
      return e.div(e.reduceKeeping(ReduceFn.SUM, axis).broadcastTo(x.shape()));
    }
  }

  /// The logarithm of [Softmax]: `x - max(x) - log(sum(exp(x - max(x))))` along an axis of a float
  /// tensor. Unlike the logarithm of the softmax it stays finite where the latter is rounded to 0.
  ///
  /// @param axis along which the exponentials of the result sum to 1
  record LogSoftmax(int axis) implements Composite {
    @Override
    public String name() {
      return "log_softmax";
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      requireFloatWithAxis(name(), in, axis);
      return in.get(0);
    }

    @Override
    public Node decompose(List<Node> in) {
      Node x = in.get(0);
      Node shifted = x.sub(x.reduceKeeping(ReduceFn.MAX, axis).broadcastTo(x.shape()));
      Node logSum = shifted.exp().reduceKeeping(ReduceFn.SUM, axis).log();
      return shifted.sub(logSum.broadcastTo(x.shape()));
    }
  }

  /// The loss of guessing classes: for each row of scores, the negative logarithm of the softmax
  /// probability of the row's label. Operands: scores `float[n, c]`, labels `i32[n]`; result
  /// `float[n]`. A label outside `0 .. c-1` gives NaN.
  record SparseCrossEntropy() implements Composite {
    @Override
    public String name() {
      return "sparse_cross_entropy";
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      requireScoresAndLabels(name(), in, 2);
      return in.get(0).withShape(in.get(1).shape());
    }

    @Override
    public Node decompose(List<Node> in) {
      Node scores = in.get(0);
      Node labels = in.get(1);
      GraphBuilder g = scores.builder();
      Node top = scores.reduce(ReduceFn.MAX, 1);
      Node shifted = scores.sub(top.reshape(top.shape().dim(0), 1).broadcastTo(scores.shape()));
      Node logSum = shifted.exp().sum(1).log();
      Node atLabel = isLabel(scores, labels).select(shifted, g.scalar(scores.dtype(), 0)).sum(1);
      return isClass(scores, labels)
          .select(logSum.sub(atLabel), g.scalar(scores.dtype(), Double.NaN));
    }
  }

  /// The gradient of [SparseCrossEntropy] in the scores: `(softmax(scores) - onehot(labels)) * dy`
  /// row by row. Operands: scores `float[n, c]`, labels `i32[n]`, dy `float[n]`; result `float[n,
  /// c]`. A label outside `0 .. c-1` gives a row of NaN.
  record SparseCrossEntropyGrad() implements Composite {
    @Override
    public String name() {
      return "sparse_cross_entropy_grad";
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      requireScoresAndLabels(name(), in, 3);
      TensorType losses = in.get(0).withShape(in.get(1).shape());
      requireThat(
          in.get(2).equals(losses),
          "%s: dy is %s; need %s".formatted(name(), in.get(2), losses),
          "one number per row");
      return in.get(0);
    }

    @Override
    public Node decompose(List<Node> in) {
      Node scores = in.get(0);
      GraphBuilder g = scores.builder();
      Node probabilities = new Softmax(1).decompose(List.of(scores));
      Node target =
          isLabel(scores, in.get(1))
              .select(g.scalar(scores.dtype(), 1), g.scalar(scores.dtype(), 0));
      Node dy = isClass(scores, in.get(1)).select(in.get(2), g.scalar(scores.dtype(), Double.NaN));
      Node weights = dy.reshape(scores.shape().dim(0), 1).broadcastTo(scores.shape());
      return probabilities.sub(target).mul(weights);
    }
  }

  /// The loss of guessing shares: for each row of scores, the sum over the classes of `-target *
  /// log_softmax(scores)`. Operands: scores and targets, both `float[n, c]`; result `float[n]`. A
  /// class with target 0 and score -Inf adds nothing.
  record CrossEntropy() implements Composite {
    @Override
    public String name() {
      return "cross_entropy";
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      requireThat(
          in.size() == 2
              && in.get(0).rank() == 2
              && in.get(0).dtype().isFloat()
              && in.get(1).equals(in.get(0)),
          "cross_entropy: operands are %s; need scores and targets float[n,c]".formatted(in),
          "sparse_cross_entropy for labels that are whole numbers");
      return in.get(0).withShape(Shape.of(in.get(0).dim(0)));
    }

    @Override
    public Node decompose(List<Node> in) {
      Node targets = in.get(1);
      GraphBuilder g = targets.builder();
      Node logs = in.get(0).logSoftmax(1);
      Node nothing =
          targets
              .compare(CompareFn.EQ, 0)
              .and(logs.compare(CompareFn.EQ, Double.NEGATIVE_INFINITY));
      return nothing.select(g.scalar(targets.dtype(), 0), targets.mul(logs)).sum(1).neg();
    }
  }

  /// The loss of guessing yes or no: `-t*log(s) - (1-t)*log(1-s)` with `s = sigmoid(x)`, computed
  /// as `max(x, 0) - x*t + log1p(exp(-|x|))`, which neither overflows nor takes the logarithm of 0.
  /// Operands: scores `x` and targets `t` in `[0, 1]`, of one float type and any shape; the result
  /// too.
  record BinaryCrossEntropy() implements Composite {
    @Override
    public String name() {
      return "binary_cross_entropy";
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      requireThat(
          in.size() == 2 && in.get(0).dtype().isFloat() && in.get(1).equals(in.get(0)),
          "binary_cross_entropy: operands are %s; need scores and targets of one float type"
              .formatted(in),
          "cast(...) or reshape(...) of the targets");
      return in.get(0);
    }

    @Override
    public Node decompose(List<Node> in) {
      Node x = in.get(0);
      return x.relu().sub(x.mul(in.get(1))).add(Activations.softplusOfMinusAbs(x));
    }
  }

  /// Sets elements to zero at random and scales the others so that the mean stays (Srivastava et
  /// al., JMLR 15, 2014). Operands: x `f32[..]`, key `i64[2]` as for [Op.RandomBits]; the same key
  /// drops the same elements.
  ///
  /// @param rate share of elements that are dropped, in `[0, 1)`
  record Dropout(double rate) implements Composite {
    /// Checks the rate.
    public Dropout {
      requireThat(
          rate >= 0 && rate < 1,
          "dropout: rate is %s; need 0 <= rate < 1".formatted(rate),
          "0.5, or no dropout at all");
    }

    @Override
    public String name() {
      return "dropout";
    }

    @Override
    public TensorType infer(List<TensorType> in) {
      requireThat(
          in.size() == 2
              && in.get(0).dtype().isFloat()
              && in.get(1).equals(TensorType.of(DType.I64, 2)),
          "dropout: operands are %s; need a float tensor and a key i64[2]".formatted(in),
          "constant(Tensor.of(new long[] {seed, stream}, 2)) as key");
      return in.get(0);
    }

    @Override
    public Node decompose(List<Node> in) {
      Node x = in.get(0);
      GraphBuilder g = x.builder();
      Node kept = g.randomUniform(in.get(1), x.shape()).compare(CompareFn.GE, rate);
      return kept.select(x.mul(1 / (1 - rate)), g.scalar(x.dtype(), 0));
    }
  }

  private static Node isLabel(Node scores, Node labels) {
    Shape shape = scores.shape();
    Node classes = scores.builder().iota(new TensorType(DType.I32, shape), 1);
    return classes.compare(CompareFn.EQ, labels.reshape(shape.dim(0), 1).broadcastTo(shape));
  }

  /// Which labels name one of the classes.
  private static Node isClass(Node scores, Node labels) {
    return labels.compare(CompareFn.GE, 0).and(labels.compare(CompareFn.LT, scores.shape().dim(1)));
  }

  private static void requireFloatWithAxis(String name, List<TensorType> in, int axis) {
    requireThat(
        in.size() == 1 && in.get(0).dtype().isFloat() && axis >= 0 && axis < in.get(0).rank(),
        "%s: operands are %s, axis is %d; need one float tensor with that axis"
            .formatted(name, in, axis),
        "the last axis, rank - 1");
  }

  private static void requireScoresAndLabels(String name, List<TensorType> in, int count) {
    boolean fits =
        in.size() == count
            && in.get(0).rank() == 2
            && in.get(0).dtype().isFloat()
            && in.get(1).equals(TensorType.of(DType.I32, in.get(0).dim(0)));
    requireThat(
        fits,
        "%s: operands are %s; need scores float[n,c] and labels i32[n]".formatted(name, in),
        "cast(DType.I32) of the labels, reshape(n, c) of the scores");
  }

  private static void requireThat(boolean fits, String problem, String remedy) {
    if (!fits) {
      throw new ShapeException(problem, remedy);
    }
  }
}
