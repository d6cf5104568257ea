package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.GraphDef;

/// Lists and optionals: how many elements there are, and whether there is one, is known while a
/// model is lowered.
final class Sequences {
  private Sequences() {}

  static void define(Registry to) {
    to.add("SequenceEmpty", _ -> List.of(new Value.Sequence(List.of())), 11).whileLowering();
    to.add("SequenceConstruct", Sequences::construct, 11).whileLowering();
    to.add("SequenceInsert", Sequences::insert, 11).whileLowering();
    to.add("SequenceErase", Sequences::erase, 11).whileLowering();
    to.add("SequenceAt", Sequences::at, 11).whileLowering();
    to.add("SequenceLength", Sequences::length, 11).whileLowering();
    to.add("SequenceMap", Sequences::map, 17).whileLowering();
    to.add("SplitToSequence", Sequences::split, 11, 24).whileLowering();
    to.add("ConcatFromSequence", Sequences::concat, 11).whileLowering();
    to.add("Optional", Sequences::optional, 15).whileLowering();
    to.add("OptionalHasElement", Sequences::hasElement, 15, 18).whileLowering();
    to.add("OptionalGetElement", Sequences::element, 15, 18).whileLowering();
  }

  private static List<Value> construct(Call c) {
    List<Value> elements = new ArrayList<>();
    for (int i = 0; i < c.inputs(); i++) {
      elements.add(c.value(i));
    }
    return List.of(new Value.Sequence(elements));
  }

  /// A place in a list, counted from the end where it is negative.
  private static int place(Call c, int input, int absent, int limit) {
    long at = c.has(input) ? c.whole(input) : absent;
    long place = at < 0 ? at + c.sequence(0).elements().size() : at;
    if (place < 0 || place >= limit) {
      throw c.mistake("position is %d; need one below %d".formatted(at, limit), "0 for the first");
    }
    return (int) place;
  }

  private static List<Value> insert(Call c) {
    List<Value> elements = new ArrayList<>(c.sequence(0).elements());
    int size = elements.size();
    elements.add(place(c, 2, size, size + 1), c.value(1));
    return List.of(new Value.Sequence(elements));
  }

  private static List<Value> erase(Call c) {
    List<Value> elements = new ArrayList<>(c.sequence(0).elements());
    elements.remove(place(c, 1, elements.size() - 1, elements.size()));
    return List.of(new Value.Sequence(elements));
  }

  private static List<Value> at(Call c) {
    List<Value> elements = c.sequence(0).elements();
    return List.of(elements.get(place(c, 1, 0, elements.size())));
  }

  private static List<Value.Dense> length(Call c) {
    return c.known(new long[] {c.sequence(0).elements().size()});
  }

  private static List<Value> map(Call c) {
    GraphDef body = c.body("body");
    int size = c.sequence(0).elements().size();
    List<List<Value>> columns = new ArrayList<>();
    body.outputs().forEach(_ -> columns.add(new ArrayList<>()));
    for (int i = 0; i < size; i++) {
      List<Value> arguments = new ArrayList<>();
      for (int input = 0; input < c.inputs(); input++) {
        Value value = c.value(input);
        arguments.add(value instanceof Value.Sequence list ? list.elements().get(i) : value);
      }
      List<Value> results = c.run(body, arguments);
      for (int column = 0; column < results.size(); column++) {
        columns.get(column).add(results.get(column));
      }
    }
    return columns.stream().map(column -> (Value) new Value.Sequence(column)).toList();
  }

  private static List<Value> split(Call c) {
    Node x = c.x(0);
    int axis = c.axis("axis", 0, x.rank());
    long extent = x.shape().dim(axis);
    List<Long> sizes = new ArrayList<>();
    boolean scalar = !c.has(1) || c.in(1).rank() == 0;
    if (scalar) {
      long size = c.has(1) ? c.whole(1) : 1;
      if (size < 1) {
        throw c.mistake("parts have %d elements; need 1 or more".formatted(size), "1");
      }
      for (long start = 0; start < extent; start += size) {
        sizes.add(Math.min(size, extent - start));
      }
    } else {
      for (long size : c.wholes(1)) {
        sizes.add(size);
      }
    }
    boolean drops = !c.has(1) && c.integer("keepdims", 1) == 0;
    List<Value> elements = new ArrayList<>();
    long start = 0;
    for (long size : sizes) {
      Node part = x.slice(axis, start, start + size);
      elements.add(c.result(c.type(0), drops ? Nodes.squeeze(part, axis) : part));
      start += size;
    }
    return List.of(new Value.Sequence(elements));
  }

  private static List<Value.Dense> concat(Call c) {
    List<Node> parts = new ArrayList<>();
    ElementType type = ElementType.FLOAT;
    boolean fresh = c.integer("new_axis", 0) != 0;
    for (Value element : c.sequence(0).elements()) {
      if (!(element instanceof Value.Dense dense)) {
        throw c.mistake("an element is a " + element.describe(), "a list of tensors");
      }
      type = dense.type();
      Node node = c.node(dense);
      parts.add(fresh ? Nodes.unsqueeze(node, c.axis("axis", 0, node.rank() + 1)) : node);
    }
    if (parts.isEmpty()) {
      throw c.mistake("the list is empty; need tensors", "SequenceInsert before");
    }
    int axis = c.axis("axis", 0, parts.getFirst().rank());
    return c.one(type, c.graph().concat(axis, parts.toArray(Node[]::new)));
  }

  private static List<Value> optional(Call c) {
    return List.of(new Value.Maybe(c.has(0) ? Optional.of(c.value(0)) : Optional.empty()));
  }

  private static List<Value.Dense> hasElement(Call c) {
    boolean there =
        c.has(0) && !(c.value(0) instanceof Value.Maybe(Optional<Value> inner) && inner.isEmpty());
    TensorType of = new TensorType(DType.BOOL, Shape.SCALAR);
    return c.known(ElementType.BOOL, Tensor.wholes(of, _ -> there ? 1 : 0));
  }

  private static List<Value> element(Call c) {
    if (c.value(0) instanceof Value.Maybe(Optional<Value> inner)) {
      return List.of(
          inner.orElseThrow(() -> c.mistake("the optional is empty", "OptionalHasElement first")));
    }
    return List.of(c.value(0));
  }
}
