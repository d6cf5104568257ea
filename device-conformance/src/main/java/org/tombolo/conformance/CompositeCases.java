package org.tombolo.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.tombolo.graph.Attention;
import org.tombolo.graph.Composite;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Normalization;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Composites, which a device may refuse.
final class CompositeCases {
  private final Samples samples;
  private final List<OpCase> cases = new ArrayList<>();

  CompositeCases(Samples samples) {
    this.samples = samples;
  }

  List<OpCase> all() {
    for (DType dtype : List.of(DType.F32, DType.F64, DType.F16, DType.BF16)) {
      softmax(TensorType.of(dtype, 5, 10), 1);
      crossEntropy(dtype, 9, 10);
      crossEntropy(dtype, 127, 33);
    }
    softmax(TensorType.f32(3, 1), 1);
    softmax(TensorType.f32(0, 4), 1);
    softmax(TensorType.f32(4, 0), 1);
    softmax(TensorType.f32(2, 1027), 1);
    softmax(TensorType.f32(2, 3, 67), 2);
    softmax(TensorType.f32(7, 5), 0);
    softmax(TensorType.f32(33), 0);
    softmax(TensorType.f32(129, 10), 1);
    Tensor extreme =
        Tensor.of(
            new float[] {
              1e30f,
              -1e30f,
              0,
              80,
              90,
              100,
              -100,
              0,
              0,
              Float.NEGATIVE_INFINITY,
              1,
              2,
              Float.NaN,
              1,
              2,
              -500,
              -501,
              -502
            },
            6,
            3);
    cases.add(
        OpCases.one(
            "call/softmax/extreme",
            new Tolerance(1, 32, Float.MIN_NORMAL),
            List.of(extreme),
            (g, in) -> in.get(0).softmax(1)));
    crossEntropy(DType.F32, 1, 1);
    crossEntropy(DType.F32, 0, 4);
    crossEntropy(DType.F32, 131, 17);
    crossEntropy(DType.F32, 3, 2051);
    for (DType dtype : List.of(DType.F32, DType.F64, DType.F16, DType.BF16)) {
      logSoftmax(TensorType.of(dtype, 5, 10), 1);
      denseCrossEntropy(dtype, 9, 10);
      normalizations(dtype, 5, 6, 7);
      attentions(dtype, 2, 4, 2, 5, 7, 3);
    }
    logSoftmax(TensorType.f32(7, 5), 0);
    logSoftmax(TensorType.f32(0, 4), 1);
    logSoftmax(TensorType.f32(2, 1027), 1);
    denseCrossEntropy(DType.F32, 131, 17);
    denseCrossEntropy(DType.F32, 1, 1);
    normalizations(DType.F32, 1, 2, 1);
    normalizations(DType.F32, 3, 4, 1027);
    normalizations(DType.F32, 131, 2, 17);
    attentions(DType.F32, 1, 1, 1, 1, 1, 1);
    attentions(DType.F32, 1, 3, 1, 67, 33, 17);
    cases.add(
        OpCases.one(
            "call/dropout",
            Tolerance.ulps(2),
            List.of(samples.ordinary(TensorType.f32(51, 41)), Tensor.of(new long[] {5, 6}, 2)),
            (g, in) -> g.call(new Composite.Dropout(0.3), in.get(0), in.get(1))));
    return cases;
  }

  /// Bounds: the exponential of a number of size m moves by m ulps when its operand does by one,
  /// and operands are below 4 after the shift.
  private static Tolerance rounded(long terms) {
    return new Tolerance(16 + Math.sqrt(terms), 16, 0x1p-20);
  }

  /// Bounds of several operations on numbers up to about 4, each rounded to the type: so many of
  /// its units beside 4, and as many of the result's.
  private static Tolerance composed(DType dtype, long terms) {
    double units = 16 + Math.sqrt(terms);
    double unit =
        switch (dtype) {
          case F16 -> 0x1p-10;
          case BF16 -> 0x1p-7;
          case F64 -> 0x1p-52;
          default -> 0x1p-23;
        };
    return new Tolerance(units, 0, 4 * units * unit);
  }

  private void softmax(TensorType type, int axis) {
    cases.add(
        OpCases.one(
            "call/softmax/%s/%d".formatted(type, axis),
            new Tolerance(16 + Math.sqrt(type.size()), 0, Float.MIN_NORMAL),
            List.of(samples.ordinary(type)),
            (g, in) -> in.get(0).softmax(axis)));
  }

  private void logSoftmax(TensorType type, int axis) {
    cases.add(
        OpCases.one(
            "call/log_softmax/%s/%d".formatted(type, axis),
            rounded(type.size()),
            List.of(samples.ordinary(type)),
            (g, in) -> in.get(0).logSoftmax(axis)));
  }

  private void denseCrossEntropy(DType dtype, long rows, long classes) {
    TensorType type = TensorType.of(dtype, rows, classes);
    add("call/cross_entropy/" + type, new Composite.CrossEntropy(), classes, type, type);
    add("call/binary_cross_entropy/" + type, new Composite.BinaryCrossEntropy(), 1, type, type);
  }

  /// Every form on rows of `channels * places` elements, with channels last and in the middle.
  private void normalizations(DType dtype, long rows, int channels, long places) {
    TensorType x = TensorType.of(dtype, rows, channels, places);
    TensorType scale = TensorType.of(dtype, channels);
    TensorType last = TensorType.of(dtype, places);
    TensorType plane = TensorType.of(dtype, channels, places);
    long size = x.size();
    norm(new Normalization.LayerNorm(2, 1e-5), places, x, last, last);
    norm(new Normalization.LayerNorm(1, 1e-5), channels * places, x, plane, plane);
    norm(new Normalization.RmsNorm(2, 1e-5), places, x, last);
    norm(new Normalization.BatchNorm(1, 1e-3), size, x, scale, scale);
    norm(new Normalization.BatchNorm(2, 1e-3), size, x, last, last);
    norm(new Normalization.GroupNorm(1, channels / 2, 1e-3), 2 * places, x, scale, scale);
    norm(new Normalization.GroupNorm(1, channels, 1e-3), places, x, scale, scale);
    Tensor variance = Samples.absolute(samples.ordinary(scale));
    cases.add(
        OpCases.one(
            "call/batch_norm_inference/" + x,
            composed(dtype, 1),
            List.of(
                samples.ordinary(x),
                samples.ordinary(scale),
                samples.ordinary(scale),
                samples.ordinary(scale),
                variance),
            (g, in) ->
                g.call(new Normalization.BatchNormInference(1, 1e-3), in.toArray(new Node[0]))));
  }

  private void norm(Normalization form, long terms, TensorType... in) {
    String name = "call/%s/%s/%d/of-%d".formatted(form.name(), in[0], form.axis(), terms);
    add(name, form, terms, in);
  }

  private void attentions(
      DType dtype, long n, long heads, long keyHeads, long queries, long keys, long depth) {
    TensorType q = TensorType.of(dtype, n, heads, queries, depth);
    TensorType k = TensorType.of(dtype, n, keyHeads, keys, depth);
    TensorType v = TensorType.of(dtype, n, keyHeads, keys, depth + 1);
    TensorType bools = TensorType.of(DType.BOOL, n, 1, queries, keys);
    TensorType floats = TensorType.of(dtype, 1, heads, queries, keys);
    Attention free = new Attention(0.25, false);
    Attention causal = new Attention(0.25, true);
    long terms = keys + depth;
    String name = "call/attention/%s/%d".formatted(q, keys);
    add(name + "/free", free, terms, q, k, v);
    add(name + "/causal", causal, terms, q, k, v);
    add(name + "/bools", free, terms, q, k, v, bools);
    add(name + "/floats", causal, terms, q, k, v, floats);
  }

  /// A composite of ordinary numbers.
  private void add(String name, Composite function, long terms, TensorType... in) {
    cases.add(
        OpCases.one(
            name,
            composed(in[0].dtype(), terms),
            Stream.of(in).map(samples::ordinary).toList(),
            (g, operands) -> g.call(function, operands.toArray(new Node[0]))));
  }

  private void crossEntropy(DType dtype, long rows, long classes) {
    TensorType type = TensorType.of(dtype, rows, classes);
    Tensor scores = samples.ordinary(type);
    // Many rows have labels beyond each end too, to see NaN.
    int beyond = rows > 100 ? 1 : 0;
    Tensor labels =
        samples.between(TensorType.of(DType.I32, rows), -beyond, (int) classes - 1 + beyond);
    Tensor dy = samples.ordinary(TensorType.of(dtype, rows));
    cases.add(
        OpCases.one(
            "call/sparse_cross_entropy/" + type,
            rounded(classes),
            List.of(scores, labels),
            (g, in) -> g.call(new Composite.SparseCrossEntropy(), in.get(0), in.get(1))));
    cases.add(
        OpCases.one(
            "call/sparse_cross_entropy_grad/" + type,
            rounded(classes),
            List.of(scores, labels, dy),
            (g, in) ->
                g.call(new Composite.SparseCrossEntropyGrad(), in.get(0), in.get(1), in.get(2))));
  }
}
