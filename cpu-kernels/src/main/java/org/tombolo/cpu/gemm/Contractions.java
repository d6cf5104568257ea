package org.tombolo.cpu.gemm;

import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// Makes plans for dots and convolutions of single-precision floats.
///
/// Each element of a result is summed in an order that depends on the types alone, so results are
/// equal bit for bit, at each repetition and for any number of threads.
public final class Contractions {
  /// Places of a plane that make no vectors worth the name.
  private static final long FEW_PLACES = 32;

  /// Columns that leave most of a vector idle.
  private static final long FEW_COLUMNS = 4;

  private final MicroKernels kernels;
  private final Crew crew;

  /// @param team shares the work of the plans; must stay open while they are used
  public Contractions(WorkerTeam team) {
    this(team, MicroKernels.best());
  }

  /// @param team shares the work of the plans
  /// @param kernels compute tiles
  Contractions(WorkerTeam team, MicroKernels kernels) {
    this.kernels = kernels;
    crew = new Crew(team, new Workspace.Pool(kernels));
  }

  /// The same results from plain Java, for comparison: bit for bit equal, several times slower.
  ///
  /// @param team shares the work of the plans; must stay open while they are used
  public static Contractions plain(WorkerTeam team) {
    return new Contractions(team, MicroKernels.PLAIN);
  }

  /// Whether this JVM has the Vector API, without which all plans are plain Java.
  public static boolean vectorized() {
    return MicroKernels.vectorsPresent();
  }

  /// A plan for a dot.
  ///
  /// @param op what is contracted
  /// @param a type of the left operand, f32
  /// @param b type of the right operand, f32
  /// @throws IllegalArgumentException if the types are not f32
  /// @throws org.tombolo.graph.ShapeException if the operands do not fit
  public ContractionPlan dot(Op.Dot op, TensorType a, TensorType b) {
    Operands operands = Operands.of(op, a, b);
    Contraction sum = Contraction.of(op, a, b);
    return RowPlan.fits(sum)
        ? RowPlan.of(operands, sum, kernels)
        : new DotPlan(operands, sum, kernels, crew);
  }

  /// A plan for a convolution.
  ///
  /// @param op how the window slides
  /// @param x type of the images, f32
  /// @param kernel type of the kernel, f32
  /// @throws IllegalArgumentException if the types are not f32, or if the windows of one image look
  ///   at 2^31 elements or more
  /// @throws org.tombolo.graph.ShapeException if the operands do not fit
  public ContractionPlan conv(Op.Conv op, TensorType x, TensorType kernel) {
    Operands operands = Operands.of(op, x, kernel);
    if (PointwisePlan.fits(op, operands)) {
      return new PointwisePlan(op, operands, kernels, crew);
    }
    if (ChannelsPlan.fits(op, operands)) {
      return new ChannelsPlan(op, operands, kernels, crew);
    }
    if (ChannelSumsPlan.fits(op, operands)) {
      return new ChannelSumsPlan(op, operands, kernels, crew);
    }
    return isDirect(op, operands) && PlanesPlan.fits(op, operands)
        ? new PlanesPlan(op, operands, kernels, crew)
        : new ConvPlan(op, operands, kernels, crew);
  }

  /// Whether sums of planes beat products: where planes lie together, unless each is of few
  /// elements, and where products would have few columns.
  private static boolean isDirect(Op.Conv op, Operands operands) {
    ConvDims dims = op.dims();
    TensorType out = operands.out();
    if (dims.spatialRank() == 0) {
      return false;
    }
    int inner = dims.spatialRank() - 1;
    long places = 1;
    for (int axis : dims.outSpatial()) {
      places *= out.dim(axis);
    }
    boolean together =
        operands.a().shape().strides()[dims.lhsSpatial().get(inner)] == 1
            && out.shape().strides()[dims.outSpatial().get(inner)] == 1;
    return places >= FEW_PLACES && (together || out.dim(dims.outFeature()) <= FEW_COLUMNS);
  }
}
