package org.tombolo.conformance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.graph.UnaryFn;

/// Functions of single elements: each with each type that it accepts.
final class ElementwiseCases {
  /// Prime, and above the chunks and vectors that drivers work in.
  private static final long SIZE = 2053;

  private final Samples samples;

  ElementwiseCases(Samples samples) {
    this.samples = samples;
  }

  List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    for (DType dtype : DType.values()) {
      for (UnaryFn fn : UnaryFn.values()) {
        if (fn.accepts(dtype)) {
          cases.add(unary(fn, dtype));
        }
      }
      for (BinaryFn fn : BinaryFn.values()) {
        if (fn.accepts(dtype)) {
          cases.add(binary("binary/" + fn + "/" + dtype, fn, special(dtype), special(dtype)));
          List<Tensor> pairs = samples.specialPairs(dtype);
          String name = "binary/" + fn + "/" + dtype + "/specials";
          cases.add(binary(name, fn, pairs.get(0), pairs.get(1)));
        }
      }
      cases.add(compare(dtype));
      cases.add(select(dtype));
      for (DType to : DType.values()) {
        if (to != dtype) {
          cases.add(cast(dtype, to));
        }
      }
    }
    return cases;
  }

  private Tensor special(DType dtype) {
    return samples.special(TensorType.of(dtype, SIZE));
  }

  private OpCase unary(UnaryFn fn, DType dtype) {
    Tolerance tolerance =
        switch (fn) {
          case NEG, ABS, SIGN, FLOOR, NOT -> Tolerance.BITS;
          case SQRT, EXP, LOG -> Tolerance.ulps(3);
          case SIN, COS -> Tolerance.ulps(4);
          case TANH -> Tolerance.ulps(5);
          case ERF -> Tolerance.ulps(16);
        };
    return OpCases.one(
        "unary/" + fn + "/" + dtype,
        tolerance,
        List.of(special(dtype)),
        (g, in) -> in.get(0).unary(fn));
  }

  private static OpCase binary(String name, BinaryFn fn, Tensor a, Tensor b) {
    Tolerance tolerance =
        switch (fn) {
          case DIV -> Tolerance.ulps(2.5);
          case POW -> Tolerance.ulps(16);
          case ADD, SUB, MUL, REM, MAX, MIN, AND, OR, XOR, SHL, SHR -> Tolerance.EXACT;
        };
    return OpCases.one(name, tolerance, List.of(a, b), (g, in) -> in.get(0).binary(fn, in.get(1)));
  }

  private OpCase compare(DType dtype) {
    List<Tensor> pairs = samples.specialPairs(dtype);
    return OpCases.several(
        "compare/" + dtype,
        Tolerance.BITS,
        pairs,
        (g, in) ->
            Arrays.stream(CompareFn.values()).map(fn -> in.get(0).compare(fn, in.get(1))).toList());
  }

  private OpCase select(DType dtype) {
    return OpCases.one(
        "select/" + dtype,
        Tolerance.BITS,
        List.of(special(DType.BOOL), special(dtype), special(dtype)),
        (g, in) -> in.get(0).select(in.get(1), in.get(2)));
  }

  private OpCase cast(DType from, DType to) {
    return OpCases.one(
        "cast/" + from + "/" + to,
        Tolerance.BITS,
        List.of(special(from)),
        (g, in) -> {
          Node x = in.get(0);
          return x.cast(to);
        });
  }
}
