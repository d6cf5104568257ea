package org.tombolo.opencl.contraction;

import java.util.List;
import java.util.Optional;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Dialect;
import org.tombolo.opencl.kernel.Steps;

/// Matrix products and convolutions of single-precision tensors: all of them, whatever their axes,
/// strides, dilations and padding, forward as well as backward, since both gradients of a
/// convolution are convolutions.
///
/// The launches take the left operand as input 0, the right one as input 1, and write output 0.
/// What lies outside an image counts for nothing, whatever the kernel holds, see [PaddingRepair].
/// Results are the same bits at every run.
public final class Contractions {
  private Contractions() {}

  /// Launches for a general matrix product.
  ///
  /// @param op which axes are summed, paired and crossed
  /// @param a left operand
  /// @param b right operand
  /// @param dialect how kernels for the device are written
  /// @param limits what the device allows
  /// @return nothing if the element type is not f32, or an index would not fit into 31 bits
  public static Optional<Steps> dot(
      Op.Dot op, TensorType a, TensorType b, Dialect dialect, DeviceLimits limits) {
    if (a.dtype() != DType.F32) {
      return Optional.empty();
    }
    return steps(Contraction.of(op, a, b), dialect, limits);
  }

  /// Launches for a convolution.
  ///
  /// @param op how the window slides, and the roles of the axes
  /// @param x images
  /// @param w kernel
  /// @param dialect how kernels for the device are written
  /// @param limits what the device allows
  /// @return nothing if the element type is not f32, or an index would not fit into 31 bits
  public static Optional<Steps> conv(
      Op.Conv op, TensorType x, TensorType w, Dialect dialect, DeviceLimits limits) {
    if (x.dtype() != DType.F32) {
      return Optional.empty();
    }
    Contraction contraction = Contraction.of(op, x, w);
    return steps(contraction, dialect, limits)
        .map(steps ->
            steps.steps().isEmpty() || contraction.windows().isEmpty()
                ? steps
                : new PaddingRepair(contraction, w, dialect).after(steps));
  }

  private static Optional<Steps> steps(
      Contraction contraction, Dialect dialect, DeviceLimits limits) {
    if (contraction.size() == 0) {
      return Optional.of(new Steps(List.of(), 0));
    }
    if (!contraction.indicesAreShort()
        || (dialect == Dialect.SIMT && !SimtContraction.fits(limits))) {
      return Optional.empty();
    }
    return Optional.of(
        switch (dialect) {
          case SIMD -> new SimdContraction(contraction, limits).steps();
          case SIMT -> new SimtContraction(contraction, limits).steps();
        });
  }
}
