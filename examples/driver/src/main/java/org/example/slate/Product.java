package org.example.slate;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.tombolo.device.Kernel;
import org.tombolo.graph.Op;
import org.tombolo.graph.TensorType;

/// The product of two matrices, either of which may be turned.
final class Product implements SlateExecutable.Code {
  private final Kernel.Single single;
  private final int left;
  private final int right;

  private Product(Kernel.Single single, Op.Dot dot) {
    this.single = single;
    this.left = dot.lhsContract().getFirst();
    this.right = dot.rhsContract().getFirst();
  }

  /// Whether two matrices are multiplied: no batches, one axis summed.
  static boolean knows(Op.Dot dot, List<TensorType> operands) {
    return dot.lhsContract().size() == 1
        && operands.stream().allMatch(operand -> operand.rank() == 2)
        && dot.lhsBatch().isEmpty();
  }

  static Product of(String region, Kernel.Single single) {
    if (single.op() instanceof Op.Dot dot) {
      return new Product(single, dot);
    }
    throw new IllegalArgumentException(
        "region %s: %s was refused\n  try: what refusal() says".formatted(region, single.op()));
  }

  @Override
  public void run(List<MemorySegment> inputs, List<MemorySegment> outputs) {
    MemorySegment a = inputs.get(single.operands().get(0));
    MemorySegment b = inputs.get(single.operands().get(1));
    long depth = single.operand(0).dim(left);
    long rows = single.operand(0).dim(1 - left);
    long columns = single.operand(1).dim(1 - right);
    long aRow = left == 1 ? depth : 1;
    long aStep = left == 1 ? 1 : rows;
    long bColumn = right == 0 ? 1 : depth;
    long bStep = right == 0 ? columns : 1;
    for (long i = 0; i < rows; i++) {
      for (long k = 0; k < columns; k++) {
        float sum = 0;
        for (long p = 0; p < depth; p++) {
          sum +=
              a.getAtIndex(JAVA_FLOAT, i * aRow + p * aStep)
                  * b.getAtIndex(JAVA_FLOAT, p * bStep + k * bColumn);
        }
        outputs.getFirst().setAtIndex(JAVA_FLOAT, i * columns + k, sum);
      }
    }
  }
}
