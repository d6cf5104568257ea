package org.tombolo.graph;

import java.util.ArrayList;
import java.util.List;

/// What control flow means.
final class ControlReference {
  private ControlReference() {}

  /// All results.
  static List<Values> run(ControlFlow flow, List<Values> in) {
    return switch (flow) {
      case ControlFlow.If(Graph then, Graph otherwise) ->
          Reference.call(in.getFirst().wholes[0] != 0 ? then : otherwise, in.subList(1, in.size()));
      case ControlFlow.While loop -> repeat(loop, in);
    };
  }

  private static List<Values> repeat(ControlFlow.While loop, List<Values> in) {
    List<Values> present = new ArrayList<>(in);
    List<Values> collected = new ArrayList<>();
    List<TensorType> results = loop.infer(in.stream().map(value -> value.type).toList());
    results
        .subList(loop.carried(), results.size())
        .forEach(type -> collected.add(Values.zeros(type)));
    long limit = loop.limit().orElse(Long.MAX_VALUE);
    for (int trip = 0; trip < limit && holds(loop.condition(), present); trip++) {
      List<Values> out = Reference.call(loop.body(), present);
      for (int i = 0; i < collected.size(); i++) {
        collected.get(i).setRow(trip, out.get(loop.carried() + i));
      }
      for (int i = 0; i < loop.carried(); i++) {
        present.set(i, out.get(i));
      }
    }
    List<Values> all = new ArrayList<>(present.subList(0, loop.carried()));
    all.addAll(collected);
    return all;
  }

  private static boolean holds(Graph condition, List<Values> in) {
    return Reference.call(condition, in).getFirst().wholes[0] != 0;
  }
}
