package org.tombolo.onnx.export;

import java.util.Map;
import java.util.Optional;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;

/// Compares what a model gives with what the reference gives for its graph.
final class Closeness {
  private Closeness() {}

  /// What differs: names, types, whole numbers, or floats by more than their type allows, relative
  /// to themselves and to the largest of the tensor.
  static Optional<String> difference(Map<String, Tensor> want, Map<String, Tensor> got) {
    if (!want.keySet().equals(got.keySet())) {
      return Optional.of("outputs are " + got.keySet() + ", wanted " + want.keySet());
    }
    for (Map.Entry<String, Tensor> each : want.entrySet()) {
      Optional<String> found = difference(each.getValue(), got.get(each.getKey()));
      if (found.isPresent()) {
        return found.map(text -> each.getKey() + ": " + text);
      }
    }
    return Optional.empty();
  }

  private static Optional<String> difference(Tensor want, Tensor got) {
    if (!want.type().equals(got.type())) {
      return Optional.of("is " + got.type() + ", wanted " + want.type());
    }
    double largest = 0;
    for (long i = 0; i < want.type().size(); i++) {
      double magnitude = Math.abs(want.at(i));
      largest = Double.isFinite(magnitude) ? Math.max(largest, magnitude) : largest;
    }
    for (long i = 0; i < want.type().size(); i++) {
      boolean close =
          want.type().dtype().isFloat()
              ? isClose(want.type().dtype(), want.at(i), got.at(i), largest)
              : want.longAt(i) == got.longAt(i);
      if (!close) {
        return Optional.of(
            "%s[%d] is %s, wanted %s".formatted(want.type(), i, text(got, i), text(want, i)));
      }
    }
    return Optional.empty();
  }

  private static String text(Tensor tensor, long i) {
    return tensor.type().dtype().isFloat()
        ? Double.toString(tensor.at(i))
        : Long.toString(tensor.longAt(i));
  }

  private static boolean isClose(DType dtype, double want, double got, double largest) {
    if (Double.isNaN(want) || Double.isInfinite(want)) {
      return Double.compare(want, got) == 0;
    }
    double unit =
        switch (dtype) {
          case F64 -> 1e-12;
          case F32 -> 2e-6;
          case F16 -> 2e-3;
          case BF16 -> 2e-2;
          default -> 0;
        };
    return Math.abs(want - got) <= unit * (Math.abs(want) + largest) + Float.MIN_NORMAL;
  }
}
