package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.tombolo.cpu.math.VectorMath;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;

/// Kernels over the rows of a float tensor of scores: softmax, cross-entropy with labels, and the
/// gradient of the latter. All shift by the largest score first, so that no exponential overflows.
/// Sums are kept in double precision.
final class Rows implements HostKernel {
  private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;

  /// Which kernel.
  enum Form {
    /// Operand: scores; result: probabilities.
    SOFTMAX,
    /// Operands: scores, labels; result: one loss per row.
    LOSS,
    /// Operands: scores, labels, one number per row; result: as scores.
    LOSS_GRADIENT
  }

  private static final long GRAIN = 1 << 13;
  private static final float[] NONE = {};

  /// Floats of the widest vectors.
  private static final int WIDEST = 16;

  private final Form form;
  private final DType dtype;
  private final int length;
  private final long rows;
  private final int[] operands;
  private final VectorMath math;
  private final WorkerTeam team;

  /// @param scores type of the first operand; rows lie along its last axis
  /// @param operands the input that each operand is
  Rows(Form form, TensorType scores, List<Integer> operands, VectorMath math, WorkerTeam team) {
    this.form = form;
    this.dtype = scores.dtype();
    this.length = Math.toIntExact(scores.dim(scores.rank() - 1));
    this.rows = form == Form.LOSS ? scores.dim(0) : length == 0 ? 0 : scores.size() / length;
    this.operands = operands.stream().mapToInt(Integer::intValue).toArray();
    this.math = math;
    this.team = team;
  }

  @Override
  public boolean inPlace(int output, int input) {
    boolean onlyScores = operands[0] == input;
    for (int i = 1; i < operands.length; i++) {
      onlyScores &= operands[i] != input;
    }
    return form != Form.LOSS && onlyScores;
  }

  @Override
  public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    long grain = Math.max(1, GRAIN / Math.max(1, length));
    if (rows <= grain) {
      rows(inputs, outputs[0], 0, rows);
    } else {
      team.runRanges(rows, grain, (from, to) -> rows(inputs, outputs[0], from, to));
    }
  }

  private void rows(MemorySegment[] inputs, MemorySegment out, long from, long to) {
    if (dtype == DType.F64) {
      doubles(inputs, out, from, to);
    } else {
      floats(inputs, out, from, to);
    }
  }

  /// Short rows are taken several at a time, so that there is one call of the exponential for all.
  private void floats(MemorySegment[] inputs, MemorySegment out, long from, long to) {
    int together = Math.max(1, Registers.CHUNK / Math.max(1, length));
    float[] scores = length <= Registers.CHUNK ? FloatRow.mine() : new float[length];
    float[] atLabels = form == Form.LOSS ? new float[together] : NONE;
    for (long first = from; first < to; first += together) {
      int count = (int) Math.min(together, to - first);
      Elements.load(dtype, inputs[operands[0]], first * length, 1, scores, 0, count * length);
      for (int r = 0; r < count; r++) {
        shift(scores, r * length);
        if (form == Form.LOSS) {
          int label = label(inputs, first + r);
          atLabels[r] = label < 0 ? Float.NaN : scores[r * length + label];
        }
      }
      math.apply(UnaryFn.EXP, scores, scores, wholeVectors(count * length, scores.length));
      for (int r = 0; r < count; r++) {
        double sum = sum(scores, r * length);
        switch (form) {
          case SOFTMAX -> divide(scores, r * length, (float) sum);
          case LOSS -> Elements.put(dtype, out, first + r, Math.log(sum) - atLabels[r]);
          case LOSS_GRADIENT -> {
            divide(scores, r * length, (float) sum);
            int label = label(inputs, first + r);
            float dy = Float.NaN;
            if (label >= 0) {
              scores[r * length + label] -= 1;
              dy = (float) Tensor.get(dtype, inputs[operands[2]], first + r);
            }
            multiply(scores, r * length, dy);
          }
        }
      }
      if (form != Form.LOSS) {
        Elements.store(dtype, scores, out, first * length, count * length);
      }
    }
  }

  /// Elements rounded up to whole vectors where the array has so many: exponentials of what lies
  /// there cost nothing, those of a part of a vector cost more, and objects where the JVM stops
  /// inlining.
  private static int wholeVectors(int elements, int most) {
    return Math.min(most, (elements + WIDEST - 1) / WIDEST * WIDEST);
  }

  /// The label of a row; -1 where there is none, or none of the classes.
  private int label(MemorySegment[] inputs, long row) {
    if (form == Form.SOFTMAX) {
      return -1;
    }
    int label = inputs[operands[1]].get(I32, row * 4);
    return label >= 0 && label < length ? label : -1;
  }

  /// Four at a time, since each step of a fold waits for the one before.
  private void shift(float[] scores, int from) {
    float a = Float.NEGATIVE_INFINITY;
    float b = a;
    float c = a;
    float d = a;
    int end = from + length;
    int i = from;
    for (; i <= end - 4; i += 4) {
      a = Math.max(a, scores[i]);
      b = Math.max(b, scores[i + 1]);
      c = Math.max(c, scores[i + 2]);
      d = Math.max(d, scores[i + 3]);
    }
    for (; i < end; i++) {
      a = Math.max(a, scores[i]);
    }
    subtract(scores, from, Math.max(Math.max(a, b), Math.max(c, d)));
  }

  private void subtract(float[] scores, int from, float by) {
    for (int i = from; i < from + length; i++) {
      scores[i] -= by;
    }
  }

  private double sum(float[] scores, int from) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int end = from + length;
    int i = from;
    for (; i <= end - 4; i += 4) {
      a += scores[i];
      b += scores[i + 1];
      c += scores[i + 2];
      d += scores[i + 3];
    }
    for (; i < end; i++) {
      a += scores[i];
    }
    return a + b + (c + d);
  }

  private void divide(float[] scores, int from, float by) {
    for (int i = from; i < from + length; i++) {
      scores[i] /= by;
    }
  }

  private void multiply(float[] scores, int from, float by) {
    for (int i = from; i < from + length; i++) {
      scores[i] *= by;
    }
  }

  private void doubles(MemorySegment[] inputs, MemorySegment out, long from, long to) {
    double[] row = new double[length];
    for (long r = from; r < to; r++) {
      Elements.load(dtype, inputs[operands[0]], r * length, 1, row, 0, length);
      double largest = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < length; i++) {
        largest = Math.max(largest, row[i]);
      }
      for (int i = 0; i < length; i++) {
        row[i] -= largest;
      }
      int label = label(inputs, r);
      double atLabel = label < 0 ? Double.NaN : row[label];
      math.apply(UnaryFn.EXP, row, row, length);
      double sum = 0;
      for (int i = 0; i < length; i++) {
        sum += row[i];
      }
      if (form == Form.LOSS) {
        Elements.put(dtype, out, r, Math.log(sum) - atLabel);
        continue;
      }
      double dy = 1;
      if (form == Form.LOSS_GRADIENT) {
        dy = label < 0 ? Double.NaN : Tensor.get(dtype, inputs[operands[2]], r);
      }
      for (int i = 0; i < length; i++) {
        double target = form == Form.LOSS_GRADIENT && i == label ? 1 : 0;
        row[i] = (row[i] / sum - target) * dy;
      }
      Elements.store(row, out, r * length, length);
    }
  }
}
