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
    team.runRanges(
        rows,
        Math.max(1, GRAIN / Math.max(1, length)),
        (from, to) -> {
          if (dtype == DType.F64) {
            doubles(inputs, outputs[0], from, to);
          } else {
            floats(inputs, outputs[0], from, to);
          }
        });
  }

  private void floats(MemorySegment[] inputs, MemorySegment out, long from, long to) {
    float[] row = length <= Registers.CHUNK ? FloatRow.mine() : new float[length];
    for (long r = from; r < to; r++) {
      Elements.load(dtype, inputs[operands[0]], r * length, 1, row, 0, length);
      float largest = Float.NEGATIVE_INFINITY;
      for (int i = 0; i < length; i++) {
        largest = Math.max(largest, row[i]);
      }
      for (int i = 0; i < length; i++) {
        row[i] -= largest;
      }
      int label = form == Form.SOFTMAX ? -1 : inputs[operands[1]].get(I32, r * 4);
      boolean known = label >= 0 && label < length;
      float atLabel = known ? row[label] : 0;
      math.apply(UnaryFn.EXP, row, row, length);
      double sum = 0;
      for (int i = 0; i < length; i++) {
        sum += row[i];
      }
      if (form == Form.LOSS) {
        Elements.put(dtype, out, r, known ? Math.log(sum) - atLabel : Double.NaN);
        continue;
      }
      scale(row, (float) sum);
      if (form == Form.LOSS_GRADIENT) {
        float dy = (float) Tensor.get(dtype, inputs[operands[2]], r);
        if (known) {
          row[label] -= 1;
        }
        for (int i = 0; i < length; i++) {
          row[i] *= dy;
        }
      }
      Elements.store(dtype, row, out, r * length, length);
    }
  }

  private void scale(float[] row, float sum) {
    for (int i = 0; i < length; i++) {
      row[i] /= sum;
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
      int label = form == Form.SOFTMAX ? -1 : inputs[operands[1]].get(I32, r * 4);
      boolean known = label >= 0 && label < length;
      double atLabel = known ? row[label] : 0;
      math.apply(UnaryFn.EXP, row, row, length);
      double sum = 0;
      for (int i = 0; i < length; i++) {
        sum += row[i];
      }
      if (form == Form.LOSS) {
        Elements.put(dtype, out, r, known ? Math.log(sum) - atLabel : Double.NaN);
        continue;
      }
      double dy = form == Form.LOSS_GRADIENT ? Tensor.get(dtype, inputs[operands[2]], r) : 1;
      for (int i = 0; i < length; i++) {
        double target = form == Form.LOSS_GRADIENT && i == label ? 1 : 0;
        row[i] = (row[i] / sum - target) * dy;
      }
      Elements.store(row, out, r * length, length);
    }
  }
}
