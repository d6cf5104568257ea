package org.tombolo.opencl.codegen;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.device.Kernel;
import org.tombolo.device.LoopKernel;
import org.tombolo.device.StridedView;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Dialect;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// Kernels that put tensors into larger ones: copies whose results lie apart.
final class PlaceKernels {
  private final LoopKernels loops;

  PlaceKernels(Dialect dialect, DeviceLimits limits) {
    this.loops = new LoopKernels(dialect, limits);
  }

  /// Fills the result with the constant, then copies the operand to its places.
  Steps pad(Op.Pad op, Kernel.Single single) {
    TensorType x = single.operand(0);
    TensorType result = single.result();
    long[] strides = result.shape().strides();
    long offset = 0;
    for (int axis = 0; axis < strides.length; axis++) {
      offset += op.low().get(axis) * strides[axis];
      strides[axis] *= op.interior().get(axis) + 1;
    }
    Tensor constant = Tensor.full(new TensorType(result.dtype(), Shape.SCALAR), op.value());
    LoopKernel fill =
        new LoopKernel(
            single.inputs(),
            List.of(result),
            Shape.of(result.size()),
            List.of(new LoopKernel.Literal(constant)),
            List.of(result.dtype()),
            List.of(0),
            null);
    List<Step> steps = new ArrayList<>(loops.lower(fill).steps());
    StridedView places = StridedView.of(x.shape(), offset, strides);
    steps.addAll(copy(single, 0, x.shape(), places).steps());
    return new Steps(steps, 0);
  }

  /// Copies one operand after the other.
  Steps concat(Op.Concat op, Kernel.Single single) {
    TensorType result = single.result();
    long outer = 1;
    for (int axis = 0; axis < op.axis(); axis++) {
      outer *= result.dim(axis);
    }
    long inner = 1;
    for (int axis = op.axis() + 1; axis < result.rank(); axis++) {
      inner *= result.dim(axis);
    }
    List<Step> steps = new ArrayList<>();
    long begin = 0;
    for (int i = 0; i < single.operands().size(); i++) {
      long length = single.operand(i).dim(op.axis()) * inner;
      StridedView places =
          outer == 1
              ? StridedView.of(Shape.of(length), begin, 1)
              : StridedView.of(Shape.of(outer, length), begin, result.dim(op.axis()) * inner, 1);
      steps.addAll(copy(single, i, places.shape(), places).steps());
      begin += length;
    }
    return new Steps(steps, 0);
  }

  /// Copies an operand bit by bit.
  ///
  /// @param space its extents, or others of the same size
  private Steps copy(Kernel.Single single, int operand, Shape space, StridedView places) {
    DType bits = bits(single.result().dtype());
    List<TensorType> inputs =
        single.inputs().stream().map(type -> type.withDType(bits(type.dtype()))).toList();
    int input = single.operands().get(operand);
    return loops.lower(
        new LoopKernel(
            inputs,
            List.of(single.result().withDType(bits)),
            space,
            List.of(new LoopKernel.Load(input, StridedView.dense(space))),
            List.of(bits),
            List.of(0),
            null),
        places);
  }

  /// An integer type of the same width.
  static DType bits(DType dtype) {
    return switch (dtype.bytes()) {
      case 1 -> DType.U8;
      case 2 -> DType.I16;
      case 4 -> DType.I32;
      default -> DType.I64;
    };
  }
}
