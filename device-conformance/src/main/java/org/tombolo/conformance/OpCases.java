package org.tombolo.conformance;

import java.util.ArrayList;
import java.util.List;
import org.tombolo.graph.GraphBuilder;
import org.tombolo.graph.Node;
import org.tombolo.graph.Tensor;

/// The table of cases: each operation and element type at awkward sizes and with awkward values,
/// and fused regions as the scheduler forms them. Names say what a case is about, group first, as
/// in `binary/pow/f32`; the groups are `unary`, `binary`, `compare`, `select`, `cast`, `move`,
/// `size`, `fused`, `random`, `reduce`, `window`, `pad`, `concat`, `dot`, `conv`, `gather`,
/// `scatter_add`, `scan`, `arg_max`, `arg_min`, `arg_sort` and `call`.
///
/// Bounds are those that OpenCL 1.2 sets for the full profile (specification, table 7.4.2), so that
/// a driver which is tighter should test that by itself.
public final class OpCases {
  private OpCases() {}

  /// All cases. The same seed gives the same cases.
  public static List<OpCase> all(long seed) {
    List<OpCase> all = new ArrayList<>();
    all.addAll(new ElementwiseCases(new Samples(seed)).all());
    all.addAll(new LoopCases(new Samples(seed + 1)).all());
    all.addAll(new ReductionCases(new Samples(seed + 2)).all());
    all.addAll(new WindowCases(new Samples(seed + 3)).all());
    all.addAll(new ContractionCases(new Samples(seed + 4)).all());
    all.addAll(new IndexCases(new Samples(seed + 6)).all());
    all.addAll(new CompositeCases(new Samples(seed + 5)).all());
    return all;
  }

  /// Fused loops made up at random, with one seed for each, which its name tells.
  ///
  /// @param seed of the first
  /// @param count how many
  public static List<OpCase> random(long seed, int count) {
    List<OpCase> cases = new ArrayList<>();
    for (long each = seed; each < seed + count; each++) {
      cases.add(new RandomLoops(each).next("loop/seed-" + each));
    }
    return cases;
  }

  /// What a case computes from its inputs.
  @FunctionalInterface
  interface Body {
    Node of(GraphBuilder g, List<Node> in);
  }

  /// What a case with several outputs computes from its inputs.
  @FunctionalInterface
  interface Bodies {
    List<Node> of(GraphBuilder g, List<Node> in);
  }

  static OpCase one(String name, Tolerance tolerance, List<Tensor> inputs, Body body) {
    return several(name, tolerance, inputs, (g, in) -> List.of(body.of(g, in)));
  }

  static OpCase several(String name, Tolerance tolerance, List<Tensor> inputs, Bodies bodies) {
    GraphBuilder g = new GraphBuilder(name);
    List<Node> in = new ArrayList<>();
    for (Tensor input : inputs) {
      in.add(g.input("in" + in.size(), input.type()));
    }
    List<Node> results = bodies.of(g, in);
    for (int i = 0; i < results.size(); i++) {
      g.output("out" + i, results.get(i));
    }
    return new OpCase(name, g.build(), inputs, tolerance);
  }
}
