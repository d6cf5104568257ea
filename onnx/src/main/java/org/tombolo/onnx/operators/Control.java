package org.tombolo.onnx.operators;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tombolo.graph.Node;
import org.tombolo.graph.Shape;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.onnx.lowering.Call;
import org.tombolo.onnx.lowering.Looped;
import org.tombolo.onnx.lowering.Registry;
import org.tombolo.onnx.lowering.Value;
import org.tombolo.onnx.model.ElementType;
import org.tombolo.onnx.model.GraphDef;
import org.tombolo.onnx.model.ValueDef;

/// Branches and loops. The branch that is taken, and each trip of a loop, become part of the graph;
/// where they depend on values, what comes before is computed first.
final class Control {
  /// Most trips of a loop that are lowered one by one.
  private static final long MOST_TRIPS = 100_000;

  /// Loops of fewer trips become part of the graph trip by trip, which leaves out what decides
  /// about the next one.
  static final long FEW_TRIPS = 16;

  private Control() {}

  static void define(Registry to) {
    to.add("If", Control::branch, 1, 11, 13, 16, 19, 21, 23, 24, 25).whileLowering();
    to.add("Loop", Control::loop, 1, 11, 13, 16, 19, 21, 23, 24, 25)
        .whileLowering()
        .but(
            "loops of which values change type or decide shapes: %,d trips at most"
                .formatted(MOST_TRIPS));
    to.add("Scan", Control::scan, 8, 9, 11, 16, 19, 21, 23, 24, 25).whileLowering();
  }

  private static List<Value> branch(Call c) {
    boolean then = c.host(0).longAt(0) != 0;
    return c.run(c.body(then ? "then_branch" : "else_branch"), List.of());
  }

  private static Value.Dense known(long value, ElementType type) {
    return Value.Dense.of(
        type, Tensor.wholes(new TensorType(type.carried(), Shape.SCALAR), _ -> value));
  }

  private static List<Value> loop(Call c) {
    GraphDef body = c.body("body");
    long limit = c.has(0) ? c.whole(0) : Long.MAX_VALUE;
    boolean goesOn = !c.has(1) || c.host(1).longAt(0) != 0;
    List<Value> carried = new ArrayList<>();
    for (int i = 2; i < c.inputs(); i++) {
      carried.add(c.value(i));
    }
    int count = carried.size();
    if (limit > FEW_TRIPS && goesOn) {
      try {
        return loopOfGraph(c, body, limit, carried);
      } catch (RuntimeException e) {
        if (!Call.isNotStatic(e)) {
          throw e;
        }
      }
    }
    List<List<Value>> rows = new ArrayList<>();
    for (int i = 1 + count; i < body.outputs().size(); i++) {
      rows.add(new ArrayList<>());
    }
    for (long trip = 0; trip < limit && goesOn; trip++) {
      if (trip == MOST_TRIPS) {
        throw c.mistake(
            "makes more than %d trips; need %d at most".formatted(MOST_TRIPS, MOST_TRIPS),
            "a condition that ends the loop");
      }
      List<Value> arguments = new ArrayList<>();
      arguments.add(known(trip, ElementType.INT64));
      arguments.add(known(1, ElementType.BOOL));
      arguments.addAll(carried);
      List<Value> results = c.run(body, arguments);
      if (results.getFirst() instanceof Value.Dense condition && !condition.isKnown()) {
        results = staged(c, results);
      }
      goesOn = c.host((Value.Dense) results.getFirst()).longAt(0) != 0;
      carried = results.subList(1, 1 + count);
      for (int i = 0; i < rows.size(); i++) {
        rows.get(i).add(results.get(1 + count + i));
      }
    }
    List<Value> out = new ArrayList<>(carried);
    for (int i = 0; i < rows.size(); i++) {
      out.add(stacked(c, rows.get(i), 0, body.outputs().get(1 + count + i)));
    }
    return out;
  }

  /// The whole loop as an operation of the graph: what is carried keeps its types.
  private static List<Value> loopOfGraph(Call c, GraphDef body, long limit, List<Value> carried) {
    int count = carried.size();
    List<Node> first = new ArrayList<>(List.of(c.node(known(1, ElementType.BOOL))));
    List<ElementType> types = new ArrayList<>();
    for (Value value : carried) {
      if (!(value instanceof Value.Dense dense)) {
        throw c.notStatic("a list is carried");
      }
      first.add(c.node(dense));
      types.add(dense.type());
    }
    List<ElementType> rowTypes = new ArrayList<>();
    boolean[] always = {false};
    Looped looped =
        c.loop(
            limit,
            first,
            in -> {
              List<Value> arguments = new ArrayList<>();
              arguments.add(Value.Dense.of(ElementType.INT64, in.get(0)));
              arguments.add(Value.Dense.of(ElementType.BOOL, in.get(1)));
              for (int i = 0; i < count; i++) {
                arguments.add(Value.Dense.of(types.get(i), in.get(2 + i)));
              }
              List<Node> out = new ArrayList<>();
              List<Value> results = c.run(body, arguments);
              for (int i = 0; i < results.size(); i++) {
                if (!(results.get(i) instanceof Value.Dense dense)
                    || (i > 0 && i <= count && dense.type() != types.get(i - 1))) {
                  throw c.notStatic("a value changes its type");
                }
                out.add(i == 0 ? c.node(dense).reshape(Shape.SCALAR) : c.node(dense));
                if (i > count) {
                  rowTypes.add(dense.type());
                }
              }
              // A condition that is handed on, or known, never ends the loop.
              Value.Dense condition = (Value.Dense) results.getFirst();
              always[0] =
                  condition.tensor() != null
                      ? condition.tensor().longAt(0) != 0
                      : out.getFirst().equals(in.get(1));
              return out;
            });
    if (always[0] && limit > MOST_TRIPS * MOST_TRIPS) {
      throw c.mistake("never ends; need a trip count or a condition", "a condition that changes");
    }
    List<Value> out = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      out.add(c.result(types.get(i), looped.last().get(i)));
    }
    long trips =
        always[0] || rowTypes.isEmpty()
            ? limit
            : c.host(Value.Dense.of(ElementType.INT64, looped.trips())).longAt(0);
    for (int i = 0; i < rowTypes.size(); i++) {
      Node rows = looped.rows().get(i);
      out.add(c.result(rowTypes.get(i), trips < limit ? rows.slice(0, 0, trips) : rows));
    }
    return out;
  }

  /// Computes what a trip gave before the next one is looked at, so that no trip is computed twice.
  private static List<Value> staged(Call c, List<Value> values) {
    List<Value.Dense> open = new ArrayList<>();
    values.forEach(value -> collect(value, open));
    List<Value.Dense> closed =
        c.onHost(open, open.stream().map(Value.Dense::type).toList(), in -> in);
    return values.stream().map(value -> replaced(value, open, closed)).toList();
  }

  private static void collect(Value value, List<Value.Dense> to) {
    switch (value) {
      case Value.Dense dense -> {
        if (!dense.isKnown() && !to.contains(dense)) {
          to.add(dense);
        }
      }
      case Value.Sequence(List<Value> elements) ->
          elements.forEach(element -> collect(element, to));
      case Value.Maybe(Optional<Value> inner) -> inner.ifPresent(element -> collect(element, to));
      case Value.Texts _ -> {}
    }
  }

  private static Value replaced(Value value, List<Value.Dense> from, List<Value.Dense> to) {
    return switch (value) {
      case Value.Dense dense -> {
        int at = from.indexOf(dense);
        yield at < 0 ? dense : to.get(at);
      }
      case Value.Sequence(List<Value> elements) ->
          new Value.Sequence(
              elements.stream().map(element -> replaced(element, from, to)).toList());
      case Value.Maybe(Optional<Value> inner) ->
          new Value.Maybe(inner.map(element -> replaced(element, from, to)));
      case Value.Texts texts -> texts;
    };
  }

  /// Values of all trips along a new axis. Without any the declaration says what there would be.
  private static Value.Dense stacked(Call c, List<Value> rows, int axis, ValueDef declared) {
    if (rows.isEmpty()) {
      ElementType type = declared.elementType().orElse(ElementType.FLOAT);
      List<Long> dims = new ArrayList<>();
      declared
          .shape()
          .ifPresent(shape -> shape.forEach(extent -> dims.add(Math.max(0, extent.value()))));
      dims.add(axis, 0L);
      return c.result(type, c.graph().full(new TensorType(type.carried(), Shape.of(dims)), 0));
    }
    ElementType type = ((Value.Dense) rows.getFirst()).type();
    Node[] parts =
        rows.stream()
            .map(row -> Nodes.unsqueeze(c.node((Value.Dense) row), axis))
            .toArray(Node[]::new);
    return c.result(type, c.graph().concat(axis, parts));
  }

  private static List<Value> scan(Call c) {
    return c.opset() < 9 ? batchedScan(c) : plainScan(c);
  }

  private static List<Value> plainScan(Call c) {
    GraphDef body = c.body("body");
    int inputs = (int) c.integer("num_scan_inputs", 1);
    int states = c.inputs() - inputs;
    int outputs = body.outputs().size() - states;
    long[] axes = c.wholes("scan_input_axes", new long[inputs]);
    long[] turned = c.wholes("scan_input_directions", new long[inputs]);
    long[] outAxes = c.wholes("scan_output_axes", new long[outputs]);
    long[] outTurned = c.wholes("scan_output_directions", new long[outputs]);
    List<Node> scanned = new ArrayList<>();
    List<ElementType> types = new ArrayList<>();
    for (int i = 0; i < inputs; i++) {
      Node x = c.x(states + i);
      Node first = Nodes.moveAxis(x, c.axis(axes[i], x.rank()), 0);
      scanned.add(turned[i] != 0 ? first.reverse(0) : first);
      types.add(c.type(states + i));
    }
    List<Value> carried = new ArrayList<>();
    for (int i = 0; i < states; i++) {
      carried.add(c.value(i));
    }
    List<List<Value>> rows = new ArrayList<>();
    if (scanned.getFirst().shape().dim(0) > FEW_TRIPS) {
      try {
        return scanOfGraph(c, body, carried, scanned, types, outAxes, outTurned);
      } catch (RuntimeException e) {
        if (!Call.isNotStatic(e)) {
          throw e;
        }
      }
    }
    List<Value> last =
        trips(c, body, carried, scanned, types, scanned.getFirst().shape().dim(0), rows);
    List<Value> out = new ArrayList<>(last);
    for (int i = 0; i < outputs; i++) {
      List<Value> own = outTurned[i] != 0 ? rows.get(i).reversed() : rows.get(i);
      int rank = own.isEmpty() ? 1 : ((Value.Dense) own.getFirst()).rank() + 1;
      out.add(stacked(c, own, c.axis(outAxes[i], rank), body.outputs().get(states + i)));
    }
    return out;
  }

  /// The whole scan as a loop of the graph.
  private static List<Value> scanOfGraph(
      Call c,
      GraphDef body,
      List<Value> carried,
      List<Node> scanned,
      List<ElementType> types,
      long[] outAxes,
      long[] outTurned) {
    int states = carried.size();
    List<Node> first = new ArrayList<>(List.of(c.node(known(1, ElementType.BOOL))));
    List<ElementType> stateTypes = new ArrayList<>();
    for (Value value : carried) {
      Value.Dense dense = (Value.Dense) value;
      first.add(c.node(dense));
      stateTypes.add(dense.type());
    }
    List<ElementType> rowTypes = new ArrayList<>();
    Looped looped =
        c.loop(
            scanned.getFirst().shape().dim(0),
            first,
            in -> {
              List<Value> arguments = new ArrayList<>();
              for (int i = 0; i < states; i++) {
                arguments.add(Value.Dense.of(stateTypes.get(i), in.get(2 + i)));
              }
              for (int i = 0; i < scanned.size(); i++) {
                Value.Dense all = Value.Dense.of(types.get(i), scanned.get(i));
                arguments.add(Value.Dense.of(types.get(i), c.node(all).gather(0, in.get(0))));
              }
              List<Node> out = new ArrayList<>(List.of(in.get(1)));
              List<Value> results = c.run(body, arguments);
              for (int i = 0; i < results.size(); i++) {
                Value.Dense dense = (Value.Dense) results.get(i);
                out.add(c.node(dense));
                if (i >= states) {
                  rowTypes.add(dense.type());
                }
              }
              return out;
            });
    List<Value> out = new ArrayList<>();
    for (int i = 0; i < states; i++) {
      out.add(c.result(stateTypes.get(i), looped.last().get(i)));
    }
    for (int i = 0; i < rowTypes.size(); i++) {
      Node rows = looped.rows().get(i);
      Node turned = outTurned[i] != 0 ? rows.reverse(0) : rows;
      out.add(
          c.result(rowTypes.get(i), Nodes.moveAxis(turned, 0, c.axis(outAxes[i], rows.rank()))));
    }
    return out;
  }

  /// Runs the body on each row of what is scanned; adds lists of rows for each further output.
  private static List<Value> trips(
      Call c,
      GraphDef body,
      List<Value> first,
      List<Node> scanned,
      List<ElementType> types,
      long count,
      List<List<Value>> rows) {
    List<Value> carried = first;
    int states = first.size();
    for (int i = states; i < body.outputs().size(); i++) {
      rows.add(new ArrayList<>());
    }
    for (long trip = 0; trip < count; trip++) {
      List<Value> arguments = new ArrayList<>(carried);
      for (int i = 0; i < scanned.size(); i++) {
        Node row = Nodes.squeeze(scanned.get(i).slice(0, trip, trip + 1), 0);
        arguments.add(c.result(types.get(i), row));
      }
      List<Value> results = c.run(body, arguments);
      carried = results.subList(0, states);
      for (int i = 0; i < rows.size(); i++) {
        rows.get(i).add(results.get(states + i));
      }
    }
    return carried;
  }

  /// Version 8: each input has the batch as first axis and is scanned along the second, as far as
  /// the lengths say.
  private static List<Value> batchedScan(Call c) {
    GraphDef body = c.body("body");
    int inputs = (int) c.integer("num_scan_inputs", 1);
    int states = c.inputs() - 1 - inputs;
    long[] turned = c.wholes("directions", new long[inputs]);
    long batch = c.in(1 + states).dim(0);
    long extent = c.in(1 + states).dim(1);
    long[] lengths = c.has(0) ? c.wholes(0) : null;
    List<List<Node>> all = new ArrayList<>();
    for (int i = 0; i < body.outputs().size(); i++) {
      all.add(new ArrayList<>());
    }
    List<ElementType> kinds = new ArrayList<>();
    for (int b = 0; b < batch; b++) {
      List<Node> scanned = new ArrayList<>();
      List<ElementType> types = new ArrayList<>();
      for (int i = 0; i < inputs; i++) {
        Node own = Nodes.squeeze(c.x(1 + states + i).slice(0, b, b + 1), 0);
        scanned.add(turned[i] != 0 ? own.reverse(0) : own);
        types.add(c.type(1 + states + i));
      }
      List<Value> carried = new ArrayList<>();
      for (int i = 0; i < states; i++) {
        Node own = Nodes.squeeze(c.x(1 + i).slice(0, b, b + 1), 0);
        carried.add(c.result(c.type(1 + i), own));
      }
      List<List<Value>> rows = new ArrayList<>();
      long count = lengths == null ? extent : lengths[b];
      List<Value> out = new ArrayList<>(trips(c, body, carried, scanned, types, count, rows));
      for (int i = 0; i < rows.size(); i++) {
        out.add(stacked(c, rows.get(i), 0, body.outputs().get(states + i)));
      }
      kinds.clear();
      for (int i = 0; i < out.size(); i++) {
        Value.Dense value = (Value.Dense) out.get(i);
        Node node = c.node(value);
        if (i >= states && count < extent) {
          long[] high = new long[node.rank()];
          high[0] = extent - count;
          node = Padding.constant(node, new long[node.rank()], high, 0);
        }
        all.get(i).add(Nodes.unsqueeze(node, 0));
        kinds.add(value.type());
      }
    }
    List<Value> out = new ArrayList<>();
    for (int i = 0; i < kinds.size(); i++) {
      out.add(c.result(kinds.get(i), c.graph().concat(0, all.get(i).toArray(Node[]::new))));
    }
    return out;
  }
}
