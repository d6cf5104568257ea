package org.tombolo.cli.fuzz;

import java.util.Arrays;
import java.util.Optional;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// What a node should be, and how far a device may be off.
final class Approximate {
  private final TensorType type;
  private final Tensor value;
  private final double[] error;

  Approximate(TensorType type, Tensor value, double[] error) {
    this.type = type;
    this.value = value;
    this.error = error;
  }

  /// Type of the node.
  TensorType type() {
    return type;
  }

  /// The reference's elements: doubles that are not rounded for a float type, else of the type.
  Tensor value() {
    return value;
  }

  /// Allowed distance for each element, 0 where it must be equal; empty unless floats.
  double[] error() {
    return error;
  }

  /// Elements that a device has exactly: what is fed, constants, whole numbers.
  static Approximate exact(Tensor tensor) {
    TensorType type = tensor.type();
    return type.dtype().isFloat()
        ? new Approximate(type, doubles(tensor), new double[(int) type.size()])
        : new Approximate(type, tensor, new double[0]);
  }

  /// The same elements in double precision.
  static Tensor doubles(Tensor tensor) {
    return Tensor.filled(tensor.type().withDType(DType.F64), tensor::at);
  }

  boolean isExact() {
    return Arrays.stream(error).allMatch(e -> e == 0);
  }

  boolean isFinite() {
    for (int i = 0; i < error.length; i++) {
      if (!Double.isFinite(value.at(i))) {
        return false;
      }
    }
    return true;
  }

  Tensor errors() {
    return Tensor.of(error, type.shape().toArray());
  }

  /// Magnitudes with the error added, infinities and NaN as 0.
  Tensor magnitudes() {
    return Tensor.filled(
        value.type(),
        i -> Double.isFinite(value.at(i)) ? Math.abs(value.at(i)) + error[(int) i] : 0);
  }

  /// The value moved up or down by the error.
  Tensor corner(int sign) {
    return Tensor.filled(value.type(), i -> value.at(i) + sign * error[(int) i]);
  }

  /// Whether numbers stay within the range of the type, and errors small beside the numbers. What
  /// is not, a test could neither pass nor fail for.
  boolean isMeaningful() {
    double largest = 1;
    double off = 0;
    double limit =
        switch (type.dtype()) {
          case F16 -> 3e4;
          case F32, BF16 -> 1e30;
          default -> 1e200;
        };
    for (int i = 0; i < error.length; i++) {
      double x = value.at(i);
      if (Double.isFinite(x)) {
        largest = Math.max(largest, Math.abs(x));
        if (!(Math.abs(x) + error[i] < limit)) {
          return false;
        }
      }
      off = Math.max(off, error[i]);
    }
    return off <= largest / 20;
  }

  /// The first element that differs too much.
  Optional<String> difference(Tensor got) {
    if (!got.type().equals(type)) {
      return Optional.of("got %s, need %s".formatted(got.type(), type));
    }
    for (long i = 0; i < type.size(); i++) {
      if (!type.dtype().isFloat()) {
        if (got.longAt(i) != value.longAt(i)) {
          return Optional.of(
              "element %d of %s: got %d, need %d"
                  .formatted(i, type, got.longAt(i), value.longAt(i)));
        }
        continue;
      }
      double want = value.at(i);
      double seen = got.at(i);
      boolean fits =
          (Double.isFinite(want) && Double.isFinite(seen))
              ? Math.abs(want - seen) <= error[(int) i]
              : Double.compare(want, seen) == 0;
      if (!fits) {
        return Optional.of(
            "element %d of %s: got %s, need %s within %s"
                .formatted(i, type, seen, want, error[(int) i]));
      }
    }
    return Optional.empty();
  }
}
