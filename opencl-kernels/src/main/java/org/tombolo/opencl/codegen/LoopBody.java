package org.tombolo.opencl.codegen;

import java.util.StringJoiner;
import java.util.stream.LongStream;
import org.tombolo.device.LoopKernel;
import org.tombolo.device.StridedView;
import org.tombolo.graph.DType;

/// Writes what a loop computes at one point of its space, or at several neighbours along the last
/// axis at once. The point's coordinates are variables `c0`, `c1`, .. which the caller declares.
///
/// @param loop what to compute
/// @param index type of coordinates and positions: `int` where all of them fit
record LoopBody(LoopKernel loop, String index) {
  private static final long LARGEST_INT = Integer.MAX_VALUE;

  static LoopBody of(LoopKernel loop) {
    return of(loop, StridedView.dense(loop.space()));
  }

  /// @param places where results go
  static LoopBody of(LoopKernel loop, StridedView places) {
    // Half of the range, so that counting up to the next block does not leave it.
    boolean fits = loop.space().size() <= LARGEST_INT / 2 && fits(places);
    for (LoopKernel.Value value : loop.body()) {
      fits &=
          switch (value) {
            case LoopKernel.Load(int _, StridedView view) -> fits(view);
            case LoopKernel.Index(StridedView view) -> fits(view);
            case LoopKernel.Random(int _, StridedView view) -> fits(view);
            case LoopKernel.Literal _,
                LoopKernel.Unary _,
                LoopKernel.Binary _,
                LoopKernel.Compare _,
                LoopKernel.Select _,
                LoopKernel.Cast _ ->
                true;
          };
    }
    return new LoopBody(loop, fits ? "int" : "long");
  }

  /// Whether every position of a view, and each step on the way to it, is an `int`.
  private static boolean fits(StridedView view) {
    long reach = Math.abs(view.offset());
    for (int axis = 0; axis < view.shape().rank(); axis++) {
      long steps = Math.max(0, view.shape().dim(axis) - 1);
      long stride = Math.abs(view.stride(axis));
      if (stride > LARGEST_INT || steps > LARGEST_INT || stride * steps > LARGEST_INT) {
        return false;
      }
      reach += stride * steps;
    }
    return reach <= LARGEST_INT;
  }

  /// Number of the last axis; the space must have one for more than one lane.
  int lastAxis() {
    return loop.space().rank() - 1;
  }

  /// Adds the inputs that the loop reads to a kernel's parameters, as `in0`, `in1`, ..
  void addInputs(Signature signature) {
    for (int i = 0; i < loop.inputs().size(); i++) {
      int input = i;
      boolean read =
          loop.body().stream()
              .anyMatch(value ->
                  switch (value) {
                    case LoopKernel.Load(int from, StridedView _) -> from == input;
                    case LoopKernel.Random(int key, StridedView _) -> key == input;
                    case LoopKernel.Literal _,
                        LoopKernel.Index _,
                        LoopKernel.Unary _,
                        LoopKernel.Binary _,
                        LoopKernel.Compare _,
                        LoopKernel.Select _,
                        LoopKernel.Cast _ ->
                        false;
                  });
      if (read) {
        signature.input("in" + i, loop.inputs().get(i).dtype(), i);
      }
    }
  }

  /// Writes the values at the current coordinates as variables `v0`, `v1`, ..
  void write(Code code, Lanes lanes) {
    for (int i = 0; i < loop.body().size(); i++) {
      DType dtype = loop.dtypes().get(i);
      String expression = expression(loop.body().get(i), dtype, lanes);
      code.line("const %s v%d = %s;".formatted(lanes.type(dtype), i, expression));
    }
  }

  private String expression(LoopKernel.Value value, DType dtype, Lanes lanes) {
    return switch (value) {
      case LoopKernel.Load(int input, StridedView view) ->
          lanes.load(
              loop.inputs().get(input).dtype(), "in" + input, position(view), lastStride(view));
      case LoopKernel.Literal(var number) -> lanes.literal(dtype, number);
      case LoopKernel.Index(StridedView view) ->
          lanes.cast(
              index.equals("int") ? DType.I32 : DType.I64, dtype, positions(view, index, lanes));
      case LoopKernel.Random(int key, StridedView view) ->
          "%s(in%d[0], in%d[1], %s)"
              .formatted(lanes.of("philox"), key, key, positions(view, "long", lanes));
      case LoopKernel.Unary(var fn, int a) -> lanes.unary(fn, dtype, "v" + a);
      case LoopKernel.Binary(var fn, int a, int b) -> lanes.binary(fn, dtype, "v" + a, "v" + b);
      case LoopKernel.Compare(var fn, int a, int b) ->
          lanes.compare(fn, loop.dtypes().get(a), "v" + a, "v" + b);
      case LoopKernel.Select(int condition, int yes, int no) ->
          lanes.select(dtype, "v" + condition, "v" + yes, "v" + no);
      case LoopKernel.Cast(int a) -> lanes.cast(loop.dtypes().get(a), dtype, "v" + a);
    };
  }

  private long lastStride(StridedView view) {
    return loop.space().rank() == 0 ? 0 : view.stride(lastAxis());
  }

  /// Position of the first lane.
  static String position(StridedView view) {
    StringJoiner sum = new StringJoiner(" + ");
    sum.setEmptyValue("0");
    for (int axis = 0; axis < view.shape().rank(); axis++) {
      long stride = view.stride(axis);
      if (stride == 1) {
        sum.add("c" + axis);
      } else if (stride != 0) {
        sum.add("c%d * %s".formatted(axis, constant(stride)));
      }
    }
    if (view.offset() != 0) {
      sum.add(constant(view.offset()));
    }
    return sum.toString();
  }

  private static String constant(long value) {
    boolean small = Math.abs(value) <= LARGEST_INT;
    return (value < 0 ? "(" + value : "" + value) + (small ? "" : "L") + (value < 0 ? ")" : "");
  }

  /// Positions of all lanes.
  private String positions(StridedView view, String type, Lanes lanes) {
    String first = "(%s)(%s)".formatted(lanes.of(type), position(view));
    long stride = lastStride(view);
    if (lanes.scalar() || stride == 0) {
      return first;
    }
    StringJoiner steps = new StringJoiner(", ", "(" + lanes.of(type) + ")(", ")");
    LongStream.range(0, lanes.width()).forEach(lane -> steps.add(constant(lane * stride)));
    return "(%s + %s)".formatted(first, steps);
  }
}
