package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Value;

/// Tensors of strings, which are known while a model is lowered.
final class Strings {
  private Strings() {}

  static Value.Texts where(Tensor condition, Value.Texts yes, Value.Texts no) {
    Shape shape = Nodes.common(List.of(condition.shape(), yes.shape(), no.shape()));
    List<String> out = new ArrayList<>();
    for (long i = 0; i < shape.size(); i++) {
      boolean holds = condition.longAt(place(shape, i, condition.shape())) != 0;
      Value.Texts from = holds ? yes : no;
      out.add(from.elements().get((int) place(shape, i, from.shape())));
    }
    return new Value.Texts(shape, out);
  }

  /// Where the element of a smaller shape is that a position of a repeated one shows.
  static long place(Shape repeated, long position, Shape own) {
    long[] strides = own.strides();
    long[] steps = repeated.strides();
    int shift = repeated.rank() - own.rank();
    long place = 0;
    for (int i = 0; i < own.rank(); i++) {
      long index = position / steps[i + shift] % repeated.dim(i + shift);
      place += own.dim(i) == 1 ? 0 : index * strides[i];
    }
    return place;
  }

  static Value.Texts concat(Call c) {
    List<Value.Texts> parts = new ArrayList<>();
    for (int i = 0; i < c.inputs(); i++) {
      if (!(c.value(i) instanceof Value.Texts texts)) {
        throw c.mistake("input %d holds no strings".formatted(i), "strings for all inputs");
      }
      parts.add(texts);
    }
    Shape first = parts.getFirst().shape();
    int axis = c.axis("axis", 0, first.rank());
    long outer = Nodes.product(first.toArray(), 0, axis);
    long extent = 0;
    for (Value.Texts part : parts) {
      extent += part.shape().dim(axis);
    }
    List<String> out = new ArrayList<>();
    for (int row = 0; row < outer; row++) {
      for (Value.Texts part : parts) {
        int width = (int) Nodes.product(part.shape().toArray(), axis, first.rank());
        out.addAll(part.elements().subList(row * width, (row + 1) * width));
      }
    }
    return new Value.Texts(first.withDim(axis, extent), out);
  }

  static Value.Texts gather(Call c, Value.Texts data) {
    Tensor indices = c.host(1);
    int axis = c.axis("axis", 0, data.shape().rank());
    long[] dims = data.shape().toArray();
    long inner = Nodes.product(dims, axis + 1, dims.length);
    List<Long> shape = new ArrayList<>(data.shape().toList());
    shape.remove(axis);
    shape.addAll(axis, indices.shape().toList());
    List<String> out = new ArrayList<>();
    for (long row = 0; row < Nodes.product(dims, 0, axis); row++) {
      for (long i = 0; i < indices.type().size(); i++) {
        long at = indices.longAt(i) < 0 ? indices.longAt(i) + dims[axis] : indices.longAt(i);
        long start = (row * dims[axis] + at) * inner;
        out.addAll(data.elements().subList((int) start, (int) (start + inner)));
      }
    }
    return new Value.Texts(Shape.of(shape), out);
  }
}
