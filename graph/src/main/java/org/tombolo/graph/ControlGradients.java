package org.tombolo.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/// Gradients of control flow, for all results at once.
///
/// A branch is differentiated by a branch that computes it again. A loop is run again to find its
/// trips, keeping what it carried at each of them, and then backwards: each trip turns the
/// gradients of what it passed on into those of what it was given.
final class ControlGradients {
  private ControlGradients() {}

  /// Gradients of the operands.
  ///
  /// @param flow what was run
  /// @param in its operands
  /// @param dys gradients of results, by position; the others are zero
  /// @param wanted positions of float operands
  /// @return a gradient for each of `wanted`
  static List<Node> of(
      ControlFlow flow, List<Node> in, Map<Integer, Node> dys, List<Integer> wanted) {
    return switch (flow) {
      case ControlFlow.If branches -> branches(branches, in, dys, wanted);
      case ControlFlow.While loop -> new Backwards(loop, in, dys, wanted).run();
    };
  }

  private static List<Node> branches(
      ControlFlow.If flow, List<Node> in, Map<Integer, Node> dys, List<Integer> wanted) {
    List<Integer> results = dys.keySet().stream().sorted().toList();
    List<Node> operands = new ArrayList<>(in.subList(1, in.size()));
    int count = operands.size();
    results.forEach(result -> operands.add(dys.get(result)));
    List<TensorType> types = operands.stream().map(Node::type).toList();
    List<Graph> gradients =
        flow.graphs().stream()
            .map(graph ->
                GraphBuilder.function(
                    graph.name() + " gradient",
                    types,
                    at -> {
                      List<Node> out = inlined(graph, at.subList(0, count));
                      return Gradients.of(
                          results.stream().map(out::get).toList(),
                          at.subList(count, at.size()),
                          wanted.stream().map(operand -> at.get(operand - 1)).toList());
                    }))
            .toList();
    operands.addFirst(in.getFirst());
    return in.getFirst()
        .builder()
        .control(new ControlFlow.If(gradients.get(0), gradients.get(1)), operands);
  }

  private static List<Node> inlined(Graph graph, List<Node> in) {
    return in.getFirst().builder().inline(graph, in);
  }

  /// The loop that undoes another one.
  private static final class Backwards {
    private final ControlFlow.While loop;
    private final List<Node> in;
    private final Map<Integer, Node> dys;
    private final List<Integer> wanted;
    private final int carried;

    /// Carried operands, constant operands and collected results that take part.
    private final List<Integer> floats;

    private final List<Integer> constants;
    private final List<Integer> collected;

    Backwards(ControlFlow.While loop, List<Node> in, Map<Integer, Node> dys, List<Integer> wanted) {
      this.loop = loop;
      this.in = in;
      this.dys = dys;
      this.wanted = wanted;
      this.carried = loop.carried();
      this.floats =
          IntStream.range(0, carried).filter(i -> in.get(i).dtype().isFloat()).boxed().toList();
      this.constants = wanted.stream().filter(i -> i >= carried).toList();
      this.collected = dys.keySet().stream().filter(i -> i >= carried).sorted().toList();
    }

    List<Node> run() {
      GraphBuilder g = in.getFirst().builder();
      List<Node> replayed = replay(g);
      List<Node> first = new ArrayList<>();
      first.add(replayed.getFirst().sub(1));
      floats.forEach(i -> first.add(dys.getOrDefault(i, zeros(i))));
      constants.forEach(i -> first.add(zeros(i)));
      List<Node> same = new ArrayList<>(replayed.subList(1, replayed.size()));
      same.addAll(in.subList(carried, in.size()));
      collected.forEach(i -> same.add(dys.get(i)));
      List<Node> last =
          g.whileLoop(
              loop.limit(), first, same, at -> at.getFirst().compare(CompareFn.GE, 0), this::trip);
      Map<Integer, Node> found = new HashMap<>();
      for (int i = 0; i < floats.size(); i++) {
        found.put(floats.get(i), last.get(1 + i));
      }
      for (int i = 0; i < constants.size(); i++) {
        found.put(constants.get(i), last.get(1 + floats.size() + i));
      }
      return wanted.stream().map(found::get).toList();
    }

    private Node zeros(int operand) {
      return in.getFirst().builder().full(in.get(operand).type(), 0);
    }

    /// The number of trips, and for each carried value its history, or its first value where no
    /// limit says how long a history can be.
    private List<Node> replay(GraphBuilder g) {
      List<Node> first = new ArrayList<>();
      first.add(g.scalar(DType.I64, 0));
      first.addAll(in.subList(0, carried));
      List<Node> results =
          g.whileLoop(
              loop.limit(),
              first,
              in.subList(carried, in.size()),
              at -> inlined(loop.condition(), at.subList(1, at.size())).getFirst(),
              at -> {
                List<Node> operands = at.subList(1, at.size());
                List<Node> next = new ArrayList<>();
                next.add(at.getFirst().add(1));
                next.addAll(inlined(loop.body(), operands).subList(0, carried));
                if (loop.limit().isPresent()) {
                  next.addAll(operands.subList(0, carried));
                }
                return next;
              });
      List<Node> kept = new ArrayList<>(List.of(results.getFirst()));
      kept.addAll(
          loop.limit().isPresent()
              ? results.subList(1 + carried, results.size())
              : in.subList(0, carried));
      return kept;
    }

    /// One trip back. Carried: the number of the trip, gradients of floats, sums of gradients of
    /// constant operands. The same each time: what [#replay] kept, the constant operands, gradients
    /// of what was collected.
    private List<Node> trip(List<Node> at) {
      Node number = at.getFirst();
      List<Node> dx = at.subList(1, 1 + floats.size());
      int sums = 1 + floats.size();
      int kept = sums + constants.size();
      int fixed = kept + carried;
      int gradients = fixed + in.size() - carried;
      List<Node> operands =
          new ArrayList<>(given(number, at.subList(kept, fixed), at.subList(fixed, gradients)));
      operands.addAll(at.subList(fixed, gradients));
      operands.addAll(dx);
      for (int i = 0; i < collected.size(); i++) {
        operands.add(at.get(gradients + i).gather(0, number));
      }
      List<Node> found = inlined(body(operands), operands);
      List<Node> next = new ArrayList<>();
      next.add(number.sub(1));
      next.addAll(found.subList(0, floats.size()));
      for (int i = 0; i < constants.size(); i++) {
        next.add(at.get(sums + i).add(found.get(floats.size() + i)));
      }
      return next;
    }

    /// The gradients of one trip. A graph of its own, so that what the trip was given counts as
    /// given, however it was come by.
    ///
    /// @param operands of the body, then gradients of its float and collected results
    private Graph body(List<Node> operands) {
      return GraphBuilder.function(
          loop.body().name() + " gradient",
          operands.stream().map(Node::type).toList(),
          at -> {
            List<Node> out = inlined(loop.body(), at.subList(0, in.size()));
            List<Integer> results = new ArrayList<>(floats);
            results.addAll(collected);
            List<Integer> wrt = new ArrayList<>(floats);
            wrt.addAll(constants);
            return Gradients.of(
                results.stream().map(out::get).toList(),
                at.subList(in.size(), at.size()),
                wrt.stream().map(at::get).toList());
          });
    }

    /// What a trip was given: a row of its history, or the result of as many trips before it.
    private List<Node> given(Node number, List<Node> kept, List<Node> fixed) {
      if (loop.limit().isPresent()) {
        return kept.stream().map(history -> history.gather(0, number)).toList();
      }
      GraphBuilder g = number.builder();
      List<Node> first = new ArrayList<>();
      first.add(g.scalar(DType.I64, 0));
      first.addAll(kept);
      List<Node> same = new ArrayList<>(fixed);
      same.add(number);
      return g.whileLoop(
              OptionalLong.empty(),
              first,
              same,
              at -> at.getFirst().compare(CompareFn.LT, at.getLast()),
              at -> {
                List<Node> next = new ArrayList<>();
                next.add(at.getFirst().add(1));
                next.addAll(inlined(loop.body(), at.subList(1, at.size() - 1)));
                return next;
              })
          .subList(1, 1 + carried);
    }
  }
}
