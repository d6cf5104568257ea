package org.tombolo.cpu.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.ConvDims;
import org.tombolo.graph.DType;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.WindowDim;

/// Dots and convolutions of the types that have no kernel of their own: for each element of the
/// result a sum of products, in index order, in doubles for floats and longs for integers.
final class PlainContraction implements HostKernel {
  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final long GRAIN = 1 << 14;

  /// Finds the pairs of elements whose products make one element of a result.
  private interface Pairs {
    /// Writes the positions of the pairs.
    ///
    /// @param index axes of the element of the result
    /// @param a positions in the left operand
    /// @param b positions in the right operand
    /// @return how many pairs there are
    int of(long[] index, long[] a, long[] b);
  }

  private final DType dtype;
  private final Shape out;
  private final int terms;
  private final Pairs pairs;
  private final int left;
  private final int right;
  private final WorkerTeam team;

  private PlainContraction(
      TensorType out, long terms, Pairs pairs, List<Integer> operands, WorkerTeam team) {
    this.dtype = out.dtype();
    this.out = out.shape();
    this.terms = Math.toIntExact(terms);
    this.pairs = pairs;
    this.left = operands.get(0);
    this.right = operands.get(1);
    this.team = team;
  }

  /// A dot.
  static HostKernel dot(
      Op.Dot op, TensorType a, TensorType b, List<Integer> operands, WorkerTeam team) {
    List<Integer> lhs = new ArrayList<>(op.lhsBatch());
    lhs.addAll(op.lhsFree(a.rank()));
    List<Integer> rhsFree = op.rhsFree(b.rank());
    long[] stepsA = a.shape().strides();
    long[] stepsB = b.shape().strides();
    long terms = 1;
    for (int axis : op.lhsContract()) {
      terms *= a.dim(axis);
    }
    int batch = op.lhsBatch().size();
    int count = Math.toIntExact(terms);
    Pairs pairs =
        (index, atA, atB) -> {
          long baseA = 0;
          long baseB = 0;
          for (int i = 0; i < lhs.size(); i++) {
            baseA += index[i] * stepsA[lhs.get(i)];
          }
          for (int i = 0; i < batch; i++) {
            baseB += index[i] * stepsB[op.rhsBatch().get(i)];
          }
          for (int i = 0; i < rhsFree.size(); i++) {
            baseB += index[lhs.size() + i] * stepsB[rhsFree.get(i)];
          }
          for (int term = 0; term < count; term++) {
            long rest = term;
            atA[term] = baseA;
            atB[term] = baseB;
            for (int i = op.lhsContract().size() - 1; i >= 0; i--) {
              long extent = a.dim(op.lhsContract().get(i));
              atA[term] += rest % extent * stepsA[op.lhsContract().get(i)];
              atB[term] += rest % extent * stepsB[op.rhsContract().get(i)];
              rest /= extent;
            }
          }
          return count;
        };
    return new PlainContraction(op.infer(List.of(a, b)), terms, pairs, operands, team);
  }

  /// A convolution.
  static HostKernel conv(
      Op.Conv op, TensorType x, TensorType kernel, List<Integer> operands, WorkerTeam team) {
    ConvDims dims = op.dims();
    long[] stepsX = x.shape().strides();
    long[] stepsK = kernel.shape().strides();
    long features = x.dim(dims.lhsFeature());
    long terms = features;
    for (WindowDim dim : op.window()) {
      terms *= dim.size();
    }
    long window = features == 0 ? 0 : terms / features;
    int outGroup = dims.group().map(ConvDims.Group::out).orElse(0);
    long stepXGroup = dims.group().map(group -> stepsX[group.lhs()]).orElse(0L);
    long stepKGroup = dims.group().map(group -> stepsK[group.rhs()]).orElse(0L);
    Pairs pairs =
        (index, atX, atK) -> {
          int found = 0;
          for (long place = 0; place < window; place++) {
            long rest = place;
            long baseX =
                index[dims.outBatch()] * stepsX[dims.lhsBatch()] + index[outGroup] * stepXGroup;
            long baseK =
                index[dims.outFeature()] * stepsK[dims.rhsOut()] + index[outGroup] * stepKGroup;
            boolean inside = true;
            for (int i = op.window().size() - 1; i >= 0; i--) {
              WindowDim dim = op.window().get(i);
              long k = rest % dim.size();
              rest /= dim.size();
              long at =
                  dim.index(index[dims.outSpatial().get(i)], k, x.dim(dims.lhsSpatial().get(i)));
              inside &= at >= 0;
              baseX += at * stepsX[dims.lhsSpatial().get(i)];
              baseK += (op.reversed() ? dim.size() - 1 - k : k) * stepsK[dims.rhsSpatial().get(i)];
            }
            for (long feature = 0; inside && feature < features; feature++) {
              atX[found] = baseX + feature * stepsX[dims.lhsFeature()];
              atK[found] = baseK + feature * stepsK[dims.rhsIn()];
              found++;
            }
          }
          return found;
        };
    return new PlainContraction(op.infer(List.of(x, kernel)), terms, pairs, operands, team);
  }

  @Override
  public void run(MemorySegment[] inputs, MemorySegment[] outputs, MemorySegment scratch) {
    team.runRanges(
        out.size(),
        Math.max(1, GRAIN / Math.max(1, terms)),
        (from, to) -> {
          long[] atA = new long[terms];
          long[] atB = new long[terms];
          long[] index = new long[out.rank()];
          for (long i = from; i < to; i++) {
            long rest = i;
            for (int axis = index.length - 1; axis >= 0; axis--) {
              index[axis] = rest % out.dim(axis);
              rest /= out.dim(axis);
            }
            int count = pairs.of(index, atA, atB);
            sum(inputs[left], atA, inputs[right], atB, count, outputs[0], i);
          }
        });
  }

  private void sum(
      MemorySegment a,
      long[] atA,
      MemorySegment b,
      long[] atB,
      int count,
      MemorySegment to,
      long at) {
    if (dtype.isFloat()) {
      double sum = 0;
      for (int i = 0; i < count; i++) {
        sum += Tensor.get(dtype, a, atA[i]) * Tensor.get(dtype, b, atB[i]);
      }
      Elements.put(dtype, to, at, sum);
    } else {
      long sum = 0;
      for (int i = 0; i < count; i++) {
        sum += whole(a, atA[i]) * whole(b, atB[i]);
      }
      Elements.put(dtype, to, at, sum);
    }
  }

  private long whole(MemorySegment x, long position) {
    return dtype == DType.I64 ? x.get(I64, position * 8) : (long) Tensor.get(dtype, x, position);
  }
}
