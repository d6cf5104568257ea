package org.tombolo.opencl.codegen;

import org.tombolo.device.LoopKernel;
import org.tombolo.device.StridedView;
import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Dialect;
import org.tombolo.opencl.kernel.KernelSource;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// Kernels for loops that fold nothing.
///
/// One work-item computes one element, without any loop, which compilers for processors turn into
/// vectors across work-items; they give up on kernels with loops, and a grid-stride loop costs a
/// factor of sixty there. The SIMD dialect goes further where rows are long enough: one work-item
/// computes a block of neighbours as explicit vectors, because vector forms of `exp` and the like
/// are only called that way; the last block of a row is computed one by one.
final class LoopKernels {
  private static final long SIMD_GROUP = 64;
  private static final long SIMT_GROUP = 256;

  private final Dialect dialect;
  private final DeviceLimits limits;

  LoopKernels(Dialect dialect, DeviceLimits limits) {
    this.dialect = dialect;
    this.limits = limits;
  }

  /// Work-items of a work-group of a kernel without loops.
  static long group(Dialect dialect, DeviceLimits limits) {
    long wanted = dialect == Dialect.SIMD ? SIMD_GROUP : SIMT_GROUP;
    return Long.highestOneBit(Math.min(wanted, limits.maxWorkGroupSize()));
  }

  /// Lanes of a vector of the SIMD dialect.
  static int width(DeviceLimits limits) {
    return limits.floatLanes() > 8 ? 16 : 8;
  }

  /// @param loop a collapsed loop without reduction, or one that folds nothing away
  Steps lower(LoopKernel loop) {
    return lower(loop, StridedView.dense(loop.space()));
  }

  /// The same for results that lie apart.
  ///
  /// @param places where the elements of every output go
  Steps lower(LoopKernel loop, StridedView places) {
    Shape space = loop.space();
    LoopBody body = LoopBody.of(loop, places);
    int width = width(limits);
    boolean blocks =
        dialect == Dialect.SIMD
            && space.rank() > 0
            && space.dim(space.rank() - 1) >= width
            && places.stride(space.rank() - 1) == 1
            && loop.space().size() > 0;
    // Only a line of elements is free of extents other than its length, so that one program serves
    // all lengths.
    boolean anyLength = space.rank() == 1;
    long length = space.rank() == 0 ? 1 : space.dim(space.rank() - 1);
    long perRow = blocks ? Math.ceilDiv(length, width) : length;
    long rows = space.size() == 0 ? 0 : space.size() / length;
    long items = rows * perRow;

    Signature signature = new Signature();
    body.addInputs(signature);
    for (int i = 0; i < loop.outputs().size(); i++) {
      signature.output("out" + i, loop.outputs().get(i).dtype(), i);
    }
    if (anyLength) {
      signature.count(body.index(), "n", length);
    }
    Code code = new Code();
    long group = group(dialect, limits);
    signature.open(code, "loop", group);
    code.line("const %s item = get_global_id(0);", body.index());
    String count =
        !anyLength
            ? Long.toString(items)
            : blocks ? "(n + %d) / %d".formatted(width - 1, width) : "n";
    code.open("if (item < %s)", count);
    if (blocks) {
      writeBlock(code, body, places, width, anyLength ? "n" : Long.toString(length), perRow);
    } else {
      Coordinates.write(code, body.index(), "item", space, axis -> true);
      writePoint(code, body, places, Lanes.ONE);
    }
    code.close();
    code.close();
    KernelSource source = new KernelSource("loop", Prelude.complete(code.toString()));
    return Steps.of(Step.line(source, "loop", signature.args(), items, group));
  }

  private static void writeBlock(
      Code code, LoopBody body, StridedView places, int width, String length, long perRow) {
    Shape space = places.shape();
    int last = space.rank() - 1;
    String row = space.rank() == 1 ? "0" : "item / " + perRow;
    String block = space.rank() == 1 ? "item" : "item %% %d".formatted(perRow);
    if (space.rank() > 1) {
      code.line("const %s row = %s;".formatted(body.index(), row));
    }
    code.line("const %s first = (%s) * %d;".formatted(body.index(), block, width));
    Coordinates.write(code, body.index(), "row", space, axis -> axis != last);
    code.open("if (first + %d <= %s)", width, length);
    code.line("const %s c%d = first;", body.index(), last);
    writePoint(code, body, places, new Lanes(width));
    code.next("else");
    code.open("for (%s c%d = first; c%d < %s; c%d++)", body.index(), last, last, length, last);
    writePoint(code, body, places, Lanes.ONE);
    code.close();
    code.close();
  }

  private static void writePoint(Code code, LoopBody body, StridedView places, Lanes lanes) {
    LoopKernel loop = body.loop();
    body.write(code, lanes);
    String position = LoopBody.position(places);
    for (int i = 0; i < loop.stores().size(); i++) {
      DType dtype = loop.outputs().get(i).dtype();
      code.line(lanes.store(dtype, "out" + i, position, "v" + loop.stores().get(i)));
    }
  }
}
