package org.tombolo.cpu.kernel;

import java.util.Arrays;
import org.tombolo.cpu.math.VectorMath;
import org.tombolo.device.LoopKernel;
import org.tombolo.device.StridedView;
import org.tombolo.graph.DType;

/// A loop and the order in which its points are walked: row-major, over axes that may be exchanged
/// and extents that may be smaller than the loop's.
final class LoopSpace {
  final LoopKernel loop;
  final VectorMath math;
  final long[] dims;
  private final int[] order;

  /// @param loop what is computed
  /// @param order axes of the loop's space, outermost first; each at most once
  /// @param dims extents along these axes, none of them 0
  /// @param math transcendental functions
  LoopSpace(LoopKernel loop, int[] order, long[] dims, VectorMath math) {
    this.loop = loop;
    this.math = math;
    this.order = order.length == 0 ? new int[] {-1} : order.clone();
    this.dims = order.length == 0 ? new long[] {1} : dims.clone();
  }

  /// Steps of a view along the axes that are walked.
  long[] strides(StridedView view) {
    return Arrays.stream(order).mapToLong(axis -> axis < 0 ? 0 : view.stride(axis)).toArray();
  }

  int values() {
    return loop.body().size();
  }

  DType dtype(int value) {
    return loop.dtypes().get(value);
  }

  Lane lane(int value) {
    return Lane.of(dtype(value));
  }

  /// The values that a value is computed from.
  int[] operands(int value) {
    return switch (loop.body().get(value)) {
      case LoopKernel.Unary(var _, int a) -> new int[] {a};
      case LoopKernel.Cast(int a) -> new int[] {a};
      case LoopKernel.Binary(var _, int a, int b) -> new int[] {a, b};
      case LoopKernel.Compare(var _, int a, int b) -> new int[] {a, b};
      case LoopKernel.Select(int condition, int yes, int no) -> new int[] {condition, yes, no};
      case LoopKernel.Load _, LoopKernel.Literal _, LoopKernel.Index _, LoopKernel.Random _ ->
          new int[0];
    };
  }

  boolean isLiteral(int value) {
    return loop.body().get(value) instanceof LoopKernel.Literal;
  }
}
