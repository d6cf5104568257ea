package org.tombolo.cpu.gemm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.tombolo.cpu.team.WorkerTeam;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Runs plans on guarded memory and compares them with the reference.
final class Check {
  /// Repeats a run: `-Dtest.seed=42`.
  static final long SEED = Long.getLong("test.seed", 42);

  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final int GUARD = 256;
  private static final byte CANARY = (byte) 0xA5;

  private Check() {}

  /// Every set of micro-kernels that this JVM has.
  static List<MicroKernels> everyKernel() {
    List<MicroKernels> all = new ArrayList<>();
    all.add(MicroKernels.PLAIN);
    if (MicroKernels.vectorsPresent()) {
      VectorKernels.all()
          .forEach(kernel ->
              all.add(new MicroKernels(kernel, kernel, new VectorRow(), new VectorDirect())));
      all.add(VectorKernels.preferred());
    }
    return all;
  }

  /// Random values between -1 and 1.
  static Tensor random(TensorType type, SplittableRandom random) {
    return Tensor.filled(type, i -> random.nextDouble(-1, 1));
  }

  /// Computes a dot or a convolution, and fails if memory around the result or the scratch changes
  /// or an operand does.
  static float[] compute(Contractions contractions, Op op, Tensor a, Tensor b) {
    TensorType out = op.infer(List.of(a.type(), b.type()));
    ContractionPlan plan =
        switch (op) {
          case Op.Dot dot -> contractions.dot(dot, a.type(), b.type());
          case Op.Conv conv -> contractions.conv(conv, a.type(), b.type());
          default -> throw new IllegalArgumentException(op.mnemonic());
        };
    try (Arena arena = Arena.ofShared()) {
      MemorySegment left = guarded(arena, a.type().bytes());
      MemorySegment right = guarded(arena, b.type().bytes());
      MemorySegment result = guarded(arena, out.bytes());
      MemorySegment scratch = guarded(arena, plan.scratchBytes());
      inside(left).copyFrom(a.data());
      inside(right).copyFrom(b.data());
      plan.run(inside(left), inside(right), inside(result), inside(scratch));
      for (MemorySegment memory : List.of(left, right, result, scratch)) {
        requireGuards(memory, op);
      }
      assertEquals(-1, inside(left).mismatch(a.data()), "left operand changed");
      assertEquals(-1, inside(right).mismatch(b.data()), "right operand changed");
      return inside(result).toArray(F32);
    }
  }

  private static MemorySegment guarded(Arena arena, long bytes) {
    return arena.allocate(bytes + 2 * GUARD, 64).fill(CANARY);
  }

  private static MemorySegment inside(MemorySegment memory) {
    return memory.asSlice(GUARD, memory.byteSize() - 2 * GUARD);
  }

  private static void requireGuards(MemorySegment memory, Op op) {
    for (int i = 0; i < GUARD; i++) {
      assertEquals(CANARY, memory.get(ValueLayout.JAVA_BYTE, i), "wrote before, " + op);
      assertEquals(
          CANARY,
          memory.get(ValueLayout.JAVA_BYTE, memory.byteSize() - 1 - i),
          "wrote behind, " + op);
    }
  }

  /// Fails unless each element is as near to the reference as a sum of `terms` products may be
  /// asked to be: Higham, *Accuracy and Stability of Numerical Algorithms*, 3.1: the error is at
  /// most `terms * u * |a|·|b|`, and one rounding more for the reference, which is rounded to a
  /// float.
  static void requireClose(Op op, Tensor a, Tensor b, long terms, float[] got) {
    Tensor want = Reference.evaluate(op, List.of(a, b));
    Tensor scale = Reference.evaluate(op, List.of(absolute(a), absolute(b)));
    double roundoff = (terms + 1) * 0x1p-24;
    assertEquals(want.type().size(), got.length);
    for (int i = 0; i < got.length; i++) {
      double bound = roundoff * scale.at(i) + Float.MIN_NORMAL;
      if (!(Math.abs(want.at(i) - got[i]) <= bound)) {
        fail(
            "%s of %s and %s: element %d is %s, reference %s, bound %s, seed %d"
                .formatted(op, a.type(), b.type(), i, got[i], want.at(i), bound, SEED));
      }
    }
  }

  private static Tensor absolute(Tensor x) {
    return Tensor.filled(x.type(), i -> Math.abs(x.at(i)));
  }

  /// Compares with the reference, and every kernel and number of threads with each other, bit by
  /// bit.
  static void everywhere(Op op, Tensor a, Tensor b, long terms) {
    float[] first = null;
    try (WorkerTeam one = new WorkerTeam(1);
        WorkerTeam two = new WorkerTeam(2);
        WorkerTeam three = new WorkerTeam(3)) {
      for (MicroKernels kernels : everyKernel()) {
        for (WorkerTeam team : List.of(one, two, three)) {
          float[] got = compute(new Contractions(team, kernels), op, a, b);
          if (first == null) {
            first = got;
            requireClose(op, a, b, terms, got);
          }
          requireSameBits(
              first, got, kernels.wide().name() + ", " + team.size() + " threads, " + op);
        }
      }
    }
  }

  static void requireSameBits(float[] want, float[] got, String what) {
    for (int i = 0; i < want.length; i++) {
      if (Float.floatToIntBits(want[i]) != Float.floatToIntBits(got[i])) {
        fail(
            "%s: element %d is %s, first was %s, seed %d"
                .formatted(what, i, got[i], want[i], SEED));
      }
    }
  }
}
