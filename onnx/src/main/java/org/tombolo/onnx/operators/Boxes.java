package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;

/// Choice among overlapping boxes.
final class Boxes {
  private Boxes() {}

  static void define(Registry to) {
    to.add("NonMaxSuppression", Boxes::suppress, 10, 11).onHost();
  }

  /// A box by its corners.
  private record Box(double top, double left, double bottom, double right) {
    double area() {
      return (bottom - top) * (right - left);
    }

    /// What both cover as a share of what either does.
    double overlap(Box other) {
      double height = Math.min(bottom, other.bottom) - Math.max(top, other.top);
      double width = Math.min(right, other.right) - Math.max(left, other.left);
      if (height <= 0 || width <= 0) {
        return 0;
      }
      double both = height * width;
      return both / (area() + other.area() - both);
    }
  }

  private static List<Value.Dense> suppress(Call c) {
    boolean center = c.integer("center_point_box", 0) != 0;
    List<Value.Dense> operands = new ArrayList<>(List.of(c.in(0), c.in(1)));
    long most = c.has(2) ? Math.max(0, c.whole(2)) : 0;
    double overlap = c.has(3) ? c.host(3).at(0) : 0;
    double score = c.has(4) ? c.host(4).at(0) : Double.NEGATIVE_INFINITY;
    return c.onHost(
        operands,
        List.of(ElementType.INT64),
        in -> List.of(chosen(in.get(0), in.get(1), center, most, overlap, score)));
  }

  private static Tensor chosen(
      Tensor boxes, Tensor scores, boolean center, long most, double overlap, double least) {
    int batches = (int) scores.type().dim(0);
    int classes = (int) scores.type().dim(1);
    int count = (int) scores.type().dim(2);
    List<long[]> rows = new ArrayList<>();
    for (int b = 0; b < batches; b++) {
      for (int k = 0; k < classes; k++) {
        long line = ((long) b * classes + k) * count;
        List<Integer> order =
            IntStream.range(0, count)
                .filter(i -> scores.at(line + i) > least)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -scores.at(line + i)))
                .toList();
        List<Box> kept = new ArrayList<>();
        for (int i : order) {
          Box box = box(boxes, ((long) b * count + i) * 4, center);
          if (kept.size() < most && kept.stream().allMatch(o -> o.overlap(box) <= overlap)) {
            kept.add(box);
            rows.add(new long[] {b, k, i});
          }
        }
      }
    }
    return Tensor.wholes(
        TensorType.of(DType.I64, rows.size(), 3), i -> rows.get((int) (i / 3))[(int) (i % 3)]);
  }

  private static Box box(Tensor boxes, long at, boolean center) {
    double a = boxes.at(at);
    double b = boxes.at(at + 1);
    double c = boxes.at(at + 2);
    double d = boxes.at(at + 3);
    return center
        ? new Box(b - d / 2, a - c / 2, b + d / 2, a + c / 2)
        : new Box(Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d));
  }
}
