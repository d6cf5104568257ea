package org.tombolo.onnx.operators;

import java.util.List;
import org.tombolo.graph.BinaryFn;
import org.tombolo.graph.CompareFn;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.ReduceFn;
import org.tombolo.graph.Shape;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;

/// Elements put into a tensor by index.
///
/// Every form becomes one: data `[n, f]`, places `[m]`, updates `[m, f]`. Where updates replace
/// elements, a second scatter of ones says which; places that occur twice are not defined then.
final class Scattering {
  private Scattering() {}

  static void define(Registry to) {
    to.add("Scatter", Scattering::scatterElements, 9, 11);
    to.add("ScatterElements", Scattering::scatterElements, 11, 13, 16, 18);
    to.add("ScatterND", Scattering::scatterNd, 11, 13, 16, 18);
    to.add("TensorScatter", Scattering::tensorScatter, 24);
  }

  private static List<Value.Dense> scatterElements(Call c) {
    Node x = c.x(0);
    Node indices = c.x(1);
    int axis = c.axis("axis", 0, x.rank());
    TensorType of = new TensorType(DType.I64, indices.shape());
    long[] strides = x.shape().strides();
    Node places = null;
    for (int i = 0; i < x.rank(); i++) {
      Node index = i == axis ? Indexing.counted(indices, x.shape().dim(i)) : c.graph().iota(of, i);
      Node part = index.mul(Nodes.scalar(c.graph(), strides[i]));
      places = places == null ? part : places.add(part);
    }
    long count = indices.shape().size();
    if (places == null) {
      throw c.mistake("data is a scalar; need an axis", "reshape to [1]");
    }
    return c.like(
        scatter(
            c,
            x.reshape(x.shape().size(), 1),
            places.reshape(count),
            c.x(2).reshape(count, 1),
            c.text("reduction", "none")));
  }

  private static List<Value.Dense> scatterNd(Call c) {
    Node x = c.x(0);
    Node indices = c.x(1);
    int count = (int) indices.shape().dim(indices.rank() - 1);
    long[] dims = x.shape().toArray();
    long places = Nodes.product(dims, 0, count);
    long inner = Nodes.product(dims, count, dims.length);
    Node flat = Indexing.flat(indices, x.shape(), 0);
    return c.like(
        scatter(
            c,
            x.reshape(places, inner),
            flat.reshape(flat.shape().size()),
            c.x(2).reshape(flat.shape().size(), inner),
            c.text("reduction", "none")));
  }

  private static Node scatter(Call c, Node data, Node places, Node updates, String reduction) {
    Node out =
        switch (reduction) {
          case "none" -> replaced(data, places, updates);
          case "add" -> added(data, places, updates);
          case "mul" -> folded(data, places, updates, ReduceFn.PROD, BinaryFn.MUL);
          case "max" -> folded(c, data, places, updates, ReduceFn.MAX, BinaryFn.MAX);
          case "min" -> folded(c, data, places, updates, ReduceFn.MIN, BinaryFn.MIN);
          default ->
              throw c.mistake(
                  "reduction is %s; need none, add, mul, max or min".formatted(reduction), "none");
        };
    return out.reshape(c.in(0).shape());
  }

  static Node replaced(Node data, Node places, Node updates) {
    boolean bool = data.dtype() == DType.BOOL;
    Node numbers = bool ? updates.cast(DType.I32) : updates;
    Node zero = data.builder().full(data.type().withDType(numbers.dtype()), 0);
    Node put = added(zero, places, numbers);
    Node count =
        added(
            data.builder().full(TensorType.of(DType.I32, data.shape().dim(0)), 0),
            places,
            data.builder().full(TensorType.of(DType.I32, places.shape().dim(0)), 1));
    Node hit =
        count.compare(CompareFn.NE, 0).reshape(data.shape().dim(0), 1).broadcastTo(data.shape());
    return hit.select(put.cast(data.dtype()), data);
  }

  private static Node added(Node data, Node places, Node updates) {
    return data.builder().add(new Op.ScatterAdd(0, 0), List.of(data, places, updates));
  }

  private static Node folded(
      Call c, Node data, Node places, Node updates, ReduceFn fn, BinaryFn step) {
    ElementType type = c.type(0);
    Node out =
        folded(
            Elementwise.ordered(type, data), places, Elementwise.ordered(type, updates), fn, step);
    return Elementwise.ordered(type, out);
  }

  /// Looks at every update for every place: there is no scatter that folds otherwise.
  private static Node folded(Node data, Node places, Node updates, ReduceFn fn, BinaryFn step) {
    long n = data.shape().dim(0);
    long m = updates.shape().dim(0);
    Shape all = Shape.of(n, m, data.shape().dim(1));
    Node rows = data.builder().iota(new TensorType(DType.I64, all), 0);
    Node here = rows.compare(CompareFn.EQ, Nodes.along(places, 1, 3).broadcastTo(all));
    Node each = updates.reshape(1, m, data.shape().dim(1)).broadcastTo(all);
    Node nothing = data.builder().full(each.type(), nothing(fn, data.dtype()));
    return data.binary(step, here.select(each, nothing).reduce(fn, 1));
  }

  private static double nothing(ReduceFn fn, DType dtype) {
    double largest =
        switch (dtype) {
          case F32, F16, BF16, F64 -> Double.POSITIVE_INFINITY;
          case I8 -> Byte.MAX_VALUE;
          case U8 -> 255;
          case I16 -> Short.MAX_VALUE;
          case I32 -> Integer.MAX_VALUE;
          case I64 -> 0x1p63;
          case BOOL -> 1;
        };
    return switch (fn) {
      case SUM -> 0;
      case PROD -> 1;
      case MIN -> largest;
      case MAX ->
          dtype.isFloat() ? -largest : dtype == DType.U8 || dtype == DType.BOOL ? 0 : -largest - 1;
    };
  }

  /// Writes new entries into a cache, each batch from its own place on.
  private static List<Value.Dense> tensorScatter(Call c) {
    Node past = c.x(0);
    Node update = c.x(1);
    int axis = c.axis("axis", -2, past.rank());
    boolean circular = c.text("mode", "linear").equals("circular");
    long extent = past.shape().dim(axis);
    TensorType of = new TensorType(DType.I64, update.shape());
    Node steps = c.graph().iota(of, axis);
    if (c.has(2)) {
      steps =
          steps.add(
              Nodes.along(c.x(2).cast(DType.I64), 0, past.rank()).broadcastTo(update.shape()));
    }
    if (circular) {
      steps = steps.binary(BinaryFn.REM, c.graph().full(of, extent));
    }
    long[] strides = past.shape().strides();
    Node places = steps.mul(Nodes.scalar(c.graph(), strides[axis]));
    for (int i = 0; i < past.rank(); i++) {
      if (i != axis) {
        places = places.add(c.graph().iota(of, i).mul(Nodes.scalar(c.graph(), strides[i])));
      }
    }
    long count = update.shape().size();
    Node out =
        replaced(
            past.reshape(past.shape().size(), 1), places.reshape(count), update.reshape(count, 1));
    return c.like(out.reshape(past.shape()));
  }
}
