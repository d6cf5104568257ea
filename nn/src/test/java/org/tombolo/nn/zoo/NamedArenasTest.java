package org.tombolo.nn.zoo;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tombolo.device.simulated.SimulatedDevice;
import org.tombolo.graph.Graph;
import org.tombolo.graph.Node;
import org.tombolo.graph.Op;
import org.tombolo.graph.Tensor;
import org.tombolo.graph.TensorType;
import org.tombolo.nn.Network;
import org.tombolo.nn.Optimizer;
import org.tombolo.scheduler.Engine;
import org.tombolo.scheduler.Plan;
import org.tombolo.scheduler.PlanStatistics;
import org.tombolo.scheduler.State;

/// Arenas of networks of real size, against the bytes that live at once, which none can undercut.
class NamedArenasTest {
  private static final double MOST = 1.02;

  @ParameterizedTest
  @EnumSource
  void areHardlyLargerThanWhatLivesAtOnce(Architecture architecture) {
    Network network = architecture.network(Architecture.Size.FULL);
    double forward = ratio(network.forward());
    double training = ratio(network.training(Optimizer.Adam.withRate(1e-3), 0));
    System.out.printf("%s: forward %.4f, training %.4f%n", architecture, forward, training);
    assertTrue(forward <= MOST, "forward " + forward);
    assertTrue(training <= MOST, "training " + training);
  }

  private static double ratio(Graph graph) {
    SimulatedDevice device = SimulatedDevice.of("simulated:0", 1L << 40).withoutResults();
    try (Arena arena = Arena.ofShared();
        Engine engine = Engine.of(List.of(device));
        State state = engine.newState()) {
      for (Node node : graph.variables()) {
        if (node.op() instanceof Op.Variable(String name, TensorType type)) {
          state.set(name, Tensor.wrap(type, arena.allocate(type.bytes(), 128)));
        }
      }
      try (Plan plan = engine.compile(graph, state)) {
        PlanStatistics.Memory memory = plan.statistics().memory().getFirst();
        return (double) memory.arenaBytes() / memory.liveBytes();
      }
    }
  }
}
