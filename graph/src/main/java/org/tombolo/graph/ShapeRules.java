package org.tombolo.graph;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// What the shape rules of operations have in common: checks that name the operation, what was
/// seen, what is needed and what to try.
final class ShapeRules {
  private ShapeRules() {}

  static void requireThat(
      boolean fits,
      Op op,
      Supplier<String> seen,
      Supplier<String> needed,
      Supplier<String> remedy) {
    if (!fits) {
      throw new ShapeException(
          "%s: %s; need %s".formatted(op.mnemonic(), seen.get(), needed.get()), remedy.get());
    }
  }

  static void requireOperands(Op op, List<TensorType> in, int count) {
    requireThat(
        in.size() == count,
        op,
        () -> "%d operands".formatted(in.size()),
        () -> Integer.toString(count),
        () -> "the builder's method for this operation");
  }

  static void requireSameTypes(Op op, List<TensorType> in) {
    requireOperands(op, in, 2);
    requireThat(
        in.get(0).equals(in.get(1)),
        op,
        () -> "a is %s, b is %s".formatted(in.get(0), in.get(1)),
        () -> "one type and shape",
        () ->
            in.get(0).dtype() == in.get(1).dtype()
                ? "broadcastTo(shape) for the smaller one"
                : "cast(DType.%s) for one of them".formatted(in.get(0).dtype().name()));
  }

  static void requireAxis(Op op, int axis, TensorType type) {
    requireAxes(op, List.of(axis), type);
  }

  static void requireAxes(Op op, List<Integer> axes, TensorType type) {
    requireThat(
        new HashSet<>(axes).size() == axes.size()
            && axes.stream().allMatch(axis -> 0 <= axis && axis < type.rank()),
        op,
        () -> "axes %s of %s".formatted(axes, type),
        () ->
            type.rank() == 0
                ? "no axes, a scalar has none"
                : "distinct axes from 0 to %d".formatted(type.rank() - 1),
        () -> "axes counted from 0, outermost first");
  }

  static TensorType windowed(Op op, List<TensorType> in, TensorType x, List<WindowDim> window) {
    requireThat(
        window.size() == x.rank(),
        op,
        () -> "operand is %s, window %s".formatted(x, sizes(window)),
        () -> "a window extent for each of %d axes".formatted(x.rank()),
        () -> "WindowDim.each() for axes that stay");
    long[] dims = new long[x.rank()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = slide(op, in, window.get(i), x.dim(i));
    }
    return x.withShape(Shape.of(dims));
  }

  static long slide(Op op, List<TensorType> in, WindowDim window, long extent) {
    try {
      return window.outputExtent(extent);
    } catch (ShapeException e) {
      throw new ShapeException(
          "%s: operands are %s, %s".formatted(op.mnemonic(), in, e.problem()), e.remedy());
    }
  }

  static List<Long> sizes(List<WindowDim> window) {
    return window.stream().map(WindowDim::size).toList();
  }

  static List<Integer> concat(List<Integer> a, List<Integer> b) {
    List<Integer> all = new ArrayList<>(a);
    all.addAll(b);
    return all;
  }

  static List<Integer> rest(int rank, List<Integer> taken) {
    return IntStream.range(0, rank).filter(i -> !taken.contains(i)).boxed().toList();
  }
}
