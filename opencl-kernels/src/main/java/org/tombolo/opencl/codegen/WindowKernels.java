package org.tombolo.opencl.codegen;

import java.util.List;
import org.tombolo.device.Kernel;
import org.tombolo.device.StridedView;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;
import org.tombolo.opencl.kernel.DeviceLimits;
import org.tombolo.opencl.kernel.Dialect;
import org.tombolo.opencl.kernel.KernelSource;
import org.tombolo.opencl.kernel.Step;
import org.tombolo.opencl.kernel.Steps;

/// Kernels for windows that slide over a tensor. Each work-item writes one element, or, in the SIMD
/// dialect and where windows do not slide along the last axis, as many neighbours as a vector has
/// lanes: the channels of an image, usually.
final class WindowKernels {
  private static final String INDEX = "long";

  private final Dialect dialect;
  private final DeviceLimits limits;

  WindowKernels(Dialect dialect, DeviceLimits limits) {
    this.dialect = dialect;
    this.limits = limits;
  }

  /// Folds the elements under each window.
  Steps reduce(Op.ReduceWindow op, Kernel.Single single) {
    TensorType x = single.operand(0);
    TensorType result = single.result();
    Signature signature =
        new Signature()
            .input("x", x.dtype(), single.operands().get(0))
            .output("out", result.dtype(), 0);
    return perPoint(
        signature,
        result.shape(),
        op.window(),
        (code, lanes, index) -> writeReduce(code, lanes, index, op, x, result));
  }

  private static void writeReduce(
      Code code, Lanes lanes, String index, Op.ReduceWindow op, TensorType x, TensorType result) {
    ReduceFn fn = op.fn();
    DType dtype = CType.accumulator(x.dtype());
    code.line("%s sum = %s;", lanes.type(dtype), lanes.identity(fn, dtype));
    int opened = openWindow(code, index, op.window(), x.shape(), "c", "k", "i");
    String position = position(x.shape(), "i");
    code.line("const %s v = %s;", lanes.type(dtype), lanes.load(x.dtype(), "x", position, 1));
    code.line("sum = %s;", lanes.binary(fn.step(), dtype, "sum", "v"));
    close(code, opened);
    code.line(lanes.store(result.dtype(), "out", position(result.shape(), "c"), "sum"));
  }

  /// Collects, for each element, the gradients of the windows in which it is the largest. Every
  /// element looks at the windows over it, so nothing is added to from two sides.
  Steps maxGrad(Op.WindowMaxGrad op, Kernel.Single single) {
    TensorType x = single.operand(0);
    TensorType dy = single.operand(1);
    Signature signature =
        new Signature()
            .input("x", x.dtype(), single.operands().get(0))
            .input("dy", dy.dtype(), single.operands().get(1))
            .output("out", x.dtype(), 0);
    return perPoint(
        signature,
        x.shape(),
        op.window(),
        (code, lanes, index) -> writeMaxGrad(code, lanes, index, op, x, dy));
  }

  private static void writeMaxGrad(
      Code code, Lanes lanes, String index, Op.WindowMaxGrad op, TensorType x, TensorType dy) {
    DType dtype = CType.accumulator(x.dtype());
    String type = lanes.type(dtype);
    String mask = lanes.scalar() ? "int" : lanes.of(CType.mask(dtype));
    String place = position(x.shape(), "c");
    code.line("const %s at = %s;", index, place);
    code.line("const %s mine = %s;", type, lanes.load(x.dtype(), "x", "at", 1));
    code.line("%s sum = %s;", type, lanes.all(dtype, "0"));
    int windows = openWindowsOver(code, index, op.window(), dy.shape());
    code.line("%s won = (%s)(%s);", mask, mask, lanes.scalar() ? "1" : "-1");
    int positions = openWindow(code, index, op.window(), x.shape(), "o", "j", "i");
    code.line("const %s other_at = %s;", index, position(x.shape(), "i"));
    code.line("const %s other = %s;", type, lanes.load(x.dtype(), "x", "other_at", 1));
    code.open("if (other_at < at)");
    code.line("won = won & !((other >= mine) | (other != other));");
    code.next("else if (other_at > at)");
    code.line("won = won & !(((other > mine) | (other != other)) & (mine == mine));");
    code.close();
    close(code, positions);
    code.line("const %s g = %s;", type, lanes.load(dy.dtype(), "dy", position(dy.shape(), "o"), 1));
    code.line("const %s more = %s;", type, lanes.binary(BinaryFn.ADD, dtype, "sum", "g"));
    code.line("sum = %s;", lanes.choose(dtype, "won", "more", "sum"));
    close(code, windows);
    code.line(lanes.store(x.dtype(), "out", "at", "sum"));
  }

  /// What a kernel does at the coordinates `c0`, `c1`, ..
  @FunctionalInterface
  private interface Point {
    void write(Code code, Lanes lanes, String index);
  }

  /// A kernel over all points of a shape.
  private Steps perPoint(Signature signature, Shape space, List<WindowDim> window, Point point) {
    int last = space.rank() - 1;
    int width = LoopKernels.width(limits);
    boolean blocks =
        dialect == Dialect.SIMD
            && last >= 0
            && window.get(last).equals(WindowDim.each())
            && space.dim(last) >= width;
    long length = last < 0 ? 1 : space.dim(last);
    long perRow = blocks ? Math.ceilDiv(length, width) : length;
    long items = space.size() == 0 ? 0 : space.size() / length * perRow;
    // Signed 64-bit arithmetic: windows reach outside of what is there.
    String index = INDEX;
    long group = dialect == Dialect.SIMD ? 16 : LoopKernels.group(dialect, limits);
    Code code = new Code();
    signature.open(code, "slide", group);
    code.line("const %s item = get_global_id(0);", index);
    code.open("if (item < %d)", items);
    if (blocks) {
      code.line("const %s row = item / %d;", index, perRow);
      code.line("const %s first = item %% %d * %d;", index, perRow, width);
      Coordinates.write(code, index, "row", space, axis -> axis != last);
      code.open("if (first + %d <= %d)", width, length);
      code.line("const %s c%d = first;", index, last);
      point.write(code, new Lanes(width), index);
      code.next("else");
      code.open("for (%s c%d = first; c%d < %d; c%d++)", index, last, last, length, last);
      point.write(code, Lanes.ONE, index);
      code.close();
      code.close();
    } else {
      Coordinates.write(code, index, "item", space, axis -> true);
      point.write(code, Lanes.ONE, index);
    }
    code.close();
    code.close();
    KernelSource source = new KernelSource("slide", Prelude.complete(code.toString()));
    return Steps.of(Step.line(source, "slide", signature.args(), items, group));
  }

  /// Opens loops over the positions of one window that lie inside the operand.
  ///
  /// @param extents of the operand
  /// @param out letter of the window's coordinates
  /// @param position letter of the positions in the window
  /// @param in letter of the operand's coordinates, which are declared
  /// @return blocks to close
  static int openWindow(
      Code code,
      String index,
      List<WindowDim> window,
      Shape extents,
      String out,
      String position,
      String in) {
    int opened = 0;
    for (int axis = 0; axis < window.size(); axis++) {
      WindowDim dim = window.get(axis);
      if (dim.equals(WindowDim.each())) {
        code.line("const %s %s%d = %s%d;", index, in, axis, out, axis);
        continue;
      }
      code.open(
          "for (%s %s%d = 0; %s%d < %d; %s%d++)",
          index, position, axis, position, axis, dim.size(), position, axis);
      code.line(
          "const %s p%s%d = %s%d * %d + %s%d * %d - (%d);",
          index,
          in,
          axis,
          out,
          axis,
          dim.stride(),
          position,
          axis,
          dim.windowDilation(),
          dim.padLow());
      String whole =
          dim.baseDilation() == 1
              ? ""
              : " || p%s%d %% %d != 0".formatted(in, axis, dim.baseDilation());
      code.line(
          "if (p%s%d < 0 || p%s%d >= %d%s) continue;",
          in, axis, in, axis, extents.dim(axis) * dim.baseDilation(), whole);
      code.line("const %s %s%d = p%s%d / %d;", index, in, axis, in, axis, dim.baseDilation());
      opened++;
    }
    return opened;
  }

  /// Opens loops over the windows that see the element at `c0`, `c1`, ..; declares their
  /// coordinates `o0`, `o1`, ..
  private static int openWindowsOver(
      Code code, String index, List<WindowDim> window, Shape windows) {
    int opened = 0;
    for (int axis = 0; axis < window.size(); axis++) {
      WindowDim dim = window.get(axis);
      if (dim.equals(WindowDim.each())) {
        code.line("const %s o%d = c%d;", index, axis, axis);
        continue;
      }
      code.open("for (%s k%d = %d; k%d >= 0; k%d--)", index, axis, dim.size() - 1, axis, axis);
      code.line(
          "const %s q%d = c%d * %d + (%d) - k%d * %d;",
          index, axis, axis, dim.baseDilation(), dim.padLow(), axis, dim.windowDilation());
      code.line(
          "if (q%d < 0 || q%d %% %d != 0 || q%d >= %d) continue;",
          axis, axis, dim.stride(), axis, windows.dim(axis) * dim.stride());
      code.line("const %s o%d = q%d / %d;", index, axis, axis, dim.stride());
      opened++;
    }
    return opened;
  }

  private static void close(Code code, int blocks) {
    for (int i = 0; i < blocks; i++) {
      code.close();
    }
  }

  private static String position(Shape shape, String letter) {
    return LoopBody.position(StridedView.dense(shape)).replace("c", letter);
  }
}
