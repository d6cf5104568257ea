package org.tombolo.conformance;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.tombolo.device.Device;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Small graphs and data whose results are exact on every device.
final class Exercises {
  private Exercises() {}

  /// `x * factor + shift` of `n` numbers.
  static Graph affine(long n, double factor, double shift) {
    GraphBuilder g = new GraphBuilder("affine");
    Node x = g.input("x", TensorType.f32(n));
    g.output("y", x.mul(factor).add(shift));
    return g.build();
  }

  /// `a - b` of `n` numbers: which operand is which shows.
  static Graph difference(long n) {
    GraphBuilder g = new GraphBuilder("difference");
    Node a = g.input("a", TensorType.f32(n));
    Node b = g.input("b", TensorType.f32(n));
    g.output("y", a.binary(BinaryFn.SUB, b));
    return g.build();
  }

  /// Whole numbers below 1000, on which the graphs above are exact.
  static Tensor wholes(SplittableRandom random, long n) {
    return Tensor.filled(TensorType.f32(n), i -> random.nextInt(-999, 1000));
  }

  /// Random bytes.
  static byte[] bytes(SplittableRandom random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  /// The first place where bytes differ, in words.
  static String mismatch(byte[] got, byte[] want) {
    int at = Arrays.mismatch(got, want);
    return at < 0
        ? "no difference"
        : "byte %d of %d is %d, need %d".formatted(at, want.length, got[at], want[at]);
  }

  /// Requires that a device computes anything at all.
  static void requireWorks(Device device) {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5});
    Tensor got = Bench.run(device, affine(5, 2, 1), List.of(x)).getFirst();
    Tensor want = Tensor.of(new float[] {3, 5, 7, 9, 11});
    Violation.require(got.equals(want), "2x+1 of 1 to 5 is %s; need 3, 5, 7, 9, 11", got);
  }
}
