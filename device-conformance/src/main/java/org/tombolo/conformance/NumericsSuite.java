package org.tombolo.conformance;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tombolo.graph.DType;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;

/// Every operation and element type against the reference, between guards.
final class NumericsSuite {
  private static final String NAME = "numerics";
  private static final int RANDOM_LOOPS = 40;

  private NumericsSuite() {}

  static Suite suite() {
    return new Suite(
        NAME, "every operation and type against the reference, with guards", NumericsSuite::all);
  }

  private static List<Check> all(long seed) {
    List<Check> checks = new ArrayList<>();
    Set<OpLabel> seen = new HashSet<>();
    for (OpCase each : OpCases.all(seed)) {
      OpLabel label = OpLabel.of(each);
      checks.add(check(each, Optional.of(label), seen.add(label) ? Set.of() : Set.of(Tag.SLOW)));
    }
    for (OpCase each : OpCases.random(seed, RANDOM_LOOPS)) {
      checks.add(check(each, Optional.empty(), Set.of(Tag.SLOW)));
    }
    for (DType dtype : List.of(DType.F32, DType.F64, DType.F16, DType.BF16)) {
      denormals(dtype).forEach(each -> checks.add(check(each, Optional.empty(), Set.of())));
    }
    return checks;
  }

  private static Check check(OpCase each, Optional<OpLabel> label, Set<Tag> tags) {
    return new Check(
        NAME,
        each.name(),
        tags,
        label,
        bench -> {
          DriverCheck.Measured seen = new DriverCheck(bench.device()).measure(each);
          return switch (seen.outcome()) {
            case Outcome.Agrees() -> new Verdict.Passed(seen.worstUlps());
            case Outcome.Refused(String reason) -> new Verdict.Skipped("refused: " + reason);
            case Outcome.Differs(String problem) -> new Verdict.Failed(problem, seen.worstUlps());
          };
        });
  }

  /// Numbers below the normal range, through arithmetic that must keep them. A device that flushes
  /// them to zero declares `numerics/denormals` as an exclusion.
  private static List<OpCase> denormals(DType dtype) {
    double least =
        switch (dtype) {
          case F64 -> Double.MIN_VALUE;
          case F16 -> 0x1p-24;
          case BF16 -> 0x1p-133;
          case F32, I8, U8, I16, I32, I64, BOOL -> Float.MIN_VALUE;
        };
    Tensor x = Tensor.filled(TensorType.of(dtype, 77), i -> (i - 38) * least);
    String name = "denormals/%s/" + dtype;
    return List.of(
        OpCases.one(
            name.formatted("add"),
            Tolerance.EXACT,
            List.of(x),
            (g, in) -> in.get(0).add(in.get(0))),
        OpCases.one(
            name.formatted("mul"), Tolerance.EXACT, List.of(x), (g, in) -> in.get(0).mul(3)),
        OpCases.one(
            name.formatted("max"), Tolerance.EXACT, List.of(x), (g, in) -> in.get(0).max(0)));
  }
}
