package org.tombolo.opencl.codegen;

import java.util.List;
import org.tombolo.device.LoopKernel;
import org.tombolo.device.StridedView;
import org.tombolo.graph.DType;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.opencl.kernel.Arg;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Dialect;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// Kernels for loops that end in a reduction.
///
/// Every result is folded in an order that depends on the shapes alone, without atomics, so results
/// are the same bit for bit on every run. Where there are too few results to keep a device busy,
/// the folded elements are cut into parts of fixed size; one kernel folds each part into working
/// memory and a second one folds the parts.
final class FoldKernels {
  private final Dialect dialect;
  private final SimdFold simd;
  private final SimtFold simt;

  FoldKernels(Dialect dialect, DeviceLimits limits) {
    this.dialect = dialect;
    this.simd = new SimdFold(limits);
    this.simt = new SimtFold(limits);
  }

  /// A loop whose folded elements may be cut into parts.
  ///
  /// @param body the loop
  /// @param fn how elements are folded
  /// @param axes folded axes
  /// @param from what the loop reads, if it is working memory
  /// @param to where the result goes
  /// @param parts into how many parts the elements are cut
  record Stage(LoopBody body, ReduceFn fn, List<Integer> axes, Source from, Target to, long parts) {
    Shape space() {
      return body.loop().space();
    }

    boolean folded(int axis) {
      return axes.contains(axis);
    }

    int last() {
      return space().rank() - 1;
    }

    /// Whether the last axis is folded, so that one result reads neighbours.
    boolean alongRows() {
      return folded(last());
    }

    /// Elements folded into one result.
    long count() {
      long count = 1;
      for (int axis : axes) {
        count *= space().dim(axis);
      }
      return count;
    }

    /// Results.
    long results() {
      long results = 1;
      for (int axis = 0; axis < space().rank(); axis++) {
        results *= folded(axis) ? 1 : space().dim(axis);
      }
      return results;
    }

    /// Number of the value that is folded.
    String value() {
      return "v" + body.loop().stores().get(0);
    }

    /// Type in which it is folded.
    DType accumulator() {
      return CType.accumulator(body.loop().dtypes().get(body.loop().stores().get(0)));
    }

    /// Place of a result among all of its part.
    String resultPosition() {
      long[] strides = new long[space().rank()];
      long step = 1;
      for (int axis = last(); axis >= 0; axis--) {
        if (!folded(axis)) {
          strides[axis] = step;
          step *= space().dim(axis);
        }
      }
      String position = LoopBody.position(StridedView.of(space(), 0, strides));
      return parts == 1 ? position : "part * %d + %s".formatted(results(), position);
    }

    /// Parameters: what is read, and `out`.
    Signature signature() {
      Signature signature = new Signature();
      switch (from) {
        case Source.Inputs _ -> body.addInputs(signature);
        case Source.Parts(Arg.Scratch place) -> signature.readScratch("in0", accumulator(), place);
      }
      switch (to) {
        case Target.Result(DType dtype) -> signature.output("out", dtype, 0);
        case Target.Parts(Arg.Scratch place) -> signature.writeScratch("out", accumulator(), place);
      }
      return signature;
    }

    /// A statement that stores folded lanes.
    String store(Lanes lanes, String position, String value) {
      return lanes.store(
          switch (to) {
            case Target.Result(DType dtype) -> dtype;
            case Target.Parts _ -> accumulator();
          },
          "out",
          position,
          value);
    }

    /// A statement that folds one more value in.
    String step(Lanes lanes, String accumulated, String value) {
      return "%s = %s;"
          .formatted(accumulated, lanes.binary(fn.step(), accumulator(), accumulated, value));
    }
  }

  /// What a stage reads.
  sealed interface Source {
    /// The region's inputs.
    record Inputs() implements Source {}

    /// What a stage before it left.
    record Parts(Arg.Scratch place) implements Source {}
  }

  /// What a stage writes.
  sealed interface Target {
    /// The region's output.
    record Result(DType dtype) implements Target {}

    /// Parts for the next stage, `[parts, results]`.
    record Parts(Arg.Scratch place) implements Target {}
  }

  /// @param loop a collapsed loop that folds at least one axis
  Steps lower(LoopKernel loop) {
    LoopKernel.Reduction reduction = loop.fold().orElseThrow();
    LoopBody body = LoopBody.of(loop);
    Target result = new Target.Result(loop.outputs().get(0).dtype());
    Stage whole = new Stage(body, reduction.fn(), reduction.axes(), new Source.Inputs(), result, 1);
    long parts = whole.results() == 0 ? 1 : parts(whole);
    if (parts == 1) {
      return Steps.of(step(whole));
    }
    DType accumulator = whole.accumulator();
    TensorType partial = TensorType.of(accumulator, parts, whole.results());
    Arg.Scratch place = new Arg.Scratch(0, partial.bytes());
    Stage first =
        new Stage(
            body,
            reduction.fn(),
            reduction.axes(),
            new Source.Inputs(),
            new Target.Parts(place),
            parts);
    LoopKernel rest = foldOfParts(partial, reduction.fn(), accumulator);
    Stage second =
        new Stage(
            LoopBody.of(rest),
            reduction.fn(),
            rest.fold().orElseThrow().axes(),
            new Source.Parts(place),
            result,
            1);
    return new Steps(List.of(step(first), step(second)), place.bytes());
  }

  private static LoopKernel foldOfParts(TensorType partial, ReduceFn fn, DType dtype) {
    return new LoopKernel(
            List.of(partial),
            List.of(TensorType.of(dtype, partial.dim(1))),
            partial.shape(),
            List.of(new LoopKernel.Load(0, StridedView.dense(partial.shape()))),
            List.of(dtype),
            List.of(0),
            new LoopKernel.Reduction(fn, List.of(0)))
        .collapsed();
  }

  private long parts(Stage stage) {
    return switch (dialect) {
      case SIMD -> simd.parts(stage);
      case SIMT -> simt.parts(stage);
    };
  }

  private Step step(Stage stage) {
    return switch (dialect) {
      case SIMD -> simd.step(stage);
      case SIMT -> simt.step(stage);
    };
  }
}
