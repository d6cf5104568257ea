package org.tombolo.graph;

import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// Recognises nodes whose elements are all one known value.
final class Uniform {
  /// Larger constants are not searched.
  private static final long MAX_SEARCHED = 1024;

  private Uniform() {}

  /// The value as a scalar; null if the elements differ, are not known or are none.
  static @Nullable Tensor value(Node node) {
    if (node.type().size() == 0) {
      return null;
    }
    return switch (node.op()) {
      case Op.Constant(Tensor tensor) -> value(tensor);
      case Op.Broadcast _, Op.Reshape _, Op.Permute _, Op.Slice _, Op.Reverse _ ->
          value(node.input(0));
      default -> null;
    };
  }

  private static @Nullable Tensor value(Tensor tensor) {
    if (tensor.type().size() > MAX_SEARCHED) {
      return null;
    }
    TensorType scalar = tensor.type().withShape(Shape.SCALAR);
    var first = tensor.data().asSlice(0, scalar.bytes());
    for (long i = 1; i < tensor.type().size(); i++) {
      if (first.mismatch(tensor.data().asSlice(i * scalar.bytes(), scalar.bytes())) != -1) {
        return null;
      }
    }
    return Tensor.wrap(scalar, first);
  }

  /// Whether all elements are this number; zeros must agree in sign.
  static boolean is(Node node, double number) {
    Tensor value = value(node);
    if (value == null) {
      return false;
    }
    return node.dtype().isFloat()
        ? Double.doubleToLongBits(value.at(0)) == Double.doubleToLongBits(number)
        : value.longAt(0) == (long) number;
  }

  /// A node with every element this scalar, in the form that all passes leave alone: a constant
  /// whose extents are all 1, repeated.
  static Node node(GraphBuilder to, Tensor scalar, Shape shape, Node origin) {
    Shape ones = Shape.of(LongStream.range(0, shape.rank()).map(i -> 1).toArray());
    Tensor single = Tensor.wrap(scalar.type().withShape(ones), scalar.data());
    Node constant = to.addAt(new Op.Constant(single), List.of(), origin);
    return ones.equals(shape)
        ? constant
        : to.addAt(new Op.Broadcast(shape), List.of(constant), origin);
  }
}
