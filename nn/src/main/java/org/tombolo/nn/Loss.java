package org.tombolo.nn;

import java.util.Optional;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.Composite;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.ShapeException;
import org.tombolo.graph.TensorType;

/// How wrong a model is. Training makes the mean over a batch small.
public sealed interface Loss {

  /// The loss of each example.
  ///
  /// @param out what the model gives, floats `[n, out..]`
  /// @param labels what is right
  /// @return floats `[n]`
  Node perExample(Node out, Node labels);

  /// Which examples the model gets right, as bools `[n]`; empty where that means nothing.
  Optional<Node> correct(Node out, Node labels);

  /// What a user wants to see of the model's result.
  Node readout(Node out);

  /// Checks that a model with this result can learn labels of this type.
  ///
  /// @param out shape of the model's result for one example
  /// @param label type of one label
  /// @throws ShapeException if it cannot
  void requireFits(Shape out, TensorType label);

  /// [SparseCrossEntropy].
  static Loss sparseCrossEntropy() {
    return new SparseCrossEntropy();
  }

  /// [MeanSquaredError].
  static Loss meanSquaredError() {
    return new MeanSquaredError();
  }

  /// For classes: the negative logarithm of the probability, by softmax of the model's scores, of
  /// the right class. Scores are `float[n, classes]`, labels whole numbers `[n]` from 0.
  record SparseCrossEntropy() implements Loss {
    @Override
    public Node perExample(Node out, Node labels) {
      return out.builder().call(new Composite.SparseCrossEntropy(), out, labels.cast(DType.I32));
    }

    @Override
    public Optional<Node> correct(Node out, Node labels) {
      return Optional.of(out.argMax(1).compare(CompareFn.EQ, labels.cast(DType.I32)));
    }

    /// Probabilities `float[n, classes]`.
    @Override
    public Node readout(Node out) {
      return out.softmax(1);
    }

    @Override
    public void requireFits(Shape out, TensorType label) {
      if (out.rank() != 1 || label.rank() != 0 || !label.dtype().isInteger()) {
        throw new ShapeException(
            "sparse cross-entropy: the model gives %s per example, a label is %s; need [classes] and"
                    .formatted(out, label)
                + " one whole number",
            "Dense.of(classes) as last layer, or Loss.meanSquaredError() for labels that are floats");
      }
    }
  }

  /// For numbers: the mean of the squared differences between the elements of result and label,
  /// which are floats of the same shape.
  record MeanSquaredError() implements Loss {
    @Override
    public Node perExample(Node out, Node labels) {
      Node squares = out.sub(labels.cast(out.dtype())).square();
      long count = squares.shape().dim(0);
      return squares.reshape(count, squares.shape().size() / Math.max(1, count)).mean(1);
    }

    @Override
    public Optional<Node> correct(Node out, Node labels) {
      return Optional.empty();
    }

    @Override
    public Node readout(Node out) {
      return out;
    }

    @Override
    public void requireFits(Shape out, TensorType label) {
      if (!out.equals(label.shape()) || !label.dtype().isFloat()) {
        throw new ShapeException(
            "mean squared error: the model gives %s per example, a label is %s; need floats of the"
                    .formatted(out, label)
                + " same shape",
            "Dense.of(%d) as last layer".formatted(label.size()));
      }
    }
  }
}
