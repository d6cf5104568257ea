package org.tombolo.onnx.suite;

import java.util.Objects;
import java.util.Optional;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;
import org.tombolo.onnx.lowering.Value;

/// Compares an output with what it must be, by the rule of ONNX's own runner: equal types and
/// shapes; floats with `|a - b| <= atol + rtol * |b|` and NaN equal to NaN; all else exactly.
///
/// @param relative tolerance
/// @param absolute tolerance
/// @param elements whether elements count, and not types and shapes alone
record Comparison(double relative, double absolute, boolean elements) {

  /// What differs, if anything.
  Optional<String> difference(String name, Value got, Value wanted) {
    return switch (wanted) {
      case Value.Dense dense ->
          got instanceof Value.Dense own ? tensors(name, own, dense) : kinds(name, got, wanted);
      case Value.Texts texts ->
          got.equals(texts)
              ? Optional.empty()
              : Optional.of("output %s is %s; need %s".formatted(name, got, texts));
      case Value.Sequence sequence -> {
        if (!(got instanceof Value.Sequence own)
            || own.elements().size() != sequence.elements().size()) {
          yield kinds(name, got, wanted);
        }
        Optional<String> first = Optional.empty();
        for (int i = 0; first.isEmpty() && i < own.elements().size(); i++) {
          first =
              difference(name + "[" + i + "]", own.elements().get(i), sequence.elements().get(i));
        }
        yield first;
      }
      case Value.Maybe maybe -> {
        // A runner may hand out what an optional holds.
        Value inner = got instanceof Value.Maybe own ? own.value().orElse(got) : got;
        yield maybe.value().isEmpty()
            ? (got instanceof Value.Maybe own && own.value().isEmpty()
                ? Optional.empty()
                : kinds(name, got, wanted))
            : difference(name, inner, maybe.value().get());
      }
    };
  }

  private static Optional<String> kinds(String name, Value got, Value wanted) {
    return Optional.of(
        "output %s is a %s; need a %s".formatted(name, got.describe(), wanted.describe()));
  }

  private Optional<String> tensors(String name, Value.Dense got, Value.Dense wanted) {
    if (got.type() != wanted.type() || !got.shape().equals(wanted.shape())) {
      return kinds(name, got, wanted);
    }
    Tensor a = Objects.requireNonNull(got.tensor());
    Tensor b = Objects.requireNonNull(wanted.tensor());
    long differ = 0;
    long first = -1;
    for (long i = 0; elements && i < a.type().size(); i++) {
      if (!close(a, b, i)) {
        first = first < 0 ? i : first;
        differ++;
      }
    }
    return differ == 0
        ? Optional.empty()
        : Optional.of(
            "output %s, %s: %d of %d elements differ, first at %d: %s; need %s"
                .formatted(
                    name,
                    got.describe(),
                    differ,
                    a.type().size(),
                    first,
                    text(a, first),
                    text(b, first)));
  }

  private static String text(Tensor tensor, long i) {
    return tensor.type().dtype().isFloat()
        ? Double.toString(tensor.at(i))
        : Long.toString(tensor.longAt(i));
  }

  private boolean close(Tensor a, Tensor b, long i) {
    DType dtype = a.type().dtype();
    if (!dtype.isFloat()) {
      return a.longAt(i) == b.longAt(i);
    }
    double x = a.at(i);
    double y = b.at(i);
    return x == y
        || (Double.isNaN(x) && Double.isNaN(y))
        || Math.abs(x - y) <= absolute + relative * Math.abs(y);
  }
}
