package org.tombolo.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tombolo.conformance.DriverCheck;
import org.tombolo.conformance.OpCase;
import org.tombolo.conformance.OpCases;
import org.tombolo.conformance.Outcome;
import org.tombolo.graph.Node;
import org.tombolo.opencl.kernel.Dialect;

/// Every case that all drivers are held to, in both dialects on whatever device is there.
class ConformanceTest {
  @ParameterizedTest
  @EnumSource
  void agreesWithTheReference(Dialect dialect) {
    long seed = Long.getLong("test.seed", 42);
    List<String> problems = new ArrayList<>();
    try (OpenClDevice device = OpenCl.open(dialect)) {
      DriverCheck check = new DriverCheck(device);
      for (OpCase each : Bundles.of(cases(device, seed, problems))) {
        switch (check.run(each)) {
          case Outcome.Agrees() -> {}
          case Outcome.Refused(String reason) -> problems.add(each.name() + ": refused: " + reason);
          case Outcome.Differs(String problem) -> problems.add(problem);
        }
      }
    }
    assertEquals(List.of(), problems, "%s, seed %d".formatted(dialect, seed));
  }

  /// The cases that the device does not refuse, with reason.
  private static List<OpCase> cases(OpenClDevice device, long seed, List<String> problems) {
    List<OpCase> cases = new ArrayList<>();
    for (OpCase each : OpCases.all(seed)) {
      Optional<String> refusal =
          each.graph().nodes().stream()
              .map(node ->
                  device.refusal(node.op(), node.inputs().stream().map(Node::type).toList()))
              .flatMap(Optional::stream)
              .findFirst();
      if (refusal.isEmpty()) {
        cases.add(each);
      } else if (!mayRefuse(each, refusal.get())) {
        problems.add(each.name() + ": refused: " + refusal.get());
      }
    }
    return cases;
  }

  private static boolean mayRefuse(OpCase each, String reason) {
    return reason.contains("double precision")
        || reason.contains("dropout")
        || (each.name().contains("softmax") && reason.contains("last axis"));
  }
}
