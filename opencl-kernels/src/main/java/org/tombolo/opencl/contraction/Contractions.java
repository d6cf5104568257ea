package org.tombolo.opencl.contraction;

import java.util.List;
import java.util.Locale;
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
  /// @param blockings which blocks are best, where that is known
  /// @return nothing if the element type is not f32, or an index would not fit into 31 bits
  public static Optional<Steps> dot(
      Op.Dot op,
      TensorType a,
      TensorType b,
      Dialect dialect,
      DeviceLimits limits,
      Blockings blockings) {
    if (a.dtype() != DType.F32) {
      return Optional.empty();
    }
    return steps(Contraction.of(op, a, b), dialect, limits, blockings);
  }

  /// Launches for a convolution.
  ///
  /// @param op how the window slides, and the roles of the axes
  /// @param x images
  /// @param w kernel
  /// @param dialect how kernels for the device are written
  /// @param limits what the device allows
  /// @param blockings which blocks are best, where that is known
  /// @return nothing if the element type is not f32, or an index would not fit into 31 bits
  public static Optional<Steps> conv(
      Op.Conv op,
      TensorType x,
      TensorType w,
      Dialect dialect,
      DeviceLimits limits,
      Blockings blockings) {
    if (x.dtype() != DType.F32) {
      return Optional.empty();
    }
    Contraction contraction = Contraction.of(op, x, w);
    return steps(contraction, dialect, limits, blockings)
        .map(steps ->
            steps.steps().isEmpty() || contraction.windows().isEmpty()
                ? steps
                : new PaddingRepair(contraction, w, dialect).after(steps));
  }

  /// What there is to choose from for an operation on a device; empty if it is no product or
  /// convolution that has tuned kernels there.
  ///
  /// @param operands types of its operands
  /// @param all whether many blocks are to be tried, instead of the likeliest
  public static Optional<Blockings.Choices> choices(
      Op op, List<TensorType> operands, Dialect dialect, DeviceLimits limits, boolean all) {
    if (!(op instanceof Op.Dot || op instanceof Op.Conv) || operands.get(0).dtype() != DType.F32) {
      return Optional.empty();
    }
    Contraction contraction =
        op instanceof Op.Dot dot
            ? Contraction.of(dot, operands.get(0), operands.get(1))
            : Contraction.of((Op.Conv) op, operands.get(0), operands.get(1));
    if (contraction.size() == 0 || !isTuned(contraction, dialect, limits)) {
      return Optional.empty();
    }
    Blocking usual = usual(contraction, dialect, limits);
    List<Blocking> others =
        switch (usual) {
          case Blocking.Simd simd -> simd.others(limits, all);
          case Blocking.Simt simt -> simt.others(limits, all);
        };
    return Optional.of(
        new Blockings.Choices(
            shapeClass(contraction, dialect),
            usual,
            others.stream().filter(other -> !other.equals(usual)).toList()));
  }

  private static Optional<Steps> steps(
      Contraction contraction, Dialect dialect, DeviceLimits limits, Blockings blockings) {
    if (contraction.size() == 0) {
      return Optional.of(new Steps(List.of(), 0));
    }
    if (!isTuned(contraction, dialect, limits)) {
      return Optional.empty();
    }
    Blocking usual = usual(contraction, dialect, limits);
    Blocking blocking =
        blockings
            .of(shapeClass(contraction, dialect))
            .filter(known -> known.getClass() == usual.getClass() && known.fits(limits))
            .orElse(usual);
    return Optional.of(
        switch (blocking) {
          case Blocking.Simd simd -> new SimdContraction(contraction, limits, simd).steps();
          case Blocking.Simt simt -> new SimtContraction(contraction, simt).steps();
        });
  }

  private static boolean isTuned(Contraction contraction, Dialect dialect, DeviceLimits limits) {
    return contraction.indicesAreShort()
        && (dialect == Dialect.SIMD || SimtContraction.fits(limits));
  }

  private static Blocking usual(Contraction contraction, Dialect dialect, DeviceLimits limits) {
    return switch (dialect) {
      case SIMD -> SimdContraction.usual(contraction, limits);
      case SIMT -> SimtContraction.usual(contraction, limits);
    };
  }

  /// Sizes to the next power of two, the way through each operand, and whether windows are looked
  /// through. A result as narrow as a vector is a class of its own for each width.
  private static String shapeClass(Contraction contraction, Dialect dialect) {
    return "%s m%d n%s k%d z%d a-%s b-%s%s"
        .formatted(
            dialect.name().toLowerCase(Locale.ROOT),
            power(contraction.m()),
            contraction.n() <= 64
                ? "=" + contraction.n()
                : Integer.toString(power(contraction.n())),
            power(contraction.k()),
            power(contraction.z()),
            contraction.aRunsAlongDepth() ? "deep" : "wide",
            contraction.bRunsAlongDepth() ? "deep" : "wide",
            contraction.windows().isEmpty() ? "" : " windows");
  }

  /// The least power of two that is no less.
  private static int power(long size) {
    return size <= 1 ? 0 : 64 - Long.numberOfLeadingZeros(size - 1);
  }
}
