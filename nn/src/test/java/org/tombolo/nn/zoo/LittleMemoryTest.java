package org.tombolo.nn.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tombolo.device.ByteMeter.Purpose;
import org.tombolo.device.ByteMeter.Route;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Tensor;
import org.tombolo.nn.Network;
import org.tombolo.nn.Optimizer;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.PlanOptions;
import org.tombolo.scheduler.PlanStatistics;
import org.tombolo.scheduler.State;
import org.tombolo.scheduler.report.PlanReport;

/// Training of known networks on one device that has too little memory for them: it keeps to what
/// it is given, moves what it said, and gives the same bits.
class LittleMemoryTest {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final Optimizer OPTIMIZER = Optimizer.Sgd.withRate(0.01);

  /// What came of two steps.
  private record Trained(
      Map<String, List<Double>> values, PlanStatistics.Memory memory, PlanReport report) {}

  private static Engine engine(String device) {
    return device.equals("simulated:0")
        ? Engine.of(List.of(SimulatedDevice.of(device, 1L << 30)))
        : Engine.open(device);
  }

  private static Trained train(Architecture architecture, String device, PlanOptions options) {
    Network network = architecture.network(Architecture.Size.SMALL);
    Graph graph = network.training(OPTIMIZER, SEED);
    Map<String, Tensor> variables = network.initial(OPTIMIZER, SEED);
    Map<String, List<Double>> values = new TreeMap<>();
    try (Engine engine = engine(device);
        State state = engine.newState()) {
      variables.forEach(state::set);
      try (Plan plan = engine.compile(graph, state, options)) {
        for (int step = 0; step < 2; step++) {
          Map<Route, Long> moved = new TreeMap<>();
          engine.meter().snapshot().forEach((route, bytes) -> moved.put(route, -bytes));
          for (Map.Entry<String, Tensor> out : plan.run(network.examples(SEED)).entrySet()) {
            values.put(out.getKey() + " of step " + step, list(out.getValue()));
          }
          engine.meter().snapshot().forEach((route, bytes) -> moved.merge(route, bytes, Long::sum));
          moved.values().removeIf(bytes -> bytes == 0);
          moved.keySet().removeIf(route -> route.purpose() == Purpose.STATE);
          assertEquals(plan.traffic(), moved, "planned and metered");
        }
        variables.keySet().forEach(name -> values.put(name, list(state.get(name))));
        return new Trained(values, plan.statistics().memory().getFirst(), plan.report());
      }
    }
  }

  private static List<Double> list(Tensor value) {
    List<Double> all = new ArrayList<>();
    for (double each : value.toDoubles()) {
      all.add(each);
    }
    return all;
  }

  /// @param share of the memory that training takes if there is enough
  @ParameterizedTest
  @CsvSource({
    "LENET, simulated:0, 0.8",
    "LENET, simulated:0, 0.7",
    "BERT, simulated:0, 0.6",
    "LENET, cpu:0, 0.7",
    "BERT, cpu:0, 0.6"
  })
  void trainsInLess(Architecture architecture, String device, double share) {
    Trained free = train(architecture, device, PlanOptions.defaults());
    long limit = (long) (share * free.memory().peakBytes());
    Trained tight =
        train(architecture, device, PlanOptions.defaults().withMemoryLimit(device, limit));
    assertTrue(tight.memory().peakBytes() <= limit, tight.memory() + " of " + limit);
    assertEquals(free.values(), tight.values(), "the same bits, seed " + SEED);
    if (share <= 0.7) {
      assertTrue(!tight.report().returns().isEmpty(), tight.report()::text);
    }
    System.out.printf(
        "%s on %s in %.0f %% of %,d bytes (%,d of variables): %d values leave, %.3f ms expected, with more memory %.3f%n",
        architecture,
        device,
        100 * share,
        free.memory().peakBytes(),
        free.memory().stateBytes(),
        tight.report().returns().size(),
        tight.report().seconds() * 1e3,
        tight.report().freeSeconds() * 1e3);
  }
}
