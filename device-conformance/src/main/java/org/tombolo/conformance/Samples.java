package org.tombolo.conformance;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Tensors to test with, drawn from a seed.
final class Samples {
  private final SplittableRandom random;

  Samples(long seed) {
    random = new SplittableRandom(seed);
  }

  /// Ordinary numbers: floats between -2 and 2, integers of any size, either truth value.
  Tensor ordinary(TensorType type) {
    return type.dtype().isFloat()
        ? Tensor.filled(type, i -> random.nextDouble(-2, 2))
        : wholes(type, false);
  }

  /// Numbers of which a third are special: zeros of both signs, infinities, NaN, the largest, the
  /// smallest and those below the normal range; the rest are of all sizes.
  Tensor special(TensorType type) {
    DType dtype = type.dtype();
    if (!dtype.isFloat()) {
      return wholes(type, true);
    }
    double[] specials = specials(dtype);
    return Tensor.filled(
        type,
        i ->
            switch (random.nextInt(6)) {
              case 0, 1 -> specials[random.nextInt(specials.length)];
              case 2 -> random.nextInt(-5, 6);
              case 3 -> random.nextDouble(-100, 100);
              default -> random.nextDouble(-2, 2);
            });
  }

  /// Every pair of special values: the first of each pair in one tensor, the second in the other.
  List<Tensor> specialPairs(DType dtype) {
    if (!dtype.isFloat()) {
      long[] all = wholeSpecials(dtype);
      TensorType type = TensorType.of(dtype, (long) all.length * all.length);
      return List.of(
          ofWholes(type, i -> all[i / all.length]), ofWholes(type, i -> all[i % all.length]));
    }
    double[] all = specials(dtype);
    TensorType type = TensorType.of(dtype, (long) all.length * all.length);
    return List.of(
        Tensor.filled(type, i -> all[(int) i / all.length]),
        Tensor.filled(type, i -> all[(int) i % all.length]));
  }

  /// Whole numbers between two bounds, both included.
  Tensor between(TensorType type, int low, int high) {
    return Tensor.filled(type, i -> random.nextInt(low, high + 1));
  }

  private Tensor wholes(TensorType type, boolean special) {
    long[] specials = wholeSpecials(type.dtype());
    return ofWholes(
        type,
        i ->
            special && random.nextInt(2) == 0
                ? specials[random.nextInt(specials.length)]
                : random.nextLong());
  }

  private interface Whole {
    long at(int index);
  }

  /// A tensor of integers or bools that hold the low bits of the values.
  private static Tensor ofWholes(TensorType type, Whole whole) {
    long[] values = new long[Math.toIntExact(type.size())];
    Arrays.setAll(values, whole::at);
    return switch (type.dtype()) {
      case I64 -> Tensor.of(values, type.shape().toArray());
      case I32 -> Tensor.filled(type, i -> (int) values[(int) i]);
      case I16 -> Tensor.filled(type, i -> (short) values[(int) i]);
      case I8 -> Tensor.filled(type, i -> (byte) values[(int) i]);
      case U8 -> Tensor.filled(type, i -> values[(int) i] & 0xff);
      case BOOL -> Tensor.filled(type, i -> values[(int) i] & 1);
      case F32, F16, BF16, F64 -> throw new IllegalArgumentException(type.toString());
    };
  }

  private static double[] specials(DType dtype) {
    double least =
        switch (dtype) {
          case F64 -> Double.MIN_VALUE;
          case F16 -> 0x1p-24;
          default -> Float.MIN_VALUE;
        };
    double largest =
        switch (dtype) {
          case F64 -> Double.MAX_VALUE;
          case F16 -> 65504;
          case BF16 -> 0x1.fep127;
          default -> Float.MAX_VALUE;
        };
    return new double[] {
      0.0,
      -0.0,
      1,
      -1,
      0.5,
      -0.5,
      2,
      -3,
      Double.NaN,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      least,
      -least,
      least * 100,
      largest,
      -largest,
      1e-6,
      -2.5,
      1000,
      -12345.678
    };
  }

  private static long[] wholeSpecials(DType dtype) {
    int bits = dtype.bytes() * 8;
    long least = -1L << (bits - 1);
    return new long[] {
      0, 1, 2, 3, -1, -2, 5, -7, least, least + 1, ~least, ~least - 1, bits, bits - 1L, -bits
    };
  }

  /// The magnitudes of all elements; anything but a float stays as it is.
  static Tensor absolute(Tensor tensor) {
    return tensor.type().dtype().isFloat()
        ? Tensor.filled(tensor.type(), i -> Math.abs(tensor.at(i)))
        : tensor;
  }
}
