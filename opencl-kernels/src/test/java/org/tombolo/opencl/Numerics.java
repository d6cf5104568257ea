package org.tombolo.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tombolo.conformance.DriverCheck;
import org.tombolo.conformance.OpCase;
import org.tombolo.conformance.OpCases;
import org.tombolo.conformance.Outcome;
import org.tombolo.graph.Node;
import org.tombolo.opencl.kernel.Dialect;

/// The cases that all drivers are held to, in one dialect on whatever device is there.
///
/// A compiler for OpenCL takes a tenth of a second for each program. So elementwise cases run in
/// bundles, and of the others each dialect runs every second one, unless the property
/// `tombolo.conformance` is `full`.
final class Numerics {
  private Numerics() {}

  static void agreeWithTheReference(Dialect dialect) {
    long seed = Long.getLong("test.seed", 42);
    List<String> problems = new ArrayList<>();
    try (OpenClDevice device = OpenCl.open(dialect)) {
      DriverCheck check = new DriverCheck(device);
      for (OpCase each : share(dialect, Bundles.of(cases(device, seed, problems)))) {
        switch (check.run(each)) {
          case Outcome.Agrees() -> {}
          case Outcome.Refused(String reason) -> problems.add(each.name() + ": refused: " + reason);
          case Outcome.Differs(String problem) -> problems.add(problem);
        }
      }
    }
    assertEquals(List.of(), problems, "%s, seed %d".formatted(dialect, seed));
  }

  /// Bundles, and of single cases those that are this dialect's turn. Turns shift after each four
  /// cases, since tables of cases often repeat after as many.
  private static List<OpCase> share(Dialect dialect, List<OpCase> cases) {
    if ("full".equals(System.getProperty("tombolo.conformance"))) {
      return cases;
    }
    List<OpCase> share = new ArrayList<>();
    int turn = 0;
    for (OpCase each : cases) {
      boolean bundle = each.graph().outputs().size() > 1;
      if (!bundle) {
        turn++;
      }
      if (bundle || ((turn + turn / 4) % 2 == 0) == (dialect == Dialect.SIMD)) {
        share.add(each);
      }
    }
    return share;
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
        || (each.name().startsWith("call/") && reason.contains("has no kernel of its own"))
        || (each.name().contains("softmax") && reason.contains("last axis"));
  }
}
