package org.tombolo.graph;

import java.util.List;
import java.util.Optional;

/// A function that is no operation of the closed set and has no decomposition: code from outside,
/// such as a kernel that a user wrote. It may have several results; a node takes one of them, see
/// [Op.Custom].
///
/// Implementations are immutable and compared by value: equal functions of the same operands are
/// run once. A device runs one if it knows more about it than this.
public interface CustomFunction {
  /// The name in messages and in the text form.
  String name();

  /// Types of all results, at least one, for operands of these types.
  ///
  /// @throws ShapeException that names the function, if they do not fit, and nothing else
  List<TensorType> infer(List<TensorType> in);

  /// What the function means: computes it, slowly if need be.
  ///
  /// @param in operands of types that [#infer] accepts
  /// @return all results, of the types that it gave
  List<Tensor> evaluate(List<Tensor> in);

  /// What one run costs.
  ///
  /// @param in types of the operands
  Cost cost(List<TensorType> in);

  /// Gradients of the operands, made of nodes of the same builder.
  ///
  /// @param in operands
  /// @param results all results
  /// @param dys for each result its gradient, of its type; zeros where nothing depends on it
  /// @return for each operand a node of its type, or nothing for zero
  /// @throws ShapeException if there is no gradient
  default List<Optional<Node>> gradient(List<Node> in, List<Node> results, List<Node> dys) {
    throw new ShapeException(
        "gradient: %s has none; need one to differentiate through it".formatted(name()),
        "a gradient for it, or parameters that it does not lie between and the loss");
  }
}
