package org.tombolo.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.tombolo.graph.ControlFlow;
import org.tombolo.graph.Graph;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.TensorType;

/// Branches and loops as graphs with variables, which are planned like any other: operands are
/// variables that are read, results are variables that are assigned. So their values stay on the
/// device from trip to trip, and only the condition comes down to the host.
final class ControlGraphs {
  /// Name of the output that says whether a loop goes on.
  static final String GOES_ON = "goes on";

  private final ControlFlow flow;
  private final List<TensorType> operands;
  private final List<TensorType> results;
  private final Set<Integer> wanted;

  /// @param operands types of the operands
  /// @param wanted positions of the results that are used
  ControlGraphs(ControlFlow flow, List<TensorType> operands, Set<Integer> wanted) {
    this.flow = flow;
    this.operands = operands;
    this.results = flow.infer(operands);
    this.wanted = wanted;
  }

  /// Variable of an operand.
  static String operand(int position) {
    return "operand" + position;
  }

  /// Variable of a result.
  static String result(int position) {
    return "result" + position;
  }

  /// Variable of what one trip adds to a collected result.
  static String row(int position) {
    return "row" + position;
  }

  /// The graphs: both branches of a choice; what happens once before a loop, and then at each trip.
  List<Graph> all() {
    return switch (flow) {
      case ControlFlow.If(Graph then, Graph otherwise) -> List.of(branch(then), branch(otherwise));
      case ControlFlow.While loop -> List.of(start(loop), trip(loop));
    };
  }

  /// Types of the variables, by name.
  Map<String, TensorType> variables() {
    Map<String, TensorType> types = new TreeMap<>();
    for (int i = 0; i < operands.size(); i++) {
      types.put(operand(i), operands.get(i));
    }
    for (int i = 0; i < results.size(); i++) {
      types.put(result(i), results.get(i));
    }
    if (flow instanceof ControlFlow.While loop) {
      for (int i = 0; i < loop.collected().size(); i++) {
        types.put(row(loop.carried() + i), loop.collected().get(i));
      }
    }
    return types;
  }

  private Graph branch(Graph graph) {
    Stateful g = new Stateful(graph.name());
    List<Node> in = new ArrayList<>();
    for (int i = 1; i < operands.size(); i++) {
      in.add(g.variable(operand(i)));
    }
    List<Node> out = g.builder.inline(graph, in);
    wanted.forEach(i -> g.assign(result(i), out.get(i)));
    return g.builder.build();
  }

  private Graph start(ControlFlow.While loop) {
    Stateful g = new Stateful("start of " + loop.body().name());
    List<Node> in = new ArrayList<>();
    for (int i = 0; i < operands.size(); i++) {
      in.add(g.variable(operand(i)));
    }
    for (int i = 0; i < loop.carried(); i++) {
      g.assign(result(i), in.get(i));
    }
    for (int i = loop.carried(); i < results.size(); i++) {
      if (wanted.contains(i)) {
        g.assign(result(i), g.builder.full(results.get(i), 0));
      }
    }
    g.builder.output(GOES_ON, g.builder.inline(loop.condition(), in).getFirst());
    return g.builder.build();
  }

  private Graph trip(ControlFlow.While loop) {
    Stateful g = new Stateful(loop.body().name());
    List<Node> in = new ArrayList<>();
    for (int i = 0; i < operands.size(); i++) {
      in.add(g.variable(i < loop.carried() ? result(i) : operand(i)));
    }
    List<Node> out = g.builder.inline(loop.body(), in);
    List<Node> next = new ArrayList<>(out.subList(0, loop.carried()));
    next.addAll(in.subList(loop.carried(), in.size()));
    for (int i = 0; i < out.size(); i++) {
      if (i < loop.carried()) {
        g.assign(result(i), out.get(i));
      } else if (wanted.contains(i)) {
        g.assign(row(i), out.get(i));
      }
    }
    g.builder.output(GOES_ON, g.builder.inline(loop.condition(), next).getFirst());
    return g.builder.build();
  }

  /// A graph under construction whose variables are declared where they are used.
  private final class Stateful {
    private final GraphBuilder builder;
    private final Map<String, TensorType> types = variables();
    private final Map<String, Node> declared = new HashMap<>();

    Stateful(String name) {
      this.builder = new GraphBuilder(name);
    }

    Node variable(String name) {
      return declared.computeIfAbsent(
          name, key -> builder.variable(key, Objects.requireNonNull(types.get(key))));
    }

    void assign(String name, Node value) {
      variable(name);
      builder.assign(name, value);
    }
  }
}
