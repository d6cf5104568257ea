package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;
import org.tombolo.graph.DType;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;

/// The different elements of a tensor, or its different slices along an axis.
final class Unique {
  private Unique() {}

  static List<Value.Dense> unique(Call c) {
    boolean sorted = c.integer("sorted", 1) != 0;
    boolean flat = !c.says("axis");
    int axis = flat ? 0 : c.axis("axis", 0, c.in(0).rank());
    ElementType index = ElementType.INT64;
    return c.onHost(
        List.of(c.in(0)),
        List.of(c.type(0), index, index, index),
        in -> {
          Tensor x = in.get(0);
          return find(x, flat ? Shape.of(x.shape().size()) : x.shape(), axis, sorted, order(c, x));
        });
  }

  private static List<Tensor> find(Tensor x, Shape shape, int axis, boolean sorted, Order compare) {
    int extent = (int) shape.dim(axis);
    long inner = Nodes.product(shape.toArray(), axis + 1, shape.rank());
    long outer = Nodes.product(shape.toArray(), 0, axis);
    Comparator<Integer> order =
        (a, b) -> {
          for (long o = 0; o < outer; o++) {
            for (long i = 0; i < inner; i++) {
              int compared = compare.of((o * extent + a) * inner + i, (o * extent + b) * inner + i);
              if (compared != 0) {
                return compared;
              }
            }
          }
          return 0;
        };
    TreeMap<Integer, List<Integer>> groups = new TreeMap<>(order);
    for (int k = 0; k < extent; k++) {
      groups.computeIfAbsent(k, _ -> new ArrayList<>()).add(k);
    }
    List<List<Integer>> found = new ArrayList<>(groups.values());
    if (!sorted) {
      found.sort(Comparator.comparing(List::getFirst));
    }
    int[] group = new int[extent];
    for (int g = 0; g < found.size(); g++) {
      for (int k : found.get(g)) {
        group[k] = g;
      }
    }
    int[] firsts = found.stream().mapToInt(List::getFirst).toArray();
    int count = firsts.length;
    Shape out = shape.withDim(axis, count);
    Tensor values =
        copy(
            x,
            out,
            i -> {
              long k = i / inner % count;
              return (i / inner / count * extent + firsts[(int) k]) * inner + i % inner;
            });
    return List.of(
        values,
        Shapes.wholes(count, i -> firsts[(int) i]),
        Shapes.wholes(extent, i -> group[(int) i]),
        Shapes.wholes(count, i -> found.get((int) i).size()));
  }

  /// How elements at two places compare.
  private interface Order {
    int of(long a, long b);
  }

  private static Order order(Call c, Tensor x) {
    if (c.type(0) == ElementType.UINT64) {
      return (a, b) -> Long.compareUnsigned(x.longAt(a), x.longAt(b));
    }
    return x.type().dtype() == DType.I64
        ? (a, b) -> Long.compare(x.longAt(a), x.longAt(b))
        : (a, b) -> Double.compare(x.at(a) + 0.0, x.at(b) + 0.0);
  }

  private static Tensor copy(Tensor x, Shape shape, LongUnaryOperator place) {
    return x.type().dtype().isFloat()
        ? Tensor.filled(x.type().withShape(shape), i -> x.at(place.applyAsLong(i)))
        : Tensor.wholes(x.type().withShape(shape), i -> x.longAt(place.applyAsLong(i)));
  }
}
