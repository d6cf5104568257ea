package org.tombolo.oracles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tombolo.device.ByteMeter;
import org.tombolo.graph.Tensor;
import org.tombolo.onnx.OnnxModel;
import org.tombolo.onnx.OnnxSession;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.PlanOptions;
import org.tombolo.scheduler.report.PlanReport;

/// Models that others trained compute the same here and in ONNX Runtime: on each driver, and on
/// both together with half of the model on each.
class RealModelTest {
  private static final long SEED = Long.getLong("test.seed", 42);

  @ParameterizedTest
  @EnumSource
  void theCpuComputesTheSame(RealModel real) throws OrtException {
    compare(real, "cpu");
  }

  @ParameterizedTest
  @EnumSource
  void openClComputesTheSame(RealModel real) throws OrtException {
    compare(real, "opencl");
  }

  private static void compare(RealModel real, String device) throws OrtException {
    byte[] bytes = real.bytes();
    Map<String, Tensor> inputs = real.inputs(SEED);
    Map<String, Tensor> wanted = OnnxRuntimeSide.run(bytes, inputs);
    try (Engine engine = Engine.open(device);
        OnnxSession session = OnnxSession.on(engine, model(real, bytes))) {
      requireClose(real, device, wanted, session.run(inputs));
    }
  }

  private static OnnxModel model(RealModel real, byte[] bytes) {
    return OnnxModel.read(real.name(), MemorySegment.ofArray(bytes));
  }

  /// The later half of the operators is held to the other driver: what is between crosses, as many
  /// bytes as were planned.
  @ParameterizedTest
  @EnumSource(names = {"TEXT_DETECTION", "SENTENCES"})
  void aSplitModelComputesTheSame(RealModel real) throws OrtException {
    byte[] bytes = real.bytes();
    Map<String, Tensor> inputs = real.inputs(SEED);
    Map<String, Tensor> wanted = OnnxRuntimeSide.run(bytes, inputs);
    OnnxModel model = model(real, bytes);
    try (Engine engine = Engine.open("cpu,opencl")) {
      List<String> scopes;
      try (OnnxSession whole = OnnxSession.on(engine, model)) {
        whole.run(inputs);
        scopes = scopes(whole.reports());
      }
      PlanOptions options = PlanOptions.defaults();
      for (int i = 0; i < scopes.size(); i++) {
        options = options.withPin(scopes.get(i), 2 * i < scopes.size() ? "cpu:0" : "opencl:0");
      }
      try (OnnxSession session = OnnxSession.on(engine, model, options)) {
        session.run(inputs);
        Map<ByteMeter.Route, Long> before = engine.meter().snapshot();
        Map<String, Tensor> found = session.run(inputs);
        Map<ByteMeter.Route, Long> metered = new HashMap<>(engine.meter().snapshot());
        before.forEach((route, amount) -> metered.merge(route, -amount, Long::sum));
        metered.values().removeIf(amount -> amount == 0);
        requireClose(real, "cpu,opencl", wanted, found);
        Map<ByteMeter.Route, Long> planned = new HashMap<>();
        Set<String> devices = new TreeSet<>();
        for (PlanReport report : session.reports()) {
          report
              .traffic()
              .forEach(each ->
                  planned.merge(
                      new ByteMeter.Route(each.from(), each.to(), each.purpose()),
                      each.bytes(),
                      Long::sum));
          report.operations().forEach(operation -> operation.device().ifPresent(devices::add));
        }
        assertEquals(Set.of("cpu:0", "opencl:0"), devices);
        assertEquals(planned, metered);
        assertFalse(planned.isEmpty());
      }
    }
  }

  /// Scopes of operations that are placed, in order.
  private static List<String> scopes(List<PlanReport> reports) {
    Set<String> scopes = new LinkedHashSet<>();
    for (PlanReport report : reports) {
      for (PlanReport.Operation operation : report.operations()) {
        if (operation.device().isPresent() && !operation.scope().isEmpty()) {
          scopes.add(operation.scope());
        }
      }
    }
    return new ArrayList<>(scopes);
  }

  private static void requireClose(
      RealModel real, String device, Map<String, Tensor> wanted, Map<String, Tensor> found) {
    assertEquals(wanted.keySet(), found.keySet());
    wanted.forEach((name, tensor) -> {
      Tensor own = found.get(name);
      assertEquals(tensor.type(), own.type(), name);
      double largest = 0;
      double error = 0;
      for (long i = 0; i < tensor.type().size(); i++) {
        largest = Math.max(largest, Math.abs(tensor.at(i)));
        double difference = Math.abs(tensor.at(i) - own.at(i));
        error = difference <= error ? error : difference; // what is no number is an error, too
      }
      double relative = error / largest;
      System.out.printf(
          "%s %s %s: largest error %.2g of the largest element %.3g%n",
          real, device, name, relative, largest);
      assertTrue(
          relative <= real.bound(),
          "%s on %s, seed %d: %s differs by %g of the largest element; need %g"
              .formatted(real, device, SEED, name, relative, real.bound()));
    });
  }
}
