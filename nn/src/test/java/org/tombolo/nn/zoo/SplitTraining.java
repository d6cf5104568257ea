package org.tombolo.nn.zoo;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.tombolo.device.ByteMeter.Purpose;
import org.tombolo.device.ByteMeter.Route;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Reference;
import org.tombolo.graph.Tensor;
import org.tombolo.nn.ModelGraph;
import org.tombolo.nn.Network;
import org.tombolo.nn.Optimizer;
import org.tombolo.nn.Parameter;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.PlanOptions;
import org.tombolo.scheduler.State;

/// Trains small networks on two devices at once, the first parameters on one of them and the last
/// on the other, and holds every step to the reference and to what was planned.
final class SplitTraining {
  private static final long SEED = Long.getLong("test.seed", 42);
  private static final int STEPS = 3;
  private static final double TOLERANCE = 1e-3;

  /// Plain descent, which does not make much of roundings.
  private static final Optimizer DESCENT = Optimizer.Sgd.withRate(0.01);

  private SplitTraining() {}

  /// For a process of its own, where the environment decides what devices there are.
  ///
  /// @param arguments names of devices
  public static void main(String[] arguments) {
    System.out.println(run(arguments[0]));
  }

  /// Trains on devices.
  ///
  /// @param names two devices, such as `cpu,opencl`
  /// @return a line for each network
  /// @throws AssertionError if anything is not as it must be
  static String run(String names) {
    StringBuilder lines = new StringBuilder();
    for (Architecture architecture :
        List.of(
            Architecture.MLP,
            Architecture.LENET,
            Architecture.LSTM,
            Architecture.GPT,
            Architecture.EMBEDDING)) {
      lines.append(train(architecture, names)).append('\n');
    }
    return lines.toString();
  }

  private static String train(Architecture architecture, String names) {
    Network network = architecture.network(Architecture.Size.SMALL);
    Graph graph = network.training(DESCENT, SEED);
    Map<String, Tensor> feeds = network.examples(SEED);
    Map<String, Tensor> expected = new TreeMap<>(network.initial(DESCENT, SEED));
    List<Parameter> learned = network.parameters();
    try (Engine engine = Engine.open(names);
        State state = engine.newState()) {
      String first = engine.devices().getFirst().id();
      String last = engine.devices().getLast().id();
      require(!first.equals(last), "two devices, not " + first + " and " + last);
      expected.forEach(state::set);
      PlanOptions split =
          PlanOptions.defaults()
              .withPin(learned.getFirst().name(), first)
              .withPin(learned.getLast().name(), last);
      try (Plan plan = engine.compile(graph, state, split)) {
        for (int step = 0; step < STEPS; step++) {
          Map<Route, Long> before = engine.meter().snapshot();
          Tensor loss = plan.run(feeds).get(ModelGraph.LOSS);
          Map<Route, Long> moved = new HashMap<>(engine.meter().snapshot());
          before.forEach((route, bytes) -> moved.merge(route, -bytes, Long::sum));
          moved.values().removeIf(bytes -> bytes == 0);
          require(moved.equals(plan.traffic()), "moved " + moved + ", planned " + plan.traffic());
          Reference.Result result = Reference.run(graph, feeds, expected);
          expected.putAll(result.variables());
          requireClose("loss", result.output(ModelGraph.LOSS), loss);
        }
        expected.forEach((name, tensor) -> requireClose(name, tensor, state.get(name)));
        long bridged =
            plan.traffic().entrySet().stream()
                .filter(entry -> entry.getKey().purpose() == Purpose.BRIDGE)
                .mapToLong(Map.Entry::getValue)
                .sum();
        require(bridged > 0, "something crosses between the devices");
        return String.format(
            Locale.ROOT,
            "%s on %s and %s: %d bytes cross between them in each of %d steps",
            architecture,
            first,
            last,
            bridged,
            STEPS);
      }
    }
  }

  private static void requireClose(String what, Tensor expected, Tensor actual) {
    double largest = TOLERANCE;
    for (double value : expected.toDoubles()) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (long i = 0; i < expected.shape().size(); i++) {
      double error = Math.abs(expected.at(i) - actual.at(i));
      require(
          error <= TOLERANCE * largest,
          "%s[%d] is %s, need %s, seed %d".formatted(what, i, actual.at(i), expected.at(i), SEED));
    }
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
