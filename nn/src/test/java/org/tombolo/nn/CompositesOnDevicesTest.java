package org.tombolo.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tombolo.conformance.OpCase;
import org.tombolo.conformance.OpCases;
import org.tombolo.graph.DType;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;

/// Composites through the engine, so that those which a device refuses run as their decomposition:
/// the cases of the conformance table in f32, on OpenCL the first of each composite.
class CompositesOnDevicesTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  static List<String> engines() {
    return TestEngines.names().toList();
  }

  @ParameterizedTest
  @MethodSource("engines")
  void agreeWithTheReference(String name) {
    Set<String> seen = new HashSet<>();
    try (Engine engine = TestEngines.open(name)) {
      for (OpCase each : OpCases.all(SEED)) {
        Graph graph = each.graph();
        Node result = graph.outputs().firstEntry().getValue();
        if (result.op() instanceof Op.Call(var function)
            && result.dtype() == DType.F32
            && (seen.add(function.name()) || !name.equals("opencl"))) {
          compare(engine, each);
        }
      }
    }
    assertTrue(seen.size() >= 13, () -> "composites " + seen);
  }

  private static void compare(Engine engine, OpCase each) {
    Tensor want = Reference.run(each.graph(), each.inputs()).getFirst();
    Map<String, Tensor> feeds = new HashMap<>();
    for (int i = 0; i < each.inputs().size(); i++) {
      feeds.put("in" + i, each.inputs().get(i));
    }
    Tensor got;
    try (Plan plan = engine.compile(each.graph(), engine.newState())) {
      got = plan.run(feeds).values().iterator().next();
    }
    for (long i = 0; i < want.type().size(); i++) {
      String where = "%s, element %d, seed %d".formatted(each.name(), i, SEED);
      double size = Double.isNaN(want.at(i)) ? 0 : Math.abs(want.at(i));
      assertEquals(want.at(i), got.at(i), 1e-5 * (1 + size), where);
    }
  }
}
