package org.tombolo.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.tombolo.device.Kernel;
import org.tombolo.device.Region;
import org.tombolo.graph.DType;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;

class OpCasesTest {
  /// State and control flow, which regions do not have, and functions from outside, which drivers
  /// may refuse.
  private static final Set<Class<?>> NOT_IN_REGIONS =
      Set.of(Op.Variable.class, Op.Assign.class, Op.Control.class, Op.Custom.class);

  @Test
  void namesAreUnique() {
    Set<String> names = new HashSet<>();
    for (OpCase each : OpCases.all(1)) {
      assertTrue(names.add(each.name()), each.name());
    }
  }

  @Test
  void everyOperationOccurs() {
    Set<Class<?>> seen =
        OpCases.all(1).stream()
            .flatMap(each -> each.graph().nodes().stream())
            .map(node -> node.op().getClass())
            .collect(Collectors.toSet());
    Set<Class<?>> wanted =
        Stream.of(Op.class.getPermittedSubclasses())
            .filter(op -> !NOT_IN_REGIONS.contains(op))
            .collect(Collectors.toSet());
    assertEquals(wanted, seen);
  }

  @Test
  void everyCaseIsARegionThatTheReferenceRuns() {
    for (OpCase each : OpCases.all(7)) {
      Kernel kernel = Kernel.of(new Region(each.name(), each.graph()));
      assertEquals(each.inputs().size(), kernel.inputs().size(), each.name());
      List<Tensor> outputs = Reference.run(each.graph(), each.inputs());
      assertEquals(
          each.graph().outputs().values().stream().map(Node::type).toList(),
          outputs.stream().map(Tensor::type).toList(),
          each.name());
    }
  }

  @Test
  void theSameSeedGivesTheSameCases() {
    List<OpCase> first = OpCases.all(3);
    List<OpCase> second = OpCases.all(3);
    for (int i = 0; i < first.size(); i++) {
      assertEquals(first.get(i).inputs(), second.get(i).inputs(), first.get(i).name());
    }
    assertFalse(first.get(0).inputs().equals(OpCases.all(4).get(0).inputs()));
  }

  @Test
  void toleranceCountsUnitsOfTheType() {
    Tolerance two = Tolerance.ulps(2);
    assertTrue(two.accepts(DType.F32, 1, 1 + 0x1p-22, 1));
    assertFalse(two.accepts(DType.F32, 1, 1 + 0x1.8p-22, 1));
    assertTrue(two.accepts(DType.F16, 1, 1 + 0x1p-9, 1));
    assertFalse(two.accepts(DType.F16, 1, 1 + 0x1.8p-9, 1));
    assertFalse(two.accepts(DType.F32, 1, Double.NaN, 1));
    assertFalse(two.accepts(DType.F32, Double.NaN, 1, 1));
    assertFalse(two.accepts(DType.F32, Float.MAX_VALUE, Double.POSITIVE_INFINITY, 1));
    assertTrue(Tolerance.BITS.accepts(DType.F32, Double.NaN, Double.NaN, 1));
    assertFalse(Tolerance.BITS.accepts(DType.F32, 0.0, -0.0, 0));
    assertTrue(Tolerance.EXACT.accepts(DType.F32, 0.0, -0.0, 0));
    assertTrue(Tolerance.sumOf(9).accepts(DType.F32, 0, 3e-5, 100));
    assertFalse(Tolerance.sumOf(9).accepts(DType.F32, 0, 3e-5, 1));
  }
}
