package org.example.slate;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.tombolo.device.LoopKernel;
import org.tombolo.device.StridedView;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.UnaryFn;

/// Runs a fused loop point by point. An optimizing driver turns [LoopKernel#body] into code of its
/// own once, when it compiles.
final class Loop implements SlateExecutable.Code {
  private final LoopKernel loop;

  Loop(LoopKernel loop) {
    this.loop = loop.collapsed();
  }

  static boolean knows(UnaryFn fn) {
    return switch (fn) {
      case NEG, ABS, SQRT, EXP, LOG, TANH -> true;
      default -> false;
    };
  }

  static boolean knows(BinaryFn fn) {
    return switch (fn) {
      case ADD, SUB, MUL, DIV, MAX, MIN -> true;
      default -> false;
    };
  }

  @Override
  public void run(List<MemorySegment> inputs, List<MemorySegment> outputs) {
    long points = loop.space().size();
    if (loop.fold().isPresent()) {
      fold(loop.fold().get(), points, inputs, outputs.getFirst());
      return;
    }
    float[] values = new float[loop.body().size()];
    for (long point = 0; point < points; point++) {
      compute(coordinates(point), inputs, values); // reads all before it writes any
      for (int i = 0; i < outputs.size(); i++) {
        outputs.get(i).setAtIndex(JAVA_FLOAT, point, values[loop.stores().get(i)]);
      }
    }
  }

  /// Folds in row-major order, in double precision, so that every run gives the same bits.
  private void fold(
      LoopKernel.Reduction fold, long points, List<MemorySegment> inputs, MemorySegment output) {
    double[] results = new double[(int) (output.byteSize() / Float.BYTES)];
    boolean sum = fold.fn() == ReduceFn.SUM;
    Arrays.fill(results, sum ? 0 : Double.NEGATIVE_INFINITY);
    float[] values = new float[loop.body().size()];
    for (long point = 0; point < points; point++) {
      long[] at = coordinates(point);
      compute(at, inputs, values);
      int place = 0;
      for (int axis = 0; axis < at.length; axis++) {
        if (!fold.axes().contains(axis)) {
          place = (int) (place * loop.space().dim(axis) + at[axis]);
        }
      }
      float value = values[loop.stores().getFirst()];
      results[place] = sum ? results[place] + value : Math.max(results[place], value);
    }
    for (int i = 0; i < results.length; i++) {
      output.setAtIndex(JAVA_FLOAT, i, (float) results[i]);
    }
  }

  private void compute(long[] at, List<MemorySegment> inputs, float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (loop.body().get(i)) {
            case LoopKernel.Load(int input, StridedView view) ->
                inputs.get(input).getAtIndex(JAVA_FLOAT, position(view, at));
            case LoopKernel.Literal(var value) -> (float) value.at(0);
            case LoopKernel.Index(StridedView view) -> position(view, at);
            case LoopKernel.Unary(UnaryFn fn, int a) -> apply(fn, values[a]);
            case LoopKernel.Binary(BinaryFn fn, int a, int b) -> apply(fn, values[a], values[b]);
            default -> throw new IllegalStateException("refused: " + loop.body().get(i));
          };
    }
  }

  private static float apply(UnaryFn fn, float a) {
    return switch (fn) {
      case NEG -> -a;
      case ABS -> Math.abs(a);
      case SQRT -> (float) Math.sqrt(a);
      case EXP -> (float) Math.exp(a);
      case LOG -> (float) Math.log(a);
      case TANH -> (float) Math.tanh(a);
      default -> throw new IllegalStateException("refused: " + fn);
    };
  }

  private static float apply(BinaryFn fn, float a, float b) {
    return switch (fn) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> a / b;
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
      default -> throw new IllegalStateException("refused: " + fn);
    };
  }

  /// The point with a row-major number.
  private long[] coordinates(long point) {
    Shape space = loop.space();
    long[] at = new long[space.rank()];
    for (int axis = at.length - 1; axis >= 0; axis--) {
      at[axis] = point % space.dim(axis);
      point /= space.dim(axis);
    }
    return at;
  }

  private static long position(StridedView view, long[] at) {
    long position = view.offset();
    for (int axis = 0; axis < at.length; axis++) {
      position += at[axis] * view.stride(axis);
    }
    return position;
  }
}
