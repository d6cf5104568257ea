package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;

/// Shapes, and elements that only move.
final class Shapes {
  private Shapes() {}

  static void define(Registry to) {
    to.add("Shape", Shapes::shape, 1, 13, 15, 19, 21, 23, 24, 25).whileLowering();
    to.add("Size", c -> c.known(new long[] {extents(c.value(0)).size()}), 1, 13, 19, 21, 23, 24, 25)
        .whileLowering();
    to.add("Reshape", Shapes::reshape, 1, 5, 13, 14, 19, 21, 23, 24, 25);
    to.add("Flatten", Shapes::flatten, 1, 9, 11, 13, 21, 23, 24, 25);
    to.add("Squeeze", Shapes::squeeze, 1, 11, 13, 21, 23, 24, 25);
    to.add("Unsqueeze", Shapes::unsqueeze, 1, 11, 13, 21, 23, 24, 25);
    to.add("Transpose", Shapes::transpose, 1, 13, 21, 23, 24, 25);
    to.add("Expand", Shapes::expand, 8, 13);
    to.add("Tile", Shapes::tile, 1, 6, 13);
    to.add("Concat", Shapes::concat, 1, 4, 11, 13);
    to.add("Split", Shapes::split, 1, 2, 11, 13, 18);
    to.add("Slice", Shapes::slice, 1, 10, 11, 13);
    to.add("Pad", Padding::pad, 1, 2, 11, 13, 18, 19, 21, 23, 24, 25);
    to.add("CenterCropPad", Padding::centerCropPad, 18);
    to.add("Trilu", Shapes::trilu, 14);
    to.add("DepthToSpace", Shapes::depthToSpace, 1, 11, 13);
    to.add("SpaceToDepth", Shapes::spaceToDepth, 1, 13);
    to.add("ReverseSequence", Shapes::reverseSequence, 10);
  }

  private static Shape extents(Value value) {
    return switch (value) {
      case Value.Dense dense -> dense.shape();
      case Value.Texts texts -> texts.shape();
      case Value.Sequence _, Value.Maybe _ ->
          throw new IllegalStateException(value.describe() + " has no shape");
    };
  }

  private static List<Value.Dense> shape(Call c) {
    long[] dims = extents(c.value(0)).toArray();
    int start = clamped(c.integer("start", 0), dims.length);
    int end = clamped(c.integer("end", dims.length), dims.length);
    long[] part = Arrays.copyOfRange(dims, start, Math.max(start, end));
    return c.known(part, part.length);
  }

  private static int clamped(long at, int rank) {
    return Math.clamp(at < 0 ? at + rank : at, 0, rank);
  }

  private static List<Value> reshape(Call c) {
    long[] to = c.opset() < 5 ? c.wholes("shape", new long[0]) : c.wholes(1);
    Shape from = extents(c.value(0));
    boolean keepsZero = c.integer("allowzero", 0) != 0;
    long[] dims = to.clone();
    int open = -1;
    for (int i = 0; i < dims.length; i++) {
      if (dims[i] == 0 && !keepsZero) {
        if (i >= from.rank()) {
          throw c.mistake(
              "shape is %s; need a 0 only where the input has an axis"
                  .formatted(Arrays.toString(to)),
              "allowzero = 1 for an extent of 0");
        }
        dims[i] = from.dim(i);
      } else if (dims[i] == -1 && open < 0) {
        open = i;
      } else if (dims[i] < 0) {
        throw c.mistake(
            "shape is %s; need one -1 at most, and extents".formatted(Arrays.toString(to)),
            "the shape that is meant");
      }
    }
    if (open >= 0) {
      dims[open] = 1;
      long rest = Shape.of(dims).size();
      if (rest == 0 ? from.size() != 0 : from.size() % rest != 0) {
        throw c.mistake(
            "shape is %s; need extents that divide %d elements"
                .formatted(Arrays.toString(to), from.size()),
            "the shape that is meant");
      }
      dims[open] = rest == 0 ? 0 : from.size() / rest;
    }
    if (c.value(0) instanceof Value.Texts texts) {
      return List.of(new Value.Texts(Shape.of(dims), texts.elements()));
    }
    return List.copyOf(c.like(c.x(0).reshape(dims)));
  }

  private static List<Value.Dense> flatten(Call c) {
    Node x = c.x(0);
    long axis = c.integer("axis", 1);
    return c.like(Nodes.rows(x, (int) (axis < 0 ? axis + x.rank() : axis)));
  }

  private static List<Value.Dense> squeeze(Call c) {
    Node x = c.x(0);
    long[] given = c.opset() < 13 ? c.wholes("axes") : c.has(1) ? c.wholes(1) : null;
    int[] axes =
        given == null
            ? IntStream.range(0, x.rank()).filter(i -> x.shape().dim(i) == 1).toArray()
            : c.axes(given, x.rank());
    return c.like(Nodes.squeeze(x, axes));
  }

  private static List<Value.Dense> unsqueeze(Call c) {
    Node x = c.x(0);
    long[] given = c.opset() < 13 ? c.wholes("axes", new long[0]) : c.wholes(1);
    int[] axes = c.axes(given, x.rank() + given.length);
    if (Arrays.stream(axes).distinct().count() != axes.length) {
      throw c.mistake(
          "axes are %s; need each once".formatted(Arrays.toString(axes)), "one of them");
    }
    return c.like(Nodes.unsqueeze(x, axes));
  }

  private static List<Value.Dense> transpose(Call c) {
    Node x = c.x(0);
    long[] given = c.wholes("perm");
    int[] axes =
        given == null
            ? IntStream.range(0, x.rank()).map(i -> x.rank() - 1 - i).toArray()
            : c.axes(given, x.rank());
    return c.like(x.permute(axes));
  }

  private static List<Value.Dense> expand(Call c) {
    Node x = c.x(0);
    return c.like(x.broadcastTo(Nodes.common(List.of(x.shape(), Shape.of(c.wholes(1))))));
  }

  private static List<Value.Dense> tile(Call c) {
    Node x = c.x(0);
    long[] repeats = new long[x.rank()];
    if (c.opset() < 6) {
      Arrays.fill(repeats, 1);
      repeats[c.axis(c.whole(2), x.rank())] = c.whole(1);
    } else {
      repeats = c.wholes(1);
    }
    if (repeats.length != x.rank()) {
      throw c.mistake(
          "repeats are %s; need one for each axis".formatted(Arrays.toString(repeats)),
          "1 for an axis that stays");
    }
    long[] apart = new long[2 * x.rank()];
    long[] repeated = new long[2 * x.rank()];
    long[] dims = new long[x.rank()];
    for (int i = 0; i < x.rank(); i++) {
      apart[2 * i] = 1;
      apart[2 * i + 1] = x.shape().dim(i);
      repeated[2 * i] = repeats[i];
      repeated[2 * i + 1] = x.shape().dim(i);
      dims[i] = Math.multiplyExact(repeats[i], x.shape().dim(i));
    }
    return c.like(x.reshape(apart).broadcastTo(Shape.of(repeated)).reshape(dims));
  }

  private static List<Value> concat(Call c) {
    if (c.value(0) instanceof Value.Texts) {
      return List.of(Strings.concat(c));
    }
    Node[] parts = IntStream.range(0, c.inputs()).mapToObj(c::x).toArray(Node[]::new);
    int axis = c.axis("axis", 1, parts[0].rank());
    return List.copyOf(c.like(c.graph().concat(axis, parts)));
  }

  private static List<Value.Dense> split(Call c) {
    Node x = c.x(0);
    int axis = c.axis("axis", 0, x.rank());
    long extent = x.shape().dim(axis);
    long[] given = c.has(1) ? c.wholes(1) : c.opset() < 13 ? c.wholes("split") : null;
    long[] sizes = given;
    if (sizes == null) {
      int parts = (int) c.integer("num_outputs", c.outputs());
      long size = Math.ceilDiv(extent, (long) parts);
      sizes = new long[parts];
      for (int i = 0; i < parts; i++) {
        sizes[i] = Math.clamp(extent - i * size, 0, size);
      }
    }
    if (LongStream.of(sizes).sum() != extent) {
      throw c.mistake(
          "sizes are %s; need a sum of %d".formatted(Arrays.toString(sizes), extent),
          "sizes of all parts");
    }
    List<Value.Dense> out = new ArrayList<>();
    long start = 0;
    for (long size : sizes) {
      out.add(c.result(c.type(0), x.slice(axis, start, start + size)));
      start += size;
    }
    return out;
  }

  private static List<Value.Dense> slice(Call c) {
    Node x = c.x(0);
    long[] starts = c.opset() < 10 ? c.wholes("starts", new long[0]) : c.wholes(1);
    long[] ends = c.opset() < 10 ? c.wholes("ends", new long[0]) : c.wholes(2);
    long[] axes = LongStream.range(0, starts.length).toArray();
    if (c.opset() < 10) {
      axes = c.wholes("axes", axes);
    } else if (c.has(3)) {
      axes = c.wholes(3);
    }
    long[] steps = Nodes.ones(starts.length);
    if (c.has(4)) {
      steps = c.wholes(4);
    }
    if (ends.length != starts.length
        || axes.length != starts.length
        || steps.length != starts.length) {
      throw c.mistake("starts, ends, axes and steps differ in number", "one of each for an axis");
    }
    for (int i = 0; i < starts.length; i++) {
      x = slice(c, x, c.axis(axes[i], x.rank()), starts[i], ends[i], steps[i]);
    }
    return c.like(x);
  }

  private static Node slice(Call c, Node x, int axis, long start, long end, long step) {
    long extent = x.shape().dim(axis);
    if (step == 0) {
      throw c.mistake("a step is 0; need another", "1 for each element");
    }
    long first = start < 0 ? Math.max(start, -extent - 1) + extent : start;
    long last = end < 0 ? Math.max(end, -extent - 1) + extent : end;
    long[] starts = new long[x.rank()];
    long[] limits = x.shape().toArray();
    long[] strides = Nodes.ones(x.rank());
    Node from = x;
    if (step > 0) {
      starts[axis] = Math.clamp(first, 0, extent);
      limits[axis] = Math.max(starts[axis], Math.clamp(last, 0, extent));
      strides[axis] = Math.min(step, Math.max(1, extent));
    } else {
      from = x.reverse(axis);
      long top = Math.max(0, Math.min(first, extent - 1));
      long bottom = Math.clamp(last, -1, extent - 1);
      starts[axis] = Math.clamp(extent - 1 - top, 0, extent);
      limits[axis] = Math.max(starts[axis], Math.clamp(extent - 1 - bottom, 0, extent));
      strides[axis] = step < -extent ? Math.max(1, extent) : -step;
    }
    return from.slice(starts, limits, strides);
  }

  private static List<Value.Dense> trilu(Call c) {
    Node x = c.x(0);
    long k = c.has(1) ? c.whole(1) : 0;
    int rank = x.rank();
    TensorType of = new TensorType(DType.I64, x.shape());
    Node columns = c.graph().iota(of, rank - 1);
    Node rows = c.graph().iota(of, rank - 2).add(Nodes.scalar(c.graph(), k));
    CompareFn kept = c.integer("upper", 1) != 0 ? CompareFn.GE : CompareFn.LE;
    return c.like(columns.compare(kept, rows).select(x, Nodes.scalar(x, 0)));
  }

  private static List<Value.Dense> depthToSpace(Call c) {
    Node x = c.x(0);
    long[] d = x.shape().toArray();
    long b = c.integer("blocksize", 1);
    boolean columns = c.text("mode", "DCR").equals("CRD");
    long depth = d[1] / (b * b);
    Node blocks =
        columns
            ? x.reshape(d[0], depth, b, b, d[2], d[3]).permute(0, 1, 4, 2, 5, 3)
            : x.reshape(d[0], b, b, depth, d[2], d[3]).permute(0, 3, 4, 1, 5, 2);
    return c.like(blocks.reshape(d[0], depth, d[2] * b, d[3] * b));
  }

  private static List<Value.Dense> spaceToDepth(Call c) {
    Node x = c.x(0);
    long[] d = x.shape().toArray();
    long b = c.integer("blocksize", 1);
    return c.like(
        x.reshape(d[0], d[1], d[2] / b, b, d[3] / b, b)
            .permute(0, 3, 5, 1, 2, 4)
            .reshape(d[0], d[1] * b * b, d[2] / b, d[3] / b));
  }

  private static List<Value.Dense> reverseSequence(Call c) {
    Node x = c.x(0);
    int time = c.axis("time_axis", 0, x.rank());
    int batch = c.axis("batch_axis", 1, x.rank());
    TensorType of = new TensorType(DType.I64, x.shape());
    Node steps = c.graph().iota(of, time);
    Node lengths = Nodes.along(c.x(1), batch, x.rank()).broadcastTo(x.shape());
    Node turned = lengths.sub(steps).sub(Nodes.scalar(c.graph(), 1));
    Node places = steps.compare(CompareFn.LT, lengths).select(turned, steps);
    return c.like(x.gatherAlong(time, places));
  }

  /// A tensor of whole numbers, computed by position.
  static Tensor wholes(long count, LongUnaryOperator element) {
    return Tensor.wholes(TensorType.of(DType.I64, count), element);
  }
}
