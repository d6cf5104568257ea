package org.tombolo.cpu;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.tombolo.conformance.Conformance;
import org.tombolo.conformance.DriverCheck;
import org.tombolo.conformance.OpCase;
import org.tombolo.conformance.OpCases;
import org.tombolo.conformance.Options;
import org.tombolo.conformance.Outcome;
import org.tombolo.conformance.Report;
import org.tombolo.device.Device;
import org.tombolo.device.Probe;

/// The device against the table of cases that every driver is held to.
class CpuConformanceTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  static Device open() {
    CpuDriver driver = new CpuDriver();
    return driver.open((Probe.Found) driver.probe().get(0));
  }

  @Test
  void agreesWithTheReference() {
    TreeSet<String> refused = new TreeSet<>();
    List<Executable> problems = new ArrayList<>();
    try (Device device = open()) {
      DriverCheck check = new DriverCheck(device);
      for (OpCase each : OpCases.all(SEED)) {
        switch (check.run(each)) {
          case Outcome.Agrees() -> {}
          case Outcome.Refused(String reason) -> refused.add(reason);
          case Outcome.Differs(String problem) ->
              problems.add(() -> fail(problem + ", seed " + SEED));
        }
      }
    }
    assertAll(problems.stream());
    // Nothing else is refused.
    assertEquals(
        Stream.of(
                "attention: no kernel of its own",
                "batch_norm: no kernel of its own",
                "batch_norm_inference: no kernel of its own",
                "binary_cross_entropy: its operations fuse with those around it",
                "cross_entropy: no kernel of its own",
                "dropout: its operations fuse with those around it",
                "group_norm: no kernel of its own",
                "layer_norm: bf16 has no kernel of its own",
                "layer_norm: f16 has no kernel of its own",
                "layer_norm: f64 has no kernel of its own",
                "log_softmax: axis 0 is not the last one",
                "log_softmax: bf16 has no kernel of its own",
                "log_softmax: f16 has no kernel of its own",
                "log_softmax: f64 has no kernel of its own",
                "rms_norm: bf16 has no kernel of its own",
                "rms_norm: f16 has no kernel of its own",
                "rms_norm: f64 has no kernel of its own",
                "softmax: axis 0 is not the last one")
            .toList(),
        List.copyOf(refused));
  }

  /// The rest of the contract; the numbers are compared above.
  @Test
  void keepsToTheContract() {
    Options options = Options.quick().seed(SEED).excluding("numerics", "compared case by case");
    Report report = Conformance.of(new CpuDriver()).with(options).run();
    assertTrue(report.passed(), report::text);
  }

  @Test
  void agreesOnLoopsMadeUpAtRandom() {
    try (Device device = open()) {
      DriverCheck check = new DriverCheck(device);
      for (OpCase each : OpCases.random(SEED, 300)) {
        assertEquals(new Outcome.Agrees(), check.run(each));
      }
    }
  }
}
