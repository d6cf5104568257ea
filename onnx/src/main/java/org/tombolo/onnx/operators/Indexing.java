package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;

/// Elements by index.
final class Indexing {
  private Indexing() {}

  static void define(Registry to) {
    to.add("Gather", Indexing::gather, 1, 11, 13);
    to.add("GatherElements", Indexing::gatherElements, 11, 13);
    to.add("GatherND", Indexing::gatherNd, 11, 12, 13);
    to.add("OneHot", Indexing::oneHot, 9, 11);
    to.add("TopK", Indexing::topK, 1, 10, 11, 24);
    to.add("Compress", Indexing::compress, 9, 11).onHost();
    to.add("NonZero", Indexing::nonZero, 9, 13).onHost();
    to.add("Unique", Unique::unique, 11).onHost();
  }

  /// Indices counted from the end where they are negative.
  static Node counted(Node indices, long extent) {
    Node wide = indices.cast(DType.I64);
    Node end = Nodes.scalar(indices.builder(), extent);
    return wide.compare(CompareFn.LT, 0).select(wide.add(end), wide);
  }

  /// The same for an input; what is known already stays so.
  private static Node counted(Call c, int input, long extent) {
    if (c.in(input).isKnown()) {
      Tensor known = c.host(input);
      return c.graph()
          .constant(
              Tensor.wholes(
                  known.type().withDType(DType.I64),
                  i -> known.longAt(i) < 0 ? known.longAt(i) + extent : known.longAt(i)));
    }
    return counted(c.x(input), extent);
  }

  private static List<Value> gather(Call c) {
    if (c.value(0) instanceof Value.Texts texts) {
      return List.of(Strings.gather(c, texts));
    }
    Node x = c.x(0);
    int axis = c.axis("axis", 0, x.rank());
    return List.copyOf(c.like(x.gather(axis, counted(c, 1, x.shape().dim(axis)))));
  }

  private static List<Value.Dense> gatherElements(Call c) {
    Node x = c.x(0);
    int axis = c.axis("axis", 0, x.rank());
    Node indices = counted(c, 1, x.shape().dim(axis));
    // Only the lines that have indices count.
    for (int i = 0; i < x.rank(); i++) {
      long extent = indices.shape().dim(i);
      if (i != axis && extent < x.shape().dim(i)) {
        x = x.slice(i, 0, extent);
      }
    }
    return c.like(x.gatherAlong(axis, indices));
  }

  /// Places in row-major order of indices of several axes, which are the last axis here.
  static Node flat(Node indices, Shape shape, int first) {
    int last = indices.rank() - 1;
    int count = (int) indices.shape().dim(last);
    long[] strides = Shape.of(Arrays.copyOfRange(shape.toArray(), first, first + count)).strides();
    Node places = null;
    for (int i = 0; i < count; i++) {
      Node one = Nodes.squeeze(indices.slice(last, i, i + 1), last);
      Node step = Nodes.scalar(indices.builder(), strides[i]);
      Node part = counted(one, shape.dim(first + i)).mul(step);
      places = places == null ? part : places.add(part);
    }
    if (places == null) {
      long[] dims = Arrays.copyOf(indices.shape().toArray(), last);
      return indices.builder().full(TensorType.of(DType.I64, dims), 0);
    }
    return places;
  }

  private static List<Value.Dense> gatherNd(Call c) {
    Node x = c.x(0);
    Node indices = c.x(1);
    int batch = (int) c.integer("batch_dims", 0);
    int count = (int) indices.shape().dim(indices.rank() - 1);
    long[] dims = x.shape().toArray();
    Node places = flat(indices, x.shape(), batch);
    List<Long> out = new ArrayList<>(places.shape().toList());
    for (int i = batch + count; i < x.rank(); i++) {
      out.add(dims[i]);
    }
    long batches = Nodes.product(dims, 0, batch);
    long[] placeDims = places.shape().toArray();
    Node data =
        x.reshape(
            batches,
            Nodes.product(dims, batch, batch + count),
            Nodes.product(dims, batch + count, dims.length));
    Node flat = places.reshape(batches, Nodes.product(placeDims, batch, placeDims.length));
    Node picked = c.graph().add(new Op.Gather(1, 1), List.of(data, flat));
    return c.like(picked.reshape(Shape.of(out)));
  }

  private static List<Value.Dense> oneHot(Call c) {
    long depth = c.whole(1);
    Value.Dense whole = Constants.convert(c, c.x(0), c.type(0), ElementType.INT64);
    Node indices = counted(c.node(whole), depth);
    int rank = indices.rank() + 1;
    int axis = c.axis("axis", -1, rank);
    Node spread = Nodes.unsqueeze(indices, axis);
    Shape shape = spread.shape().withDim(axis, depth);
    Node places = c.graph().iota(new TensorType(DType.I64, shape), axis);
    Node hot = places.compare(CompareFn.EQ, spread.broadcastTo(shape));
    Node values = c.x(2);
    Node off = values.slice(0, 0, 1).reshape(Shape.SCALAR);
    Node on = values.slice(0, 1, 2).reshape(Shape.SCALAR);
    return c.one(c.type(2), hot.select(on, off));
  }

  private static List<Value.Dense> topK(Call c) {
    ElementType type = c.type(0);
    Node x = c.x(0);
    int axis = c.axis("axis", -1, x.rank());
    long k = c.opset() < 10 ? c.integer("k", 1) : c.whole(1);
    boolean largest = c.integer("largest", 1) != 0;
    Node order =
        c.graph().add(new Op.ArgSort(axis, largest, k), List.of(Elementwise.ordered(type, x)));
    return List.of(c.result(type, x.gatherAlong(axis, order)), c.result(ElementType.INT64, order));
  }

  /// The host counts; the elements are picked where they are.
  private static List<Value.Dense> compress(Call c) {
    Node x = c.x(0);
    Node flat = c.says("axis") ? x : x.reshape(x.shape().size());
    int axis = c.says("axis") ? c.axis("axis", 0, x.rank()) : 0;
    Value.Dense places =
        c.onHost(
                List.of(c.in(1)),
                List.of(ElementType.INT64),
                in -> {
                  long[] set =
                      LongStream.range(0, in.get(0).type().size())
                          .filter(i -> in.get(0).longAt(i) != 0)
                          .toArray();
                  return List.of(Shapes.wholes(set.length, i -> set[(int) i]));
                })
            .getFirst();
    return c.like(flat.gather(axis, c.node(places)));
  }

  private static List<Value.Dense> nonZero(Call c) {
    return c.onHost(
        List.of(c.in(0)),
        List.of(ElementType.INT64),
        in -> {
          Tensor x = in.get(0);
          Shape shape = x.shape();
          long[] strides = shape.strides();
          long[] set = LongStream.range(0, shape.size()).filter(i -> x.at(i) != 0).toArray();
          TensorType of = TensorType.of(DType.I64, shape.rank(), set.length);
          return List.of(
              Tensor.wholes(
                  of,
                  i -> {
                    int axis = (int) (i / set.length);
                    return set[(int) (i % set.length)] / strides[axis] % shape.dim(axis);
                  }));
        });
  }
}
