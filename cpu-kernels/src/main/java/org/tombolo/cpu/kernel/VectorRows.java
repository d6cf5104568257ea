package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.TensorType;

/// Kernels over the rows of a tensor of floats that read a row two or three times while it is in
/// the first-level cache: softmax and its logarithm, shifted by the largest element so that no
/// exponential overflows, and normalizations, whose variance is the mean of squared differences.
/// They need the Vector API.
final class VectorRows implements HostKernel {
  /// Elements per task: some ten microseconds.
  private static final long GRAIN = 1 << 14;

  /// Which kernel; the first operand is what has the rows.
  sealed interface Form {
    /// One operand.
    record Softmax() implements Form {}

    /// One operand.
    record LogSoftmax() implements Form {}

    /// Operands: x, scale and shift.
    record LayerNorm(double epsilon) implements Form {}

    /// Operands: x and scale.
    record RmsNorm(double epsilon) implements Form {}
  }

  private final Form form;
  private final int length;
  private final long rows;
  private final int[] operands;
  private final WorkerTeam team;

  /// @param type of the first operand
  /// @param length elements of a row, the product of the last axes
  /// @param operands the input that each operand is
  VectorRows(Form form, TensorType type, long length, List<Integer> operands, WorkerTeam team) {
    this.form = form;
    this.length = Math.toIntExact(length);
    this.rows = length == 0 ? 0 : type.size() / length;
    this.operands = operands.stream().mapToInt(Integer::intValue).toArray();
    this.team = team;
  }

  /// Whether rows of this length are better taken one by one than several together.
  static boolean suits(long length) {
    return length >= 16 && length <= Integer.MAX_VALUE / 4;
  }

  @Override
  public boolean inPlace(int output, int input) {
    boolean elsewhere = false;
    for (int i = 1; i < operands.length; i++) {
      elsewhere |= operands[i] == input;
    }
    return operands[0] == input && !elsewhere;
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

  private void rows(MemorySegment[] inputs, MemorySegment y, long from, long to) {
    MemorySegment x = inputs[operands[0]];
    float[] lanes = FloatRow.mine();
    for (long row = from; row < to; row++) {
      long at = row * length * Float.BYTES;
      switch (form) {
        case Form.Softmax() -> {
          float largest = RowLoops.max(x, at, length, lanes);
          double sum = RowLoops.exp(x, at, largest, y, at, length, lanes);
          RowLoops.scale(y, at, (float) (1 / sum), y, at, length);
        }
        case Form.LogSoftmax() -> {
          float largest = RowLoops.max(x, at, length, lanes);
          double sum = RowLoops.sumOfExp(x, at, largest, length, lanes);
          RowLoops.subtract(x, at, largest, (float) Math.log(sum), y, at, length);
        }
        case Form.LayerNorm(double epsilon) -> {
          float mean = (float) (RowLoops.sum(x, at, length, lanes) / length);
          double squares = RowLoops.squares(x, at, mean, length, lanes);
          float by = (float) (1 / Math.sqrt(squares / length + epsilon));
          MemorySegment scale = inputs[operands[1]];
          RowLoops.normalise(x, at, mean, by, scale, inputs[operands[2]], y, at, length);
        }
        case Form.RmsNorm(double epsilon) -> {
          double squares = RowLoops.squares(x, at, 0, length, lanes);
          float by = (float) (1 / Math.sqrt(squares / length + epsilon));
          RowLoops.normalise(x, at, by, inputs[operands[1]], y, at, length);
        }
      }
    }
  }
}
